"""Wool to wear: jumper, beanie, scarf."""

from __future__ import annotations

from .blankets import blanket, stripe
from .canvas import DOWN, Canvas
from .forms import SHADOW, knit, lying, ribs, stand
from .palette import COLOURS, mix
from .pottery import mug
from .staging import Companion, StillLife, close_up, on_table, on_tile, on_wall

CHALK = COLOURS["chalk"]
JUMPER = (
    "M318 150C350 172 450 172 482 150L556 178C604 200 626 240 640 300L706 610C690 632 650 642 616 636L556 400"
    "C560 500 562 590 560 664C470 682 330 682 240 664C238 590 240 500 244 400L184 636C150 642 110 632 94 610"
    "L160 300C174 240 196 200 244 178Z"
)
CUFFS = (
    "M560 628L562 690C470 708 330 708 238 690L240 628C330 646 470 646 560 628Z"
    "M184 636C150 642 110 632 94 610L84 656C104 678 146 686 176 680ZM616 636"
    "C650 642 690 632 706 610L716 656C696 678 654 686 624 680Z"
)
CABLE = "M0 0C22 22 22 44 0 66S-22 110 0 132S22 176 0 198S-22 242 0 264S22 308 0 330S-22 374 0 396S22 440 0 462"


def jumper(c: Canvas) -> None:
    lying(c, JUMPER)
    lying(c, CUFFS)
    c.path("M318 150C350 120 450 120 482 150C460 196 340 196 318 150Z", c.colour.ink)
    c.path(JUMPER, c.slope(c.colour))
    c.path(JUMPER, knit(c, c.colour, pitch=15))
    with c.clipped(JUMPER):
        cables(c)
        c.path(
            "M244 400C252 340 246 270 222 230C270 290 276 400 262 520ZM556 400"
            "C548 340 554 270 578 230C530 290 524 400 538 520Z",
            c.colour.ink,
            opacity=0.3,
        )
        c.line("M244 400C250 320 240 240 206 196M556 400C550 320 560 240 594 196", c.colour.ink, 4, opacity=0.4)
    for piece in (CUFFS, "M318 150C350 172 450 172 482 150L502 162C470 222 330 222 298 162Z"):
        c.path(piece, c.slope(c.colour))
        c.path(piece, ribs(c, c.colour, pitch=13))
    c.line("M298 162C330 222 470 222 502 162M240 630C330 648 470 648 560 630", c.colour.ink, 3, opacity=0.4)


def cables(c: Canvas) -> None:
    """Three cables down the front."""
    for x in (310, 400, 490):
        c.rect(x - 28, 180, 56, 480, c.colour.dark, opacity=0.28)
        for flip in (1, -1):
            place = f"translate({x} 190)scale({flip} 1)"
            c.line(CABLE, c.colour.ink, 19, opacity=0.35, transform=place)
            c.line(CABLE, mix(c.colour.base, c.colour.light, 0.35), 14, transform=place)
            c.line(CABLE, c.colour.light, 4, opacity=0.6, transform=f"translate({x - 3} 188)scale({flip} 1)")


SQUARE = (
    "M212 196C240 176 276 166 300 156C350 176 450 176 500 156C524 166 560 176 588 196"
    "C596 340 598 500 592 636C470 652 330 652 208 636C202 500 204 340 212 196Z"
)


def folded_jumper(c: Canvas) -> None:
    """The jumper folded square, seen from above."""
    under = "M218 212L196 652C330 672 476 672 606 652L584 212Z"
    lying(c, under, depth=22)
    c.path(under, c.linear(c.colour.base, c.colour.dark))
    c.path(under, ribs(c, c.colour, pitch=13))
    c.path("M300 156C350 128 450 128 500 156C480 200 320 200 300 156Z", c.colour.ink)
    c.path(SQUARE, c.slope(c.colour))
    c.path(SQUARE, knit(c, c.colour, pitch=15))
    with c.clipped(SQUARE):
        cables(c)
        c.path("M212 196C250 330 252 500 208 636ZM588 196C556 330 554 500 592 636Z", c.colour.ink, opacity=0.16)
        c.line("M240 190C262 340 262 500 246 650M560 190C540 340 540 500 556 650", c.colour.ink, 4, opacity=0.35)
    collar = "M300 156C350 178 450 178 500 156L520 168C488 228 312 228 280 168Z"
    c.path(collar, c.slope(c.colour))
    c.path(collar, ribs(c, c.colour, pitch=13))
    folded_sleeve(c)


