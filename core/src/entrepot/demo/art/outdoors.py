"""For the way there: compass, umbrella, sunglasses, watch."""

from __future__ import annotations

from .canvas import ACROSS, DOWN, Canvas
from .forms import SHADOW, gloss, lying, stand, stitches
from .palette import COLOURS, mix
from .staging import Companion, StillLife, close_up, on_desk, on_tile, on_wall
from .writing import fountain_pen, notebook

CHALK = COLOURS["chalk"]
INK = COLOURS["ink"]
BRASS = COLOURS["brass"]
STEEL = COLOURS["steel"]
OAK = COLOURS["oak"]


def ring(cx: float, cy: float, r: float) -> str:
    return f"M{cx - r:g} {cy:g}a{r:g} {r:g} 0 1 1 {2 * r:g} 0a{r:g} {r:g} 0 1 1 {-2 * r:g} 0Z"


def compass(c: Canvas) -> None:
    lying(c, ring(400, 440, 226), depth=26)
    c.circle(400, 158, 44, "none", stroke=c.colour.dark, stroke_width=20)
    c.circle(398, 156, 44, "none", stroke=c.colour.light, stroke_width=7, opacity=0.8)
    c.rect(372, 192, 56, 46, c.linear(c.colour.light, c.colour.dark, along=ACROSS), r=10)
    c.circle(400, 440, 226, c.linear(c.colour.light, c.colour.base, c.colour.dark))
    c.circle(400, 440, 206, c.linear(c.colour.dark, c.colour.light))
    c.circle(400, 440, 192, c.linear(CHALK.light, CHALK.base))
    c.ticks(400, 440, 173, paint=INK.base, length=18, width=3, step=10)
    c.ticks(400, 440, 169, paint=INK.base, length=30, width=6, step=45)
    rose(c)
    needle(c)
    c.path("M230 400A178 178 0 0 1 372 264C330 300 290 340 268 420Z", "#ffffff", opacity=0.4)
    c.path(
        "M208 440A192 192 0 0 1 592 440A198 198 0 0 0 208 440Z", SHADOW, opacity=0.2, transform="rotate(-42 400 440)"
    )


def rose(c: Canvas) -> None:
    """The wind rose on the card."""
    for turn in (45, 135, 225, 315):
        c.path("M400 440L386 420L400 340L414 420Z", OAK.base, opacity=0.7, transform=f"rotate({turn} 400 440)")
    for turn in (0, 90, 180, 270):
        c.path("M400 440L382 420L400 304Z", COLOURS["deep-sea"].light, transform=f"rotate({turn} 400 440)")
        c.path("M400 440L418 420L400 304Z", COLOURS["deep-sea"].dark, transform=f"rotate({turn} 400 440)")
    c.circle(400, 440, 108, "none", stroke=INK.base, stroke_width=2.5, opacity=0.5)


def needle(c: Canvas) -> None:
    place = "rotate(28 400 440)"
    c.path("M400 296L422 440L400 584L378 440Z", SHADOW, opacity=0.25, transform=f"translate(7 10){place}")
    c.path("M400 296L422 440H378Z", COLOURS["buoy-red"].base, transform=place)
    c.path("M400 296L422 440H400Z", COLOURS["buoy-red"].dark, transform=place)
    c.path("M400 584L422 440H378Z", STEEL.light, transform=place)
    c.path("M400 584L422 440H400Z", STEEL.base, transform=place)
    c.circle(400, 440, 17, c.radial(BRASS.light, BRASS.dark))


