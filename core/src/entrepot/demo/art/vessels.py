"""Things that hold something: carafe, vacuum flask, tea tin, candle glass, soap."""

from __future__ import annotations

from .canvas import ACROSS, DOWN, Canvas
from .forms import SHADOW, gloss, lathe, stand, steam, turned
from .palette import COLOURS, mix
from .pottery import teapot, vase
from .staging import Companion, StillLife, at_dusk, close_up, on_table, on_tile

STEEL = COLOURS["steel"]
OAK = COLOURS["oak"]
CHALK = COLOURS["chalk"]


def bottle(c: Canvas) -> None:
    stand(c, 400, 640, 104)
    shape = turned(400, [(50, 250), (44, 270), (44, 340), (80, 400), (116, 440), (120, 480), (120, 610), (108, 640)])
    c.path(
        shape,
        c.linear(
            (0, c.colour.dark, 0.75),
            (0.2, c.colour.light, 0.5),
            (0.6, c.colour.base, 0.55),
            (1, c.colour.dark, 0.85),
            along=ACROSS,
        ),
    )
    with c.clipped(shape):
        c.rect(270, 458, 260, 200, c.linear((0, c.colour.base, 0.55), (1, c.colour.dark, 0.6), along=DOWN))
        c.ellipse(400, 458, 122, 15, c.colour.light, opacity=0.7)
    c.path(shape, "none", stroke=c.colour.dark, stroke_width=4, opacity=0.6)
    c.path("M300 450q-8 90 2 164l20 6q-10 -90 -4 -176Z", "#ffffff", opacity=0.6)
    c.path("M366 262q-4 50 0 80l12 2q-4 -44 -2 -82Z", "#ffffff", opacity=0.6)
    c.line("M508 470q4 80 -4 140", "#ffffff", 6, opacity=0.35)
    lathe(c, 400, [(44, 186), (46, 194), (40, 262), (36, 270)], OAK, tilt=0.2)
    c.ellipse(400, 187, 44, 9, OAK.light)
    c.ellipse(400, 252, 52, 10, c.colour.light, opacity=0.35)


def carafe_set(c: Canvas) -> None:
    """The carafe with a poured glass beside it."""
    bottle(c)
    stand(c, 590, 660, 50)
    glass = turned(590, [(66, 490), (62, 540), (54, 640), (50, 660)])
    c.path(glass, c.linear((0, "#ffffff", 0.55), (0.5, c.colour.light, 0.3), (1, c.colour.base, 0.5), along=ACROSS))
    with c.clipped(glass):
        c.rect(510, 556, 160, 130, c.colour.base, opacity=0.35)
        c.ellipse(590, 556, 62, 9, "#ffffff", opacity=0.6)
    c.ellipse(590, 490, 66, 11, "none", stroke="#ffffff", stroke_width=4, opacity=0.8)
    c.line("M544 510q2 80 10 130", "#ffffff", 7, opacity=0.55)


def thermos(c: Canvas) -> None:
    stand(c, 400, 640, 92)
    lathe(c, 400, [(91, 338), (98, 348), (98, 366), (98, 628), (98, 628), (90, 640)], c.colour, tilt=0.12)
    lathe(c, 400, [(88, 316), (90, 320), (92, 342), (92, 342)], STEEL, tilt=0.12)
    lathe(c, 400, [(66, 160), (80, 170), (86, 190), (88, 318), (88, 318)], c.colour, tilt=0.14)
    c.line("M313 300A88 12 0 0 0 487 300", c.colour.ink, 3, opacity=0.5)
    c.ellipse(400, 163, 64, 9, c.colour.light, opacity=0.6)
    lathe(c, 400, [(99, 606), (99, 606), (99, 628), (92, 642)], STEEL, tilt=0.12)
    mark = c.colour.ink if c.colour is CHALK else CHALK.light
    for x, wide, y, tall in ((334, 12, 490, 112), (340, 10, 246, 56)):
        gloss(c, x, y, wide, tall, opacity=0.75)
    c.line("M368 470q32 20 64 0M368 486q32 20 64 0M400 412v60M386 426h28", mark, 6, opacity=0.85)
    c.circle(400, 404, 9, "none", stroke=mark, stroke_width=6, opacity=0.85)


def flask_poured(c: Canvas) -> None:
    """The flask with its cup off and filled."""
    thermos(c)
    stand(c, 600, 664, 76)
    lathe(c, 600, [(84, 560), (84, 566), (80, 640), (70, 664)], c.colour, tilt=0.16)
    c.ellipse(600, 560, 84, 17, STEEL.light)
    c.ellipse(600, 562, 74, 12, c.linear("#6b3d1c", "#a9682e"))
    gloss(c, 556, 612, 12, 36, opacity=0.6)
    steam(c, 600, 546)


