"""Things with a cable or a battery: headphones, camera, speaker, keyboard."""

from __future__ import annotations

from collections.abc import Iterator

from .canvas import DOWN, Canvas
from .forms import SHADOW, gloss, lathe, stand, stitches
from .palette import COLOURS, mix
from .pottery import mug, plant_pot
from .staging import Companion, StillLife, close_up, on_table, on_tile

STEEL = COLOURS["steel"]
INK = COLOURS["ink"]
BRASS = COLOURS["brass"]
OAK = COLOURS["oak"]
LEATHER = COLOURS["walnut"]
ROWS = (
    (1.0,) * 13,
    (1.5, *(1.0,) * 11, 1.5),
    (1.8, *(1.0,) * 10, 2.2),
    (2.3, *(1.0,) * 9, 2.7),
    (1.3, 1.3, 1.3, 6.2, 1.3, 1.3, 1.3),
)


def headphones(c: Canvas) -> None:
    stand(c, 216, 638, 84)
    stand(c, 590, 638, 84)
    c.line("M206 420C176 90 624 90 594 420", c.colour.ink, 46)
    c.line("M206 420C176 90 624 90 594 420", c.colour.base, 38)
    c.line("M204 390C190 112 560 100 584 320", c.colour.light, 8, opacity=0.7, transform="translate(-6 -4)")
    c.line("M252 330C270 190 530 190 548 330", mix(c.colour.dark, c.colour.ink, 0.5), 26)
    stitches(c, "M254 318C276 190 524 190 546 318", c.colour.light)
    for x in (206, 594):
        c.line(f"M{x} 350V452", STEEL.dark, 20, stroke_linecap="butt")
        c.line(f"M{x - 3} 350V452", STEEL.light, 8, stroke_linecap="butt")
    ear(c, 1)
    with c.placed(800, 0, 1, origin=(0, 0)):
        c.raw('<g transform="scale(-1 1)">')
        ear(c, -1)
        c.raw("</g>")


def ear(c: Canvas, side: int) -> None:
    """The left cup; mirrored (side -1) it is the right one, lit from its other edge."""
    lit, dim = (c.colour.light, c.colour.dark) if side > 0 else (c.colour.dark, c.colour.base)
    cushion = "M232 424C290 420 312 470 312 530S290 642 232 638C216 600 216 464 232 424Z"
    c.path(cushion, c.linear(INK.light if side > 0 else INK.base, INK.dark, along=DOWN))
    c.line("M262 436C292 470 292 594 262 626", "#000000", 4, opacity=0.3)
    cup = "M232 424C176 414 132 462 132 532S176 648 232 638C250 600 250 464 232 424Z"
    c.path(cup, c.linear(lit, c.colour.base, dim))
    c.ellipse(182, 531, 32, 66, c.linear(dim, lit), opacity=0.75)
    c.ellipse(182, 531, 24, 54, c.linear(lit, c.colour.base, dim))
    c.line("M176 516q7 -12 14 0M176 536q7 -12 14 0", BRASS.light, 5)
    gloss(c, 168 if side > 0 else 200, 470, 12, 36, opacity=0.5, turn=16)


def headphones_at_rest(c: Canvas) -> None:
    """The headphones hung on a wooden stand."""
    stand(c, 400, 668, 120)
    c.rect(384, 180, 32, 480, c.linear(OAK.light, OAK.dark, along=(0, 0, 1, 0)), r=8)
    c.path("M300 190C320 150 480 150 500 190C480 206 320 206 300 190Z", c.linear(OAK.light, OAK.dark))
    lathe(c, 400, [(118, 640), (124, 650), (124, 664), (118, 672)], OAK, tilt=0.2)
    with c.placed(400, 620, 0.92):
        headphones(c)