def chart_and_compass(c: Canvas) -> None:
    """The compass on a sea chart."""
    sheet = "M-60 120L820 60L880 760L-40 800Z"
    c.path(sheet, c.linear("#f7efdc", "#dfd0ae"))
    with c.clipped(sheet):
        c.path("M-60 120L300 96C260 180 340 240 260 320S60 380 90 480S-20 560 20 640L-50 700Z", "#d9c491")
        c.path("M900 420C800 440 760 520 790 600S700 700 740 800H900Z", "#d9c491")
        c.line(
            "M340 100C300 190 380 250 300 330S110 400 140 490S40 570 70 650",
            COLOURS["sky"].dark,
            3,
            stroke_dasharray="10 9",
            opacity=0.7,
        )
        c.line("M0 300L860 220M0 560L860 500M260 90L300 800M560 80L600 780", COLOURS["sky"].dark, 2, opacity=0.4)
        c.line("M180 640L420 560L640 300L760 250", COLOURS["buoy-red"].base, 5, stroke_dasharray="18 12")
    with c.placed(430, 450, 0.85, turn=-14, origin=(400, 440)):
        compass(c)


PANELS = (
    "M400 130C300 140 150 220 96 392C120 366 170 360 204 392C226 270 320 180 400 130Z",
    "M400 130C320 180 226 270 204 392C240 358 306 358 336 392C340 300 360 200 400 130Z",
    "M400 130C362 200 338 300 336 392C366 358 434 358 464 392C462 300 438 200 400 130Z",
    "M400 130C440 200 460 300 464 392C494 358 560 358 596 392C574 270 480 180 400 130Z",
    "M400 130C480 180 574 270 596 392C630 360 680 366 704 392C650 220 500 140 400 130Z",
)


def umbrella(c: Canvas) -> None:
    with c.placed(400, 400, 0.98, turn=-12, origin=(400, 400)):
        c.line("M400 360V610C400 680 310 680 312 614", COLOURS["walnut"].dark, 22)
        c.line("M397 360V560", STEEL.base, 14, stroke_linecap="butt")
        c.line("M394 360V560", STEEL.light, 5, stroke_linecap="butt")
        c.line("M396 574V612C394 662 322 664 318 616", COLOURS["walnut"].light, 7, opacity=0.8)
        c.line("M400 384L240 372M400 384L560 372M400 384L340 372M400 384L460 372", INK.base, 4)
        c.path("M96 392Q400 240 704 392Q400 440 96 392Z", c.colour.ink, opacity=0.85)
        shades = (
            c.colour.light,
            mix(c.colour.light, c.colour.base, 0.6),
            c.colour.base,
            mix(c.colour.base, c.colour.dark, 0.55),
            c.colour.dark,
        )
        for shape, shade in zip(PANELS, shades, strict=True):
            c.path(shape, c.linear(mix(shade, "#ffffff", 0.14), shade, mix(shade, c.colour.ink, 0.25), along=DOWN))
        c.line(
            "M400 130C320 180 226 270 204 392M400 130C362 200 338 300 336 392M400 130"
            "C440 200 460 300 464 392M400 130C480 180 574 270 596 392",
            c.colour.ink,
            3,
            opacity=0.4,
        )
        c.line("M400 134V92", STEEL.dark, 12)
        c.circle(400, 132, 12, c.colour.ink)
        gloss(c, 280, 240, 40, 84, opacity=0.35, turn=34)


def furled(c: Canvas) -> None:
    """The umbrella rolled and buttoned, standing on its tip."""
    stand(c, 400, 668, 40)
    c.line("M400 590V664", STEEL.dark, 11)
    c.line("M400 180V96C400 20 496 20 494 96V110", COLOURS["walnut"].dark, 26)
    c.line("M397 176V96C399 34 484 34 488 96", COLOURS["walnut"].light, 8, opacity=0.8)
    c.rect(384, 160, 32, 26, c.linear(BRASS.light, BRASS.dark, along=ACROSS), r=5)
    c.path(
        "M366 196C376 180 424 180 434 196L470 330C472 350 460 356 450 372L410 610H390L350 372C340 356 328 350 330 330Z",
        c.round(c.colour),
    )
    c.line(
        "M392 186C372 240 352 300 350 350M410 186C420 250 440 300 446 366M384 200"
        "C388 320 404 460 402 604M350 372C370 352 430 348 466 340",
        c.colour.ink,
        4,
        opacity=0.4,
    )
    c.path("M342 392Q400 420 452 376L448 402Q400 440 347 416Z", c.colour.dark)
    c.circle(420, 410, 7, BRASS.light)


