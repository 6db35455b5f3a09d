"""For the house: chair, wall clock, cutting board."""

from __future__ import annotations

import math

from .canvas import DOWN, Canvas
from .forms import SHADOW, gloss, grain, lying, stand
from .palette import COLOURS, mix
from .pottery import bowl, vase
from .staging import Companion, StillLife, close_up, on_table, on_tile, on_wall
from .vessels import bottle

CHALK = COLOURS["chalk"]
INK = COLOURS["ink"]


def chair(c: Canvas) -> None:
    stand(c, 400, 632, 180, lifted=True)
    for x in (258, 556, 330, 508):
        stand(c, x, 646 if x in (258, 556) else 590, 24)
    c.tube("M336 430L318 588M492 430L520 588", 20, c.colour)
    c.tube("M300 540L528 540", 12, c.colour)
    for x, top in ((322, 196), (361, 182), (400, 178), (439, 182), (478, 196)):
        c.tube(f"M{400 + (x - 400) * 0.86:.0f} 424L{x} {top}", 11, c.colour)
    c.tube("M312 428L278 190M488 428L522 190", 18, c.colour)
    rail = (
        "M250 206C262 156 330 136 400 136S538 156 550 206C548 224 538 232 524 226"
        "C490 196 450 186 400 186S310 196 276 226C262 232 252 224 250 206Z"
    )
    c.path(rail, c.linear(c.colour.light, c.colour.base, c.colour.dark))
    c.line("M266 196C290 158 350 148 400 148", c.colour.light, 5, opacity=0.8)
    c.tube("M282 470L250 640M518 470L556 640", 24, c.colour)
    c.tube("M274 560L532 560", 14, c.colour)
    seat = (
        "M252 440C262 408 330 396 400 396S538 408 550 440C560 474 536 492 500 496"
        "C440 504 360 504 300 496C264 492 242 474 252 440Z"
    )
    c.path(seat, c.colour.ink, transform="translate(0 14)", opacity=0.9)
    c.path(seat, c.linear(c.colour.light, c.colour.base, mix(c.colour.base, c.colour.dark, 0.6)))
    grain(c, seat, c.colour, box=(250, 392, 300, 110), lines=15)
    c.path(
        "M300 446C330 416 370 420 396 446C430 416 470 418 500 446C470 474 430 472 398 464C366 472 330 474 300 446Z",
        c.colour.ink,
        opacity=0.13,
    )
    gloss(c, 330, 426, 60, 14, opacity=0.45, turn=-6)


def chair_at_window(c: Canvas) -> None:
    """The chair on floorboards with a cushion and a folded blanket over its back."""
    floor = COLOURS["oak"]
    c.rect(-300, 520, 1400, 600, c.linear(floor.light, mix(floor.base, floor.dark, 0.4), along=DOWN))
    c.line("M-300 560H1100M-300 620H1100M-300 700H1100M-300 800H1100", floor.dark, 3, opacity=0.4)
    c.rect(-300, 500, 1400, 24, CHALK.light)
    chair(c)
    pad = "M262 424C280 396 520 396 540 424C556 450 540 470 500 474C430 482 360 482 304 474C262 470 250 450 262 424Z"
    stuff = COLOURS["deep-sea"] if c.colour is not COLOURS["deep-sea"] else CHALK
    c.path(pad, c.linear(stuff.light, stuff.base, stuff.dark))
    c.line("M262 450C340 480 470 480 540 450", stuff.light, 4, opacity=0.6)


def wall_clock(c: Canvas) -> None:
    rim = "M400 150A250 250 0 1 1 400 650A250 250 0 1 1 400 150Z"
    lying(c, rim, depth=26)
    c.circle(400, 400, 250, c.linear(c.colour.light, c.colour.base, c.colour.dark))
    c.circle(400, 400, 236, c.linear(c.colour.dark, c.colour.light))
    c.circle(400, 400, 218, c.linear(CHALK.light, mix(CHALK.light, CHALK.dark, 0.35)))
    c.path(
        "M182 400A218 218 0 0 1 618 400A222 222 0 0 0 182 400Z", SHADOW, opacity=0.18, transform="rotate(-40 400 400)"
    )
    c.ticks(400, 400, 191, paint=INK.light, length=14, width=3, step=6)
    c.ticks(400, 400, 181, paint=INK.base, length=34, width=11, step=30)
    for hand, width in (("M400 430L400 300", 15), ("M400 440L400 226", 10)):
        turn = -56 if width == 15 else 60
        c.line(hand, SHADOW, width, opacity=0.2, transform=f"translate(6 9)rotate({turn} 400 400)")
        c.line(hand, INK.base, width, transform=f"rotate({turn} 400 400)")
    c.line("M400 446V232", COLOURS["coral"].base, 4, transform="rotate(204 400 400)")
    c.circle(400, 400, 14, COLOURS["coral"].base)
    c.path("M246 320A172 172 0 0 1 330 238L300 214A216 216 0 0 0 214 300Z", "#ffffff", opacity=0.5)


