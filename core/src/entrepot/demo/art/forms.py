"""Shapes and surfaces that many objects share: turned bodies, shadows, highlights, textures."""

from __future__ import annotations

import random
from collections.abc import Sequence

from .canvas import DOWN, Canvas, number
from .palette import Colour, mix

Profile = Sequence[tuple[float, float]]
SHADOW = "#1b1714"


def turned(cx: float, profile: Profile, *, tilt: float = 0.14) -> str:
    """The outline of a body turned on a lathe: (radius, y) from top to bottom; a repeated point makes an edge."""
    right = [(cx + radius, y) for radius, y in profile]
    left = [(cx - radius, y) for radius, y in reversed(profile)]
    top, bottom = profile[0][0], profile[-1][0]
    under = f"A{number(bottom)} {number(bottom * tilt)} 0 0 1 {_point(left[0])}"
    over = f"A{number(top)} {number(top * tilt)} 0 0 1 {_point(right[0])}"
    return f"M{_point(right[0])}{_smooth(right)}{under}{_smooth(left)}{over}Z"


def _smooth(points: Profile) -> str:
    """Bezier pieces through all points (Catmull-Rom)."""
    pieces = []
    for index in range(len(points) - 1):
        before, start = points[max(index - 1, 0)], points[index]
        end, after = points[index + 1], points[min(index + 2, len(points) - 1)]
        if start == end:
            continue
        first = (start[0] + (end[0] - before[0]) / 6, start[1] + (end[1] - before[1]) / 6)
        second = (end[0] - (after[0] - start[0]) / 6, end[1] - (after[1] - start[1]) / 6)
        pieces.append(f"C{_point(first)} {_point(second)} {_point(end)}")
    return "".join(pieces)


def _point(point: tuple[float, float]) -> str:
    return f"{number(point[0])} {number(point[1])}"


def lathe(c: Canvas, cx: float, profile: Profile, colour: Colour, *, tilt: float = 0.14) -> str:
    """Draw a turned body, darker towards its foot; returns its outline."""
    outline = turned(cx, profile, tilt=tilt)
    c.path(outline, c.round(colour))
    c.path(outline, c.linear((0.45, colour.ink, 0.0), (1.0, colour.ink, 0.32), along=DOWN))
    return outline


def opening(c: Canvas, cx: float, cy: float, rx: float, ry: float, colour: Colour, *, lip: float = 8) -> None:
    """The mouth of a vessel: a lit rim and a shaded inside."""
    c.ellipse(cx, cy, rx, ry, c.linear(colour.light, mix(colour.base, colour.dark, 0.3)))
    c.ellipse(
        cx, cy + lip * 0.15, rx - lip, ry - lip * 0.55, c.linear(colour.dark, mix(colour.base, colour.light, 0.2))
    )


def stand(c: Canvas, cx: float, y: float, rx: float, *, flat: bool = False, lifted: bool = False) -> None:
    """The shadow of something that stands: a wide soft one to the right and, unless lifted, a tight one at the foot.

    `flat` is for a straight lower edge; a round foot has a deeper one.
    """
    soft = c.radial((0.0, SHADOW, 0.42), (0.55, SHADOW, 0.2), (1.0, SHADOW, 0.0), cx=0.5, cy=0.5, r=0.5)
    c.ellipse(cx + rx * 0.34, y + 4, rx * 1.5, rx * (0.13 if flat else 0.24) + 10, soft)
    if not lifted:
        tight = c.radial((0.0, SHADOW, 0.75), (0.7, SHADOW, 0.55), (1.0, SHADOW, 0.0), cx=0.5, cy=0.5, r=0.5)
        c.ellipse(cx + 4, y + 2, rx * (1.03 if flat else 1.08), 10 if flat else rx * 0.1 + 7, tight)


def lying(c: Canvas, outline: str, *, depth: float = 16) -> None:
    """The soft shadow of something that lies flat or hangs close to the wall."""
    widths = [depth * (0.1 + step * 0.22) for step in range(9)]
    c.echo(outline, paint=SHADOW, widths=widths, opacity=0.03, shift=(depth * 0.75, depth))