def rainy(c: Canvas) -> None:
    """The open umbrella in the rain."""
    c.rect(-300, -300, 1400, 1500, c.linear("#6f8794", "#b6c3c6", along=DOWN))
    c.path("M-300 690Q400 650 1100 690V1200H-300Z", c.linear("#8b9aa0", "#596a72", along=DOWN))
    rain = "".join(f"M{(n * 137) % 1000 - 100} {(n * 211) % 900 - 100}l-14 56" for n in range(60))
    c.line(rain, "#e9f2f4", 3, opacity=0.5)
    c.ellipse(420, 730, 220, 26, "#e9f2f4", opacity=0.25)
    umbrella(c)
    c.line(
        "M140 240l-20 -30M200 170l-16 -34M300 110l-8 -34M480 92l10 -34M580 130l20 -30M660 200l28 -24",
        "#ffffff",
        5,
        opacity=0.75,
    )


def sunglasses(c: Canvas) -> None:
    lenses = (
        "M104 372C110 340 140 330 196 330C270 328 340 334 366 366C384 390 380 440 356 486"
        "C334 526 290 540 232 536C170 532 130 500 114 444C106 420 100 396 104 372Z"
    )
    stand(c, 400, 548, 290, lifted=True)
    c.line("M110 356C150 300 230 262 300 246M690 356C650 300 570 262 500 246", c.colour.dark, 16)
    c.line("M110 352C150 296 230 258 300 242M690 352C650 296 570 258 500 242", c.colour.light, 5, opacity=0.6)
    glass = c.linear(
        (0, mix(c.colour.ink, "#1c2a33", 0.7), 0.94), (1, mix(c.colour.light, "#7f9aa4", 0.6), 0.72), along=DOWN
    )
    for mirror in ("", "translate(800 0)scale(-1 1)"):
        c.path(lenses, glass, transform=mirror)
        c.path(lenses, "none", stroke=c.colour.dark, stroke_width=30, transform=mirror)
        c.path(lenses, "none", stroke=c.colour.base, stroke_width=20, transform=f"translate(-3 -4){mirror}")
        c.line(
            "M104 400C104 350 140 334 196 332S320 336 352 360",
            c.colour.light,
            6,
            opacity=0.85,
            transform=f"translate(0 -10){mirror}",
        )
    c.line("M372 384C380 356 420 356 428 384", c.colour.dark, 24)
    c.line("M372 380C380 352 420 352 428 380", c.colour.light, 7, opacity=0.75)
    for x in (102, 690):
        c.rect(x - 4, 356, 16, 9, BRASS.light, r=4)
    for x in (0, 322):
        c.path(
            "M160 364L232 356L158 470C146 440 140 400 160 364ZM256 356L282 358L180 508L166 490Z",
            "#ffffff",
            opacity=0.28,
            transform=f"translate({x} 0)",
        )


def beach(c: Canvas) -> None:
    """The sunglasses in the sand."""
    c.rect(-300, -300, 1400, 700, c.linear("#bfe0ea", "#8fc4d2", along=DOWN))
    c.path("M-300 300H1100V500H-300Z", c.linear("#5a9db0", "#8fd0d0", along=DOWN))
    c.path(
        "M-300 392Q-150 372 0 392T300 392T600 392T900 392T1200 392V1200H-300Z",
        c.linear("#fbf0d6", "#dcbf8b", along=DOWN),
    )
    c.path(
        "M-300 384Q-150 364 0 384T300 384T600 384T900 384T1200 384V400Q1050 384 900 402"
        "T600 402T300 402T0 402T-300 402Z",
        "#ffffff",
        opacity=0.9,
    )
    dots = "".join(f"M{(n * 173) % 1100 - 150} {430 + (n * 97) % 400}h0" for n in range(70))
    c.line(dots, "#b7935a", 5, opacity=0.5)
    c.path("M90 566Q250 520 400 560T720 566Q640 620 400 612T90 566Z", "#b7935a", opacity=0.35)
    sunglasses(c)