def folded_sleeve(c: Canvas) -> None:
    """One sleeve laid across the front."""
    sleeve = "M590 330C600 380 598 440 594 476L338 566L308 484C420 446 520 400 590 330Z"
    cuff = "M342 564L312 482L240 510L268 590Z"
    for piece in (sleeve, cuff):
        lying(c, piece, depth=9)
    c.path(sleeve, c.linear(c.colour.light, c.colour.base, c.colour.dark))
    c.path(sleeve, knit(c, c.colour, pitch=15))
    c.path(cuff, c.slope(c.colour))
    c.path(cuff, ribs(c, c.colour, pitch=13, turn=70))


def jumper_pile(c: Canvas) -> None:
    """Folded knitwear stacked on the table."""
    stand(c, 400, 640, 250, flat=True)
    for index, name in enumerate(("ink", "rust", "sage", "")):
        y, lean = 640 - (index + 1) * 92, index % 2 * 12
        with c.coloured(name):
            pile = (
                f"M{140 + lean} {y + 46}C{140 + lean} {y + 10} {160 + lean} {y} {190 + lean} {y}"
                f"H{610 + lean}C{640 + lean} {y} {656 + lean} {y + 20} {656 + lean} {y + 46}"
                f"S{640 + lean} {y + 92} {606 + lean} {y + 92}H{190 + lean}"
                f"C{158 + lean} {y + 92} {140 + lean} {y + 82} {140 + lean} {y + 46}Z"
            )
            c.path(pile, c.linear(c.colour.light, c.colour.base, c.colour.dark, along=DOWN))
            c.path(pile, knit(c, c.colour, pitch=15))
            c.line(f"M{176 + lean} {y + 48}H{616 + lean}", c.colour.ink, 5, opacity=0.45)


def beanie(c: Canvas) -> None:
    stand(c, 400, 632, 210)
    dome = "M196 520C186 360 270 236 400 232C532 236 614 360 604 520Z"
    c.path(dome, c.round(c.colour))
    with c.clipped(dome):
        c.path(dome, knit(c, c.colour, pitch=20))
        c.path("M196 520C186 360 270 236 400 232C300 280 240 380 250 520Z", c.colour.light, opacity=0.14)
        c.line("M400 232C330 300 310 420 316 520M400 232C470 300 490 420 484 520", c.colour.ink, 4, opacity=0.3)
    cuff = (
        "M176 512C176 492 190 484 208 486C330 506 470 506 592 486C610 484 624 492 624 512"
        "L628 610C628 628 616 636 600 638C470 654 330 654 200 638C184 636 172 628 172 610Z"
    )
    c.path(cuff, c.round(c.colour))
    c.path(cuff, ribs(c, c.colour, pitch=19))
    c.line("M182 498C320 520 480 520 618 498", c.colour.ink, 5, opacity=0.3)
    c.rect(446, 552, 76, 46, CHALK.light, r=5)
    c.line("M460 580q8 -12 16 0t16 0t16 0", COLOURS["deep-sea"].base, 4)
    pompom(c)


def pompom(c: Canvas) -> None:
    """A tuft of wool ends, lit from the upper left."""
    c.circle(400, 200, 62, c.radial(c.colour.light, c.colour.base, c.colour.dark))
    tone = mix(c.colour.base, c.colour.light, 0.6)
    for r, width, step in ((64, 14, 7), (46, 24, 10), (24, 26, 15)):
        c.ticks(402, 203, r, paint=c.colour.dark, length=width, width=4, step=step)
        c.ticks(398, 197, r - 2, paint=tone, length=width, width=4, step=step)
    c.circle(400, 200, 70, c.linear((0.4, c.colour.ink, 0.0), (1, c.colour.ink, 0.45)))


def hat_over_scarf(c: Canvas) -> None:
    """Beanie laid on a folded scarf."""
    with c.placed(400, 700, 1.0), c.coloured("chalk"):
        blanket(c)
    with c.placed(400, 440, 0.72):
        beanie(c)