def tea_tin(c: Canvas) -> None:
    stand(c, 400, 640, 132)
    lathe(c, 400, [(140, 380), (140, 380), (140, 636), (140, 636)], c.colour, tilt=0.14)
    label(c)
    c.line("M260 630A140 20 0 0 0 540 630", c.colour.ink, 4, opacity=0.4)
    lathe(c, 400, [(134, 296), (142, 306), (144, 314), (144, 384), (144, 384)], c.colour, tilt=0.14)
    c.line("M256 372A144 20 0 0 0 544 372", c.colour.light, 4, opacity=0.6)
    c.ellipse(400, 298, 138, 20, c.linear(c.colour.light, c.colour.base, along=SLANTED))
    c.ellipse(400, 297, 112, 14, "none", stroke=c.colour.dark, stroke_width=3, opacity=0.5)
    gloss(c, 306, 346, 16, 34, opacity=0.7)
    gloss(c, 300, 520, 14, 100, opacity=0.55)


SLANTED = (0.0, 0.0, 1.0, 0.6)


def label(c: Canvas) -> None:
    """A paper label with a sprig of tea."""
    paper = "M300 436Q400 450 500 436V584Q400 598 300 584Z"
    c.path(paper, c.linear("#fbf5e6", "#e9dcc0", "#cbb892", along=ACROSS))
    c.path("M310 448Q400 461 490 448V573Q400 586 310 573Z", "none", stroke=c.colour.dark, stroke_width=3)
    c.line("M400 562C398 530 402 500 400 470", c.colour.dark, 5)
    for turn in (-58, 58):
        c.path(
            "M0 0C-16 -20 -14 -46 0 -62C14 -46 16 -20 0 0Z",
            c.colour.base,
            transform=f"translate(400 548)rotate({turn})",
        )
        c.path(
            "M0 0C-13 -16 -11 -36 0 -50C11 -36 13 -16 0 0Z",
            c.colour.dark,
            transform=f"translate(400 512)rotate({turn * 0.75:g})",
        )
    c.path("M0 0C-10 -12 -9 -28 0 -40C9 -28 10 -12 0 0Z", c.colour.base, transform="translate(400 498)")


def open_tin(c: Canvas) -> None:
    """The tin without its lid, full of leaf, the lid leaning on it."""
    stand(c, 400, 640, 132)
    lathe(c, 400, [(140, 380), (140, 380), (140, 636), (140, 636)], c.colour, tilt=0.14)
    label(c)
    gloss(c, 300, 520, 14, 100, opacity=0.55)
    c.ellipse(400, 380, 140, 27, STEEL.light)
    c.ellipse(400, 382, 132, 22, STEEL.dark)
    c.ellipse(400, 388, 126, 16, "#3d3320")
    c.line(
        "M300 386l26 8M340 380l30 6M390 392l34 -8M430 384l32 8M470 388l24 -6M360 396l26 2M410 378l20 4", "#7d6a3a", 6
    )
    with c.placed(616, 640, 1, turn=-14, origin=(616, 640)):
        c.ellipse(616, 566, 74, 84, c.linear(c.colour.light, c.colour.dark))
        c.ellipse(606, 566, 66, 78, c.linear(c.colour.light, c.colour.base))
        c.ellipse(606, 566, 50, 60, "none", stroke=c.colour.dark, stroke_width=3, opacity=0.5)


def candle(c: Canvas) -> None:
    stand(c, 400, 640, 118)
    glass = turned(400, [(122, 384), (124, 400), (122, 600), (112, 640)])
    c.path(glass, c.round(c.colour))
    c.path(glass, c.linear((0, c.colour.ink, 0.0), (0.3, c.colour.ink, 0.0), (1, c.colour.ink, 0.4), along=DOWN))
    c.ellipse(400, 384, 122, 25, c.linear(c.colour.light, c.colour.dark))
    c.ellipse(400, 386, 114, 20, mix(c.colour.base, c.colour.dark, 0.5))
    c.ellipse(400, 396, 106, 14, c.radial("#fff8e2", "#ecd6a4", cx=0.5, cy=0.4))
    c.line("M400 396q-3 -18 2 -30", "#3a2a1c", 5)
    flame(c, 401, 372)
    c.path("M330 470Q400 480 470 470V566Q400 576 330 566Z", c.linear("#fbf6ea", "#d9ccb2", along=ACROSS))
    c.line("M352 500Q400 507 448 500M366 520Q400 525 434 520M380 540Q400 543 420 540", c.colour.dark, 5)
    gloss(c, 306, 500, 12, 96, opacity=0.7)


def flame(c: Canvas, x: float, y: float) -> None:
    """A flame standing on its wick end, with its halo."""
    halo = c.radial((0, "#fff3c4", 0.9), (0.4, "#ffd67a", 0.35), (1, "#ffd67a", 0.0), cx=0.5, cy=0.5, r=0.5)
    c.circle(x, y - 34, 96, halo)
    c.path(
        "M0 0C-26 -10 -24 -44 0 -88C24 -44 26 -10 0 0Z",
        c.linear("#fff1b0", "#ff9a2e", along=DOWN),
        transform=f"translate({x:g} {y:g})",
    )
    c.path("M0 -4C-12 -10 -11 -30 0 -50C11 -30 12 -10 0 -4Z", "#fffbe6", transform=f"translate({x:g} {y:g})")