def gloss(c: Canvas, cx: float, cy: float, rx: float, ry: float, *, opacity: float = 0.7, turn: float = 0) -> None:
    """A soft reflection of the window."""
    light = c.radial((0.0, "#ffffff", opacity), (1.0, "#ffffff", 0.0), cx=0.5, cy=0.5, r=0.5)
    place = f"rotate({number(turn)} {number(cx)} {number(cy)})"
    c.ellipse(cx, cy, rx, ry, light, transform=place)


def speckles(c: Canvas, outline: str, colour: str, *, box: tuple[int, int, int, int], count: int, width: float) -> None:
    """Glaze or enamel specks inside an outline; the same every time."""
    dice = random.Random(count)
    x, y, w, h = box
    dots = "".join(f"M{x + int(dice.random() * w)} {y + int(dice.random() * h)}h0" for _ in range(count))
    with c.clipped(outline):
        c.line(dots, colour, width, opacity=0.55)


def weave(c: Canvas, colour: Colour, *, pitch: float = 8) -> str:
    """Plain-woven canvas, to lay over a filled shape."""
    half = number(pitch / 2)
    light = f'<path d="M0 0h{half}v{half}H0Z" fill="{colour.light}" opacity=".28"/>'
    dark = f'<path d="M{half} {half}h{half}v{half}h-{half}Z" fill="{colour.ink}" opacity=".2"/>'
    return c.pattern(pitch, pitch, light + dark, turn=8)


def knit(c: Canvas, colour: Colour, *, pitch: float = 16) -> str:
    """Stocking stitch, to lay over a filled shape."""
    half, tall = number(pitch / 2), number(pitch * 0.7)
    arm = f"M1 1L{half} {tall}L{number(pitch - 1)} 1"
    shade = f'<path d="{arm}" fill="none" stroke="{colour.ink}" stroke-width="2.4" opacity=".3"/>'
    lit = f'<path d="{arm}" fill="none" stroke="{colour.light}" stroke-width="2" opacity=".5"/>'
    return c.pattern(pitch, pitch * 0.8, f'{shade}<g transform="translate(0 -3)">{lit}</g>')


def ribs(c: Canvas, colour: Colour, *, pitch: float = 14, turn: float = 0) -> str:
    """Knitted ribs or fluting, upright unless turned."""
    half = pitch / 2
    tall = number(pitch)
    dark = f'<rect width="{number(half * 0.7)}" height="{tall}" fill="{colour.ink}" opacity=".28"/>'
    lit = f'x="{number(half)}" width="{number(half * 0.6)}" height="{tall}"'
    light = f'<rect {lit} fill="{colour.light}" opacity=".4"/>'
    return c.pattern(pitch, pitch, dark + light, turn=turn)


def grain(
    c: Canvas, outline: str, colour: Colour, *, box: tuple[int, int, int, int], lines: int, seed: int = 3
) -> None:
    """Long wavering wood grain inside an outline, running down the box."""
    dice = random.Random(seed)
    x, y, w, h = box
    strokes = []
    for index in range(lines):
        start = x + w * (index + dice.random()) / lines
        bend, end = (start + dice.uniform(-0.05, 0.05) * w for _ in range(2))
        strokes.append(f"M{int(start)} {y}C{int(bend)} {y + h // 3} {int(bend)} {y + 2 * h // 3} {int(end)} {y + h}")
    with c.clipped(outline):
        c.line("".join(strokes), colour.dark, 2.2, opacity=0.4)


def stitches(c: Canvas, d: str, colour: str, *, width: float = 2.6, dash: str = "9 7") -> None:
    """A visible seam."""
    c.line(d, colour, width, stroke_dasharray=dash, stroke_linecap="butt", opacity=0.75)


def steam(c: Canvas, x: float, y: float) -> None:
    """Three wisps that rise from (x, y)."""
    for shift, width in ((0, 16), (-26, 10), (24, 12)):
        d = f"M{number(x + shift)} {number(y)}c-30 -40 30 -60 0 -104s20 -44 4 -70"
        c.line(d, "#ffffff", width, opacity=0.16)
        c.line(d, "#ffffff", width * 0.4, opacity=0.3)