def clock_over_shelf(c: Canvas) -> None:
    """The clock above a shelf."""
    with c.placed(400, 330, 0.8, origin=(400, 400)):
        wall_clock(c)
    oak = COLOURS["oak"]
    c.path("M-300 680H1100V718H-300Z", SHADOW, opacity=0.2, transform="translate(0 20)")
    c.rect(-300, 672, 1400, 38, c.linear(oak.light, oak.dark, along=DOWN))
    for drawing, colour, x, scale in ((vase, "sage", 110, 0.46), (bowl, "sky", 660, 0.36)):
        with c.coloured(colour), c.placed(x, 676, scale):
            drawing(c)


BOARD = (
    "M268 232C268 210 284 196 306 196H350C366 196 370 188 370 172V128"
    "C370 106 382 96 400 96S430 106 430 128V172C430 188 434 196 450 196H494"
    "C516 196 532 210 532 232V628C532 650 516 664 494 664H306C284 664 268 650 268 628Z"
)


def cutting_board(c: Canvas) -> None:
    with c.placed(400, 400, 1, turn=12, origin=(400, 400)):
        lying(c, BOARD, depth=22)
        c.path(BOARD, c.colour.dark, transform="translate(7 9)")
        c.path(BOARD, c.linear(c.colour.light, c.colour.base, mix(c.colour.base, c.colour.dark, 0.6)))
        with c.clipped(BOARD):
            c.rect(334, 90, 66, 600, c.colour.light, opacity=0.35)
            c.rect(466, 90, 66, 600, c.colour.dark, opacity=0.2)
        grain(c, BOARD, c.colour, box=(266, 96, 270, 570), lines=22)
        c.line(
            "M300 240V622Q300 634 312 634H488Q500 634 500 622V240Q500 228 488 228H312Q300 228 300 240Z",
            c.colour.dark,
            7,
            opacity=0.55,
        )
        c.line("M304 244V620Q304 630 314 630", c.colour.light, 3, opacity=0.8)
        c.circle(400, 134, 17, c.colour.ink)
        c.circle(402, 137, 14, c.colour.floor)
        c.line("M400 118C380 60 430 30 404 -30", COLOURS["walnut"].dark, 7)


def lemons(c: Canvas) -> None:
    """The board flat on the table with a sliced lemon and herbs."""
    stand(c, 400, 640, 300, flat=True)
    flat = (
        "M190 470C200 452 214 446 236 446H620C642 446 654 452 662 470L726 610"
        "C734 630 724 640 700 640H120C96 640 86 630 94 610Z"
    )
    c.path(flat, c.colour.dark, transform="translate(0 24)")
    c.path(flat, c.linear(c.colour.light, c.colour.base))
    c.line("M150 596H670M168 560H654M184 524H640M198 490H624M136 622Q400 612 690 622", c.colour.dark, 2.5, opacity=0.4)
    for x, y in ((470, 500), (520, 548), (440, 564)):
        c.ellipse(x + 6, y + 10, 62, 32, SHADOW, opacity=0.25)
        c.ellipse(x, y + 6, 60, 32, "#c9941c")
        c.ellipse(x, y, 60, 32, "#f6d35b")
        c.ellipse(x, y, 52, 26, "#fff3c0")
        spokes = "".join(
            f"M{x} {y}L{x + 44 * math.cos(a * 0.785):.0f} {y + 22 * math.sin(a * 0.785):.0f}" for a in range(8)
        )
        c.ellipse(x, y, 46, 23, "#f3c945")
        c.line(spokes, "#fff3c0", 4)
    c.path(
        "M230 560C224 500 280 456 340 470C390 482 396 530 376 566C350 606 244 610 230 560Z",
        c.radial("#fbe489", "#f0c23a", "#b98413"),
    )
    c.path("M378 520q22 -2 26 10q-10 12 -30 12Z", "#d7a628")
    c.path(
        "M560 470q30 -44 76 -34q-10 40 -76 34ZM600 490q40 -24 72 0q-30 26 -72 0ZM590 470q0 -50 -30 -66q-12 40 30 66Z",
        c.linear("#8fae5d", "#486a32"),
    )


STILLS = (
    StillLife("chair", {
        "front": on_tile(chair),
        "detail": close_up(chair, x=420, y=330, zoom=1.9),
        "scene": on_wall(chair_at_window, y=730, scale=1.12),
    }),
    StillLife("wall-clock", {
        "front": on_tile(wall_clock),
        "detail": close_up(wall_clock, x=470, y=310, zoom=2.1),
        "scene": on_wall(clock_over_shelf, y=640, scale=1),
    }),
    StillLife("cutting-board", {
        "front": on_tile(cutting_board),
        "detail": close_up(cutting_board, x=440, y=230, zoom=2.1),
        "scene": on_table(lemons, Companion(bottle, "moss", 640, 580, 0.6), scale=0.92, y=736),
    }),
)  # fmt: skip