def soap(c: Canvas) -> None:
    stand(c, 400, 606, 232, flat=True)
    side = "M164 440V528C168 584 208 612 274 606L566 584C636 576 658 544 658 492V404Z"
    c.path(side, c.linear(c.colour.base, mix(c.colour.base, c.colour.dark, 0.85), along=DOWN))
    top = (
        "M166 452C172 388 214 356 296 350L540 332C618 328 650 352 657 404"
        "C662 462 634 492 562 500L270 522C200 526 162 500 166 452Z"
    )
    c.path(top, c.linear(c.colour.light, mix(c.colour.light, c.colour.base, 0.8)))
    inner = (
        "M196 450C202 402 236 376 302 371L536 354C598 350 622 370 627 406"
        "C630 448 608 474 556 479L272 500C220 503 193 486 196 450Z"
    )
    c.path(inner, "none", stroke=c.colour.dark, stroke_width=5, opacity=0.35)
    c.path(inner, "none", stroke="#ffffff", stroke_width=3, opacity=0.5, transform="translate(3 4)")
    soap_band(c)
    gloss(c, 250, 410, 54, 24, opacity=0.7, turn=-24)
    c.line("M184 560C196 584 230 592 276 588L330 584", "#ffffff", 5, opacity=0.35)


def soap_band(c: Canvas) -> None:
    """The printed paper around the bar."""
    paper = "M330 347L486 336C506 366 514 420 508 504V588L352 600V516C356 440 350 390 330 347Z"
    c.path(paper, SHADOW, opacity=0.18, transform="translate(7 4)")
    c.path(paper, c.linear("#fdf8ec", "#eadfc8", along=DOWN))
    c.path("M352 516L508 504V588L352 600Z", "#8a7650", opacity=0.22)
    leaf = "M0 0C-16 -22 -14 -50 0 -68C14 -50 16 -22 0 0Z"
    for turn in (-46, 0, 46):
        c.path(leaf, c.colour.dark, transform=f"translate(428 474)rotate({turn - 5})")
    c.line("M382 553L478 546M398 574L462 569", c.colour.dark, 6, opacity=0.8)


def soap_dish(c: Canvas) -> None:
    """The soap in its dish, with a little lather."""
    stand(c, 400, 676, 270)
    c.path("M70 590C76 660 200 700 400 700S724 660 730 590Z", c.round(CHALK))
    c.ellipse(400, 590, 330, 62, c.linear(CHALK.light, CHALK.base))
    c.ellipse(400, 594, 306, 50, c.linear(CHALK.dark, CHALK.light))
    soap(c)
    for x, y, r in (
        (196, 584, 30),
        (238, 610, 22),
        (164, 608, 18),
        (606, 580, 26),
        (640, 596, 17),
        (566, 600, 16),
        (216, 556, 14),
    ):
        c.circle(x, y, r, c.radial((0, "#ffffff", 0.95), (0.7, "#eaf3f5", 0.7), (1, "#b9d0d6", 0.8)))


STILLS = (
    StillLife("bottle", {
        "front": on_tile(bottle, zoom=1.3, y=700),
        "detail": close_up(bottle, x=400, y=300, zoom=2.2),
        "scene": on_table(carafe_set, Companion(vase, "chalk", 170, 600, 0.5), scale=0.9, x=380, y=690),
    }),
    StillLife("thermos", {
        "front": on_tile(thermos, zoom=1.22, y=715),
        "detail": close_up(thermos, x=400, y=330, zoom=2.1),
        "scene": on_table(flask_poured, scale=0.9, x=370, y=690, wood="walnut"),
    }),
    StillLife("tea-tin", {
        "front": on_tile(tea_tin, zoom=1.35, y=690),
        "open": on_tile(open_tin, zoom=1.3, y=680),
        "detail": close_up(tea_tin, x=400, y=490, zoom=2.3),
        "scene": on_table(tea_tin, Companion(teapot, "chalk", 590, 630, 0.68), scale=0.8, x=250, y=690),
    }),
    StillLife("candle", {
        "front": on_tile(candle, zoom=1.4, y=690),
        "detail": close_up(candle, x=400, y=390, zoom=2.0),
        "scene": at_dusk(candle, scale=1.4, y=700, glow=(400, 330)),
    }),
    StillLife("soap", {
        "front": on_tile(soap, zoom=1.05, y=640),
        "detail": close_up(soap, x=400, y=420, zoom=2.0),
        "scene": on_table(soap_dish, Companion(vase, "clay", 640, 590, 0.62), scale=0.78, x=350, y=668),
    }),
)  # fmt: skip