def camera(c: Canvas) -> None:
    stand(c, 400, 620, 290, flat=True)
    metal = c.linear(STEEL.light, STEEL.base, STEEL.dark, along=DOWN)
    c.path("M300 262L324 214C328 206 334 202 344 202H456C466 202 472 206 476 214L500 262Z", metal)
    c.path("M336 226H464L476 256H324Z", INK.base, opacity=0.85)
    c.rect(148, 224, 76, 44, metal, r=10)
    c.rect(560, 236, 96, 32, metal, r=8)
    c.line("M162 230V262M174 230V262M186 230V262M198 230V262M210 230V262", STEEL.ink, 3, opacity=0.5)
    c.circle(612, 232, 18, metal)
    body = (
        "M130 262H670C690 262 702 274 702 294V586C702 606 690 622 668 622H132"
        "C110 622 98 606 98 586V294C98 274 110 262 130 262Z"
    )
    c.path(body, metal)
    leather = "M98 336H702V566H98Z"
    c.path(leather, c.linear(c.colour.light, c.colour.base, c.colour.dark))
    dots = c.pattern(
        9,
        9,
        f'<circle cx="3" cy="3" r="2" fill="{c.colour.ink}" opacity=".3"/>'
        f'<circle cx="7" cy="7.5" r="1.6" fill="{c.colour.light}" opacity=".35"/>',
    )
    c.path(leather, dots)
    c.path("M98 336H702V342H98ZM98 562H702V566H98Z", SHADOW, opacity=0.35)
    c.rect(136, 288, 70, 30, INK.dark, r=5)
    c.rect(142, 293, 26, 12, "#9db9c8", r=3, opacity=0.8)
    c.circle(640, 300, 13, c.radial("#ffb19e", COLOURS["buoy-red"].base))
    for x in (98, 702):
        c.circle(x, 318, 15, "none", stroke=STEEL.dark, stroke_width=8)
    lens(c)


def lens(c: Canvas) -> None:
    c.ellipse(420, 464, 168, 160, SHADOW, opacity=0.4)
    c.circle(400, 448, 158, c.linear(STEEL.light, STEEL.dark))
    c.circle(400, 448, 143, c.linear(INK.light, INK.dark))
    c.ticks(400, 448, 132, paint=STEEL.base, length=12, width=3, step=5)
    c.circle(400, 448, 112, c.linear(STEEL.dark, STEEL.light))
    c.circle(400, 448, 104, c.linear(INK.dark, INK.base))
    c.circle(400, 448, 74, c.radial("#7f6aa6", "#274a66", "#0a121a", cx=0.4, cy=0.36, r=0.66))
    c.circle(400, 448, 74, "none", stroke="#000000", stroke_width=7, opacity=0.6)
    c.path("M352 420C360 396 384 382 408 384C390 392 372 410 366 434Z", "#ffffff", opacity=0.75)
    c.circle(428, 484, 13, "#b9e0d8", opacity=0.5)


def camera_with_strap(c: Canvas) -> None:
    """The camera on a table with its leather strap."""
    c.line("M98 320C-60 420 60 660 220 676S500 690 620 672", LEATHER.dark, 24)
    c.line("M98 318C-60 418 60 656 220 672S500 686 620 668", LEATHER.light, 8, opacity=0.7)
    c.line("M702 320C790 380 770 480 740 560", LEATHER.dark, 24)
    camera(c)


def speaker(c: Canvas) -> None:
    stand(c, 400, 640, 270, flat=True)
    c.path("M226 300C230 200 570 200 574 300", "none", stroke=LEATHER.dark, stroke_width=26)
    c.path("M226 296C230 198 570 198 574 296", "none", stroke=LEATHER.light, stroke_width=10, opacity=0.8)
    case = (
        "M160 286H640C672 286 690 304 690 336V584C690 616 672 634 640 634H160"
        "C128 634 110 616 110 584V336C110 304 128 286 160 286Z"
    )
    c.path(case, c.linear(c.colour.light, c.colour.base, c.colour.dark))
    c.line("M126 330C126 310 140 300 160 300H640", c.colour.light, 5, opacity=0.8)
    front = (
        "M170 326H630C646 326 654 334 654 350V572C654 588 646 596 630 596H170"
        "C154 596 146 588 146 572V350C146 334 154 326 170 326Z"
    )
    cloth = COLOURS["sand"]
    c.path(front, c.linear(mix(cloth.light, cloth.base, 0.4), cloth.base, cloth.dark))
    c.path(front, c.pattern(8, 8, f'<path d="M0 0h4v4H0ZM4 4h4v4H4Z" fill="{cloth.ink}" opacity=".28"/>', turn=45))
    for x in (286, 514):
        c.circle(x, 452, 92, cloth.ink, opacity=0.16)
        c.circle(x, 452, 40, cloth.ink, opacity=0.16)
    c.path("M146 350C146 334 154 326 170 326H630L654 340V352H146Z", SHADOW, opacity=0.2)
    c.rect(366, 548, 68, 26, c.linear(BRASS.light, BRASS.dark), r=5)
    controls(c)


