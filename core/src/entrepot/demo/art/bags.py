"""Carried goods: canvas bag, backpack, basket."""

from __future__ import annotations

from .canvas import DOWN, Canvas
from .forms import gloss, lying, stand, stitches, weave
from .palette import COLOURS, mix
from .pottery import bowl
from .staging import Companion, StillLife, close_up, on_table, on_tile, on_wall

CHALK = COLOURS["chalk"]
LEATHER = COLOURS["walnut"]
BRASS = COLOURS["brass"]
TOTE = (
    "M206 320C330 332 470 332 594 320C604 420 622 540 636 624C600 650 500 646 400 646"
    "S200 650 164 624C178 540 196 420 206 320Z"
)


def canvas_bag(c: Canvas) -> None:
    stand(c, 400, 640, 236, flat=True)
    tote(c)


def tote(c: Canvas) -> None:
    """The bag itself, standing or hanging."""
    c.line("M300 330C300 120 500 120 500 330", mix(c.colour.dark, c.colour.ink, 0.3), 24, stroke_linecap="butt")
    c.path("M206 320C300 302 500 302 594 320C470 340 330 340 206 320Z", c.colour.ink, opacity=0.8)
    c.path(TOTE, c.linear(c.colour.light, c.colour.base, c.colour.dark))
    c.path(TOTE, weave(c, c.colour, pitch=7))
    with c.clipped(TOTE):
        c.path(
            "M250 330C262 420 240 540 214 650H160L206 320ZM560 330C540 440 570 560 600 650H640L600 320Z",
            c.colour.ink,
            opacity=0.13,
        )
        c.path("M310 346C300 440 320 540 296 640C280 540 286 440 310 346Z", c.colour.light, opacity=0.4)
        stitches(c, "M202 352C330 364 470 364 598 352", c.colour.ink)
    anchor(c)
    handle = "M276 400L282 330C274 70 526 70 518 330L524 400"
    c.line(handle, c.colour.dark, 28, stroke_linecap="butt")
    c.line(handle, mix(c.colour.base, c.colour.light, 0.4), 22, stroke_linecap="butt", transform="translate(-2 -2)")
    stitches(c, "M270 336L264 396H288M530 336L536 396H512", c.colour.ink)


def anchor(c: Canvas) -> None:
    """The shop's printed mark."""
    shade = CHALK.light if c.colour not in (CHALK, COLOURS["sand"]) else COLOURS["deep-sea"].base
    c.circle(400, 436, 15, "none", stroke=shade, stroke_width=8)
    c.line(
        "M400 452V566M366 478H434M326 520C334 570 366 580 400 580S466 570 474 520M314 538"
        "L326 518L344 532M456 532L474 518L486 538",
        shade,
        9,
    )


def baguette(c: Canvas) -> None:
    bread = "M250 340L214 150C208 120 250 104 266 136L330 340Z"
    c.path(bread, c.linear("#e6b56a", "#8f5620"))
    c.line("M226 190l34 -14M236 236l36 -14M246 282l36 -14", "#f6dba6", 7)


def shopping(c: Canvas) -> None:
    """The bag with bread and leeks from the market."""
    baguette(c)
    for x, turn in ((430, 8), (462, 18), (400, -4)):
        place = f"translate({x} 340)rotate({turn})"
        c.path(
            "M-14 0V-130C-40 -190 -30 -240 -50 -270C-10 -240 -6 -200 0 -170"
            "C6 -220 30 -250 60 -262C30 -220 26 -180 14 -130V0Z",
            c.linear("#dfe8c4", "#7f9a58", "#3f6238", along=(0, 1, 0, 0)),
            transform=place,
        )
    canvas_bag(c)


def canvas_bag_hung(c: Canvas) -> None:
    """The bag on a peg."""
    rail = COLOURS["oak"]
    c.rect(-200, 92, 1200, 48, c.linear(rail.light, rail.dark, along=DOWN), r=6)
    for x in (60, 400, 740):
        c.circle(x, 116, 19, c.radial(rail.light, rail.dark))
    lying(c, TOTE)
    tote(c)


BODY = (
    "M214 640C190 640 178 620 180 590C182 440 190 330 214 270C240 214 300 196 400 196"
    "S560 214 586 270C610 330 618 440 620 590C622 620 610 640 586 640Z"
)
POCKET = (
    "M246 444H554C572 444 580 456 580 474V584C580 610 566 622 540 622H260"
    "C234 622 220 610 220 584V474C220 456 228 444 246 444Z"
)


def backpack(c: Canvas) -> None:
    stand(c, 400, 640, 216, flat=True)
    c.line("M340 206C340 120 460 120 460 206", c.colour.ink, 22)
    c.line("M340 202C340 122 460 122 460 202", c.colour.dark, 10)
    for side in (
        "M196 420C150 430 140 480 144 560C148 610 170 620 190 616Z",
        "M604 420C650 430 660 480 656 560C652 610 630 620 610 616Z",
    ):
        c.path(side, c.linear(c.colour.base, c.colour.dark))
    c.path(BODY, c.round(c.colour))
    c.path(BODY, weave(c, c.colour, pitch=7))
    c.path(POCKET, c.colour.ink, opacity=0.3, transform="translate(5 8)")
    c.path(POCKET, c.linear(c.colour.light, c.colour.base, c.colour.dark))
    c.path(POCKET, weave(c, c.colour, pitch=7))
    c.line("M232 478H568", c.colour.ink, 7, opacity=0.7)
    c.line("M232 475H568", BRASS.light, 2.4, stroke_dasharray="3 4", stroke_linecap="butt")
    c.path("M540 478h14l-2 40h-10Z", LEATHER.light)
    flap(c)