def watch(c: Canvas) -> None:
    strap = "M332 -30H468L486 300H314ZM314 580H486L466 840H334Z"
    lying(c, strap, depth=18)
    c.path(strap, c.linear(c.colour.dark, c.colour.light, c.colour.base, c.colour.dark, along=ACROSS))
    stitches(c, "M344 -10L334 290M456 -10L466 290M332 590L346 780M468 590L454 780", c.colour.light, dash="12 8")
    for y in (690, 730, 770):
        c.ellipse(400, y, 8, 9, c.colour.ink)
    lying(c, ring(400, 440, 186), depth=16)
    c.path(
        "M306 300L318 262H346L352 300ZM494 300L482 262H454L448 300ZM306 580L318 618H346"
        "L352 580ZM494 580L482 618H454L448 580Z",
        c.linear(STEEL.light, STEEL.dark),
    )
    c.rect(578, 420, 34, 40, c.linear(STEEL.light, STEEL.base, STEEL.dark, along=DOWN), r=7)
    c.line("M584 430H608M584 440H608M584 450H608", STEEL.ink, 2.5, opacity=0.6)
    c.circle(400, 440, 186, c.linear(STEEL.light, STEEL.base, STEEL.dark))
    c.circle(400, 440, 166, c.linear(STEEL.dark, STEEL.light))
    c.circle(400, 440, 154, c.linear(CHALK.light, mix(CHALK.light, CHALK.dark, 0.4)))
    face(c)


def face(c: Canvas) -> None:
    """The watch's dial and hands, ten past ten."""
    c.ticks(400, 440, 138, paint=INK.light, length=8, width=2.4, step=6)
    c.ticks(400, 440, 129, paint=INK.base, length=26, width=8, step=30)
    c.circle(400, 512, 36, "none", stroke=STEEL.dark, stroke_width=2.5)
    c.line("M400 512L416 490", COLOURS["coral"].base, 3.5)
    for d, width, turn in (("M400 456V350", 13, -54), ("M400 462V314", 9, 62)):
        c.line(d, SHADOW, width, opacity=0.2, transform=f"translate(4 7)rotate({turn} 400 440)")
        c.line(d, COLOURS["deep-sea"].dark, width, transform=f"rotate({turn} 400 440)")
    c.circle(400, 440, 10, COLOURS["deep-sea"].dark)
    c.circle(400, 440, 4, STEEL.light)
    c.path("M284 400A126 126 0 0 1 372 318L352 292A156 156 0 0 0 258 376Z", "#ffffff", opacity=0.45)


def laid_watch(c: Canvas) -> None:
    """The watch as it is laid aside, strap open."""
    with c.placed(400, 400, 1, turn=34, origin=(400, 440)):
        watch(c)


STILLS = (
    StillLife("compass", {
        "front": on_tile(compass),
        "detail": close_up(compass, x=460, y=390, zoom=2.0),
        "scene": on_desk(chart_and_compass, scale=1, wood="walnut"),
    }),
    StillLife("umbrella", {
        "front": on_tile(umbrella),
        "closed": on_tile(furled),
        "detail": close_up(umbrella, x=300, y=330, zoom=2.0),
        "scene": on_wall(rainy, y=680, scale=1.08),
    }),
    StillLife("sunglasses", {
        "front": on_tile(sunglasses),
        "detail": close_up(sunglasses, x=270, y=410, zoom=2.1),
        "scene": on_wall(beach, y=640, scale=1.04),
    }),
    StillLife("watch", {
        "front": on_tile(watch),
        "detail": close_up(watch, x=440, y=420, zoom=2.0),
        "scene": on_desk(
            laid_watch,
            Companion(notebook, "chalk", 90, 190, 0.95, 14),
            Companion(fountain_pen, "ink", 670, 640, 0.5, -20),
            x=440, scale=0.92, wood="walnut",
        ),
    }),
)  # fmt: skip