def controls(c: Canvas) -> None:
    """Knobs on top of the speaker and its feet."""
    gold = c.linear(BRASS.light, BRASS.base, BRASS.dark, along=(0, 0, 1, 0))
    for x in (316, 366, 416):
        c.rect(x, 268, 34, 20, gold, r=4)
    c.rect(470, 266, 56, 22, INK.dark, r=5)
    c.circle(486, 277, 4.5, "#8fe08a")
    for x in (180, 578):
        c.path(f"M{x} 634H{x + 44}L{x + 38} 648H{x + 6}Z", INK.dark)
    gloss(c, 240, 380, 110, 40, opacity=0.25, turn=-18)


def keyboard(c: Canvas) -> None:
    stand(c, 400, 582, 332, flat=True)
    c.path(
        "M52 556L96 300C98 288 106 282 118 282H682C694 282 702 288 704 300L748 556"
        "C750 574 742 584 726 584H74C58 584 50 574 52 556Z",
        c.linear(OAK.base, OAK.dark, along=DOWN),
    )
    c.path(
        "M58 544L100 296C102 286 108 280 120 280H680C692 280 698 286 700 296L742 544"
        "C744 558 736 566 722 566H78C64 566 56 558 58 544Z",
        c.linear(mix(c.colour.base, c.colour.light, 0.5), c.colour.dark),
    )
    caps: dict[str, list[tuple[float, float, float, float]]] = {"plain": [], "wide": [], "accent": []}
    for row in range(5):
        for kind, cap in row_of_caps(row):
            caps[kind].append(cap)
    for kind, paint in (("plain", COLOURS["chalk"]), ("wide", c.colour), ("accent", COLOURS["coral"])):
        for shade, lift in ((mix(paint.dark, paint.ink, 0.35), 0), (mix(paint.base, paint.light, 0.55), 6)):
            d = "".join(
                f"M{x + 5:.0f} {y + 5 - lift:.0f}h{w - 10:.0f}v{h - 10:.0f}h-{w - 10:.0f}z" for x, y, w, h in caps[kind]
            )
            c.path(d, shade, stroke=shade, stroke_width=10 if not lift else 7)


def row_of_caps(row: int) -> Iterator[tuple[str, tuple[float, float, float, float]]]:
    """The caps of one row, larger towards the viewer: what kind, and x, y, width, height."""
    near = row / 4
    top, height, half = 298 + row * 48 + near * 10, 38 + near * 8, 272 + near * 46
    widths = ROWS[row]
    unit = 2 * half / sum(widths)
    x = 400 - half
    for index, width in enumerate(widths):
        accent = (row, index) in ((0, 0), (2, len(widths) - 1))
        yield "accent" if accent else "plain" if width == 1 else "wide", (x, top, width * unit - 6, height)
        x += width * unit


STILLS = (
    StillLife("headphones", {
        "front": on_tile(headphones),
        "detail": close_up(headphones, x=240, y=480, zoom=2.1),
        "scene": on_table(headphones_at_rest, Companion(plant_pot, "chalk", 690, 610, 0.46), scale=0.92, x=350, y=690),
    }),
    StillLife("camera", {
        "front": on_tile(camera),
        "detail": close_up(camera, x=450, y=400, zoom=1.9),
        "scene": on_table(camera_with_strap, scale=0.86, y=690, x=420, wood="walnut"),
    }),
    StillLife("speaker", {
        "front": on_tile(speaker),
        "detail": close_up(speaker, x=470, y=360, zoom=2.1),
        "scene": on_table(speaker, Companion(plant_pot, "clay", 670, 610, 0.62), scale=0.8, x=330, y=690),
    }),
    StillLife("keyboard", {
        "front": on_tile(keyboard),
        "detail": close_up(keyboard, x=220, y=400, zoom=2.3),
        "scene": on_table(keyboard, Companion(mug, "coral", 610, 566, 0.56), scale=0.86, y=770, squash=0.8),
    }),
)  # fmt: skip