LOOP = (
    "M400 150C530 150 590 210 586 270C580 340 500 388 400 388C300 388 220 340 214 270C210 210 270 150 400 150Z"
    "M400 232C330 232 292 250 294 274C300 304 340 320 400 320C460 320 500 304 506 274C508 250 470 232 400 232Z"
)
TAIL = "M352 340C330 440 300 560 280 668L392 690C404 580 430 460 452 356Z"
OTHER = "M420 340C450 440 490 540 530 628L636 588C580 500 530 420 486 330Z"


def scarf(c: Canvas) -> None:
    for piece in (LOOP, OTHER, TAIL):
        lying(c, piece)
    c.path(LOOP, c.linear(c.colour.light, c.colour.base, c.colour.dark))
    c.path(LOOP, knit(c, c.colour, pitch=13))
    c.line(
        "M232 262C250 190 340 172 400 172S560 200 566 268M256 300C290 350 340 366 400 366"
        "S520 346 548 296M262 268C276 214 340 200 400 200S530 216 538 268",
        c.colour.ink,
        4,
        opacity=0.22,
    )
    tail(c, OTHER, turn=-24, stripes="M480 512L588 466M500 548L608 504", fringe=((530, 628), (636, 588), (22, 56)))
    tail(c, TAIL, turn=10, stripes="M302 556L412 576M294 596L406 616", fringe=((280, 668), (392, 690), (-10, 62)))
    knot = "M322 318C350 292 460 292 500 322C506 362 490 392 470 400C420 412 370 408 336 392C318 370 314 340 322 318Z"
    c.path(knot, c.linear(c.colour.light, c.colour.dark))
    c.path(knot, ribs(c, c.colour, pitch=14, turn=76))
    c.line("M334 330C380 310 440 312 486 334M336 362C380 346 440 348 484 366", c.colour.ink, 4, opacity=0.3)


def tail(c: Canvas, outline: str, *, turn: float, stripes: str, fringe: tuple[tuple[int, int], ...]) -> None:
    """A hanging end with ribs, two stripes and a fringe."""
    (x1, y1), (x2, y2), (dx, dy) = fringe
    for first, shade in ((0, c.colour.base), (1, c.colour.dark)):
        threads = ""
        for index in range(first, 11, 2):
            x, y = x1 + (x2 - x1) * index / 10, y1 + (y2 - y1) * index / 10
            threads += (
                f"M{x:.0f} {y - 6:.0f}q{dx / 2 + (index % 3 - 1) * 5:.0f} {dy / 2:.0f} {dx:.0f} {dy + first * 6:.0f}"
            )
        c.line(threads, shade, 7)
    c.path(outline, c.linear(c.colour.light, c.colour.base, c.colour.dark))
    with c.clipped(outline):
        c.path(outline, ribs(c, c.colour, pitch=16, turn=turn))
        c.line(stripes, stripe(c), 16, opacity=0.85, stroke_linecap="butt")


def scarf_on_peg(c: Canvas) -> None:
    """The scarf hung from a rail."""
    rail = COLOURS["oak"]
    c.rect(-200, 226, 1200, 54, c.linear(rail.light, rail.dark, along=DOWN), r=6)
    for x in (70, 730):
        c.circle(x, 252, 22, c.radial(rail.light, rail.dark))
    scarf(c)
    c.circle(408, 262, 24, SHADOW, opacity=0.3)
    c.circle(400, 250, 24, c.radial(rail.light, rail.base, rail.dark))


STILLS = (
    StillLife("jumper", {
        "front": on_tile(jumper),
        "detail": close_up(jumper, x=420, y=250, zoom=2.2),
        "folded": on_tile(folded_jumper),
        "scene": on_table(jumper_pile, Companion(mug, "chalk", 640, 640, 0.5), scale=0.8, x=330, y=690),
    }),
    StillLife("beanie", {
        "front": on_tile(beanie),
        "detail": close_up(beanie, x=440, y=520, zoom=2.2),
        "scene": on_table(hat_over_scarf, scale=0.86, y=690, wood="walnut"),
    }),
    StillLife("scarf", {
        "front": on_tile(scarf),
        "detail": close_up(scarf, x=400, y=560, zoom=2.0),
        "scene": on_wall(scarf_on_peg, scale=0.86, y=640),
    }),
)  # fmt: skip