def flap(c: Canvas) -> None:
    """The lid with two leather straps and buckles."""
    lid = (
        "M192 330C200 250 250 190 400 190S600 250 608 330C612 390 600 412 570 416"
        "C460 428 340 428 230 416C200 412 188 390 192 330Z"
    )
    c.path(lid, c.colour.ink, opacity=0.35, transform="translate(4 12)")
    c.path(lid, c.linear(c.colour.light, c.colour.base, c.colour.dark))
    c.path(lid, weave(c, c.colour, pitch=7))
    stitches(c, "M206 340C208 384 214 398 236 402C340 414 460 414 564 402C586 398 592 384 594 340", c.colour.light)
    for x in (286, 488):
        c.rect(x + 4, 374, 30, 150, c.colour.ink, r=6, opacity=0.35)
        c.rect(x, 366, 28, 150, c.linear(LEATHER.light, LEATHER.base), r=6)
        c.rect(x - 8, 418, 44, 34, "none", r=6, stroke=BRASS.base, stroke_width=7)
        c.line(f"M{x + 14} 420V448", BRASS.light, 5)
        c.line(f"M{x + 14} 474v2M{x + 14} 492v2", LEATHER.ink, 6)
    c.rect(352, 266, 96, 62, c.linear(LEATHER.light, LEATHER.base), r=7)
    c.line("M372 300q9 -16 18 0t18 0t18 0", BRASS.light, 5)
    gloss(c, 270, 270, 56, 34, opacity=0.4, turn=-30)


def backpack_with_roll(c: Canvas) -> None:
    """The backpack ready to leave, a blanket strapped on top."""
    c.rect(196, 132, 408, 92, c.linear(CHALK.light, CHALK.base, CHALK.dark, along=DOWN), r=46)
    c.circle(242, 178, 46, c.linear(CHALK.light, CHALK.dark))
    c.line("M242 178m0 -8a8 8 0 1 1 -8 8m8 -24a24 24 0 1 1 -24 24m24 -36a36 36 0 0 1 34 24", CHALK.ink, 4, opacity=0.6)
    for x in (310, 510):
        c.rect(x, 128, 22, 100, c.linear(LEATHER.light, LEATHER.dark), r=6)
    backpack(c)


WILLOW = "M180 400C186 490 204 580 226 634C300 656 500 656 574 634C596 580 614 490 620 400C560 446 240 446 180 400Z"


def basket(c: Canvas) -> None:
    stand(c, 400, 640, 190)
    c.ellipse(400, 400, 220, 46, c.colour.ink)
    basket_front(c)


def basket_front(c: Canvas) -> None:
    """The near half of the basket, over what is in it."""
    c.path(WILLOW, c.round(c.colour))
    with c.clipped(WILLOW):
        wicker(c)
    c.line("M180 400C240 450 560 450 620 400", c.colour.dark, 24)
    c.line("M180 396C240 446 560 446 620 396", c.colour.light, 15, stroke_dasharray="16 9", stroke_linecap="butt")
    c.tube("M180 410C110 330 170 290 190 386", 18, LEATHER)
    c.tube("M620 410C690 330 630 290 610 386", 18, LEATHER)
    gloss(c, 280, 520, 30, 90, opacity=0.25, turn=-8)


def wicker(c: Canvas) -> None:
    """Rows of willow over uprights."""
    for row in range(9):
        y = 424 + row * 26
        shift = row % 2 * 20
        arc = f"M170 {y - 12}Q400 {y + 46} 630 {y - 12}"
        c.line(
            arc, c.colour.ink, 25, opacity=0.28, stroke_dasharray="4 36", stroke_dashoffset=shift, stroke_linecap="butt"
        )
        c.line(
            arc,
            c.colour.light,
            12,
            opacity=0.55,
            stroke_dasharray="28 12",
            stroke_dashoffset=shift - 6,
            stroke_linecap="butt",
            transform="translate(0 -5)",
        )
        c.line(arc, c.colour.ink, 4, opacity=0.4, transform="translate(0 12)")


def full_basket(c: Canvas) -> None:
    """The basket with bread and apples."""
    stand(c, 400, 640, 190)
    c.ellipse(400, 400, 220, 46, c.colour.ink)
    with c.placed(500, 400, 1.1, turn=14, origin=(290, 340)):
        baguette(c)
    for x, y, colour in ((270, 366, "buoy-red"), (390, 350, "moss"), (330, 396, "coral"), (444, 398, "ochre")):
        paint = COLOURS[colour]
        c.circle(x, y, 60, c.radial(paint.light, paint.base, paint.dark))
        c.line(f"M{x} {y - 54}q4 -18 16 -26", "#5a4326", 6)
    basket_front(c)


STILLS = (
    StillLife("canvas-bag", {
        "front": on_tile(canvas_bag),
        "detail": close_up(canvas_bag, x=330, y=400, zoom=2.1),
        "scene": on_table(shopping, Companion(bowl, "chalk", 690, 640, 0.4), scale=0.86, x=370, y=710),
        "hung": on_wall(canvas_bag_hung, scale=0.86),
    }),
    StillLife("backpack", {
        "front": on_tile(backpack),
        "detail": close_up(backpack, x=330, y=420, zoom=2.1),
        "scene": on_table(backpack_with_roll, scale=0.9, y=710, wood="walnut"),
    }),
    StillLife("basket", {
        "front": on_tile(basket),
        "detail": close_up(basket, x=300, y=480, zoom=2.0),
        "scene": on_table(full_basket, scale=0.95, y=710),
    }),
)  # fmt: skip
