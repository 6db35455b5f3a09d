"""Woven for the sofa: blanket and cushion."""

from __future__ import annotations

from .canvas import DOWN, Canvas
from .forms import stand, weave
from .lights import lantern
from .palette import COLOURS, mix
from .staging import Companion, StillLife, close_up, on_table, on_tile

CHALK = COLOURS["chalk"]


def stripe(c: Canvas) -> str:
    """What stripes on this wool are made in."""
    return COLOURS["deep-sea"].light if c.colour is CHALK else CHALK.light


def blanket(c: Canvas) -> None:
    stand(c, 400, 640, 280, flat=True)
    for y, inset in ((560, 0), (478, 8), (396, 18)):
        fold(c, y, inset)
    top = "M160 424C172 352 230 322 290 320H548C606 322 640 352 650 424Z"
    c.path(top, c.linear(c.colour.light, mix(c.colour.light, c.colour.base, 0.7)))
    with c.clipped(top):
        c.path(top, weave(c, c.colour, pitch=9))
        c.line("M262 310L219 430M304 310L269 430M530 310L557 430M570 310L607 430", stripe(c), 15, opacity=0.7)
    for start, shade in ((168, c.colour.dark), (188, c.colour.base)):
        threads = "".join(
            f"M{start + index * 40} 630q{4 - index % 3 * 4} 18 {index % 4 - 2} {34 + index % 2 * 5}"
            for index in range(12)
        )
        c.line(threads, shade, 7)


def fold(c: Canvas, y: int, inset: int) -> None:
    """One fold of the stack, its round edge towards the viewer."""
    left, right = 140 + inset, 668 - inset
    edge = (
        f"M{left} {y + 40}C{left} {y + 8} {left + 24} {y} {left + 50} {y}H{right - 44}"
        f"C{right - 6} {y} {right} {y + 20} {right} {y + 40}"
        f"S{right - 6} {y + 80} {right - 44} {y + 80}H{left + 50}"
        f"C{left + 20} {y + 80} {left} {y + 72} {left} {y + 40}Z"
    )
    c.path(edge, c.linear(mix(c.colour.base, c.colour.light, 0.7), c.colour.base, c.colour.dark, along=DOWN))
    with c.clipped(edge):
        c.path(edge, weave(c, c.colour, pitch=9))
        c.line(f"M219 {y}v80M269 {y}v80M557 {y}v80M607 {y}v80", stripe(c), 18, opacity=0.7, stroke_linecap="butt")
        c.path(f"M{left} {y + 66}H{right}V{y + 84}H{left}Z", c.colour.ink, opacity=0.3)


def cushion(c: Canvas) -> None:
    stand(c, 400, 640, 230, flat=True)
    shape = (
        "M132 196C200 220 300 226 400 220S600 206 668 196C640 280 636 360 644 440"
        "S660 580 676 634C590 650 500 648 400 648S210 650 124 634C150 580 158 520 160 440"
        "S160 270 132 196Z"
    )
    c.path(shape, c.radial(c.colour.light, c.colour.base, c.colour.dark, cx=0.36, cy=0.3, r=0.78))
    with c.clipped(shape):
        c.path(shape, weave(c, c.colour, pitch=10))
        c.line(
            "M110 330Q400 360 700 322M110 366Q400 396 700 358M110 470Q400 500 700 462M110 506Q400 536 700 498",
            stripe(c),
            11,
            opacity=0.8,
        )
        c.path(
            "M132 196C190 270 210 330 206 400C180 340 150 270 132 196ZM668 196"
            "C610 260 600 300 596 380C630 320 650 260 668 196ZM124 634C200 600 230 580 250 520"
            "C190 560 150 590 124 634ZM676 634C600 600 570 570 556 520C620 560 650 590 676 634Z",
            c.colour.ink,
            opacity=0.24,
        )
    c.path(shape, "none", stroke=c.colour.dark, stroke_width=9, stroke_linejoin="round")
    c.path(
        shape,
        "none",
        stroke=c.colour.light,
        stroke_width=3,
        stroke_linejoin="round",
        opacity=0.6,
        transform="translate(-2 -2)",
    )


STILLS = (
    StillLife("blanket", {
        "front": on_tile(blanket),
        "detail": close_up(blanket, x=240, y=520, zoom=2.2),
        "scene": on_table(blanket, Companion(lantern, "ink", 660, 606, 0.66), scale=0.82, x=350, y=690),
    }),
    StillLife("cushion", {
        "front": on_tile(cushion),
        "detail": close_up(cushion, x=230, y=330, zoom=2.1),
        "scene": on_table(cushion, Companion(cushion, "chalk", 540, 650, 0.78, 6), scale=0.84, x=330, y=710, turn=-5),
    }),
)  # fmt: skip
