"""Clothes and shoes: T-shirt, running shoe, rain hat."""

from __future__ import annotations

from .canvas import DOWN, Canvas
from .forms import SHADOW, gloss, lying, ribs, stand, stitches, weave
from .palette import COLOURS, mix
from .staging import StillLife, close_up, on_table, on_tile, on_wall

CHALK = COLOURS["chalk"]
BRASS = COLOURS["brass"]
SHIRT = (
    "M300 148C330 178 470 178 500 148L560 168C610 190 640 214 664 256L726 388C704 412 660 434 620 442L574 356"
    "C572 470 578 580 584 672C480 694 320 694 216 672C222 580 228 470 226 356L180 442C140 434 96 412 74 388"
    "L136 256C160 214 190 190 240 168Z"
)
FOLDS = (
    "M226 360C240 320 236 280 222 250C262 300 268 360 256 430C244 420 232 390 226 360Z"
    "M574 360C560 320 564 280 578 250C538 300 532 360 544 430C556 420 568 390 574 360Z"
    "M300 470C360 520 380 600 372 680C352 620 330 560 300 470ZM480 420"
    "C470 520 490 600 520 676C476 620 456 520 480 420Z"
)


def t_shirt(c: Canvas) -> None:
    lying(c, SHIRT)
    c.path("M300 148C340 128 460 128 500 148C480 196 320 196 300 148Z", mix(c.colour.dark, c.colour.ink, 0.35))
    c.path(SHIRT, c.slope(c.colour))
    with c.clipped(SHIRT):
        c.path(FOLDS, c.colour.ink, opacity=0.13)
        c.path("M226 250C300 300 330 420 296 560C270 460 250 340 226 250Z", c.colour.light, opacity=0.35)
        c.path("M574 356L620 442L726 388L700 330L590 300Z", c.colour.ink, opacity=0.1)
        c.line("M226 356C232 290 220 240 190 200M574 356C568 290 580 240 610 200", c.colour.dark, 4, opacity=0.6)
        stitches(c, "M214 652C320 674 480 674 586 652M90 372L184 424M710 372L616 424", c.colour.ink)
    c.path("M300 148C330 178 470 178 500 148L516 154C482 208 318 208 284 154Z", c.slope(c.colour))
    c.path("M300 148C330 178 470 178 500 148L516 154C482 208 318 208 284 154Z", ribs(c, c.colour, pitch=8))
    c.line("M284 154C318 208 482 208 516 154", c.colour.ink, 3, opacity=0.4)
    c.rect(388, 138, 26, 18, CHALK.light, r=2)


def printed_shirt(c: Canvas) -> None:
    """The shirt from the back, with its small printed wave."""
    t_shirt(c)
    with c.clipped(SHIRT):
        c.path("M286 140C330 150 470 150 514 140L530 170C480 196 320 196 270 170Z", c.slope(c.colour))
        c.line("M286 152C330 170 470 170 514 152", c.colour.ink, 3, opacity=0.45)
    print_colour = CHALK.light if c.colour != CHALK else COLOURS["deep-sea"].base
    for y in (300, 330, 360):
        c.line(f"M300 {y}q25 -26 50 0t50 0t50 0t50 0", print_colour, 9, opacity=0.9)


def on_hanger(c: Canvas) -> None:
    """The shirt on a wooden hanger from a peg rail."""
    rail = COLOURS["oak"]
    c.rect(-200, 18, 1200, 44, c.linear(rail.light, rail.dark, along=DOWN), r=6)
    for x in (60, 400, 740):
        c.circle(x, 40, 17, c.radial(rail.light, rail.dark))
    c.line("M400 116V92C400 74 426 76 424 54C422 34 392 36 394 54", COLOURS["steel"].dark, 8)
    c.path(
        "M400 104C420 104 560 150 590 178L578 194H222L210 178C240 150 380 104 400 104Z", c.linear(rail.light, rail.dark)
    )
    t_shirt(c)


def folded_stack(c: Canvas, *, colours: tuple[str, ...]) -> None:
    """Folded cloth seen from the front, the topmost last."""
    stand(c, 400, 640, 250, flat=True)
    height = 74
    for index, name in enumerate(reversed(colours)):
        y = 640 - (index + 1) * height
        with c.coloured(name):
            fold = (
                f"M146 {y + 16}Q150 {y} 180 {y}H620Q660 {y} 660 {y + 36}T620 {y + height}H176"
                f"Q140 {y + height} 146 {y + 16}Z"
            )
            c.path(fold, c.linear(c.colour.light, c.colour.base, c.colour.dark, along=DOWN))
            c.line(f"M176 {y + 38}H612Q628 {y + 37} 628 {y + 30}", c.colour.ink, 4, opacity=0.35)
            c.line(f"M182 {y + 8}H600", c.colour.light, 5, opacity=0.7)


def shirt_pile(c: Canvas) -> None:
    folded_stack(c, colours=(_name(c), "chalk", "fog", "ink"))


def _name(c: Canvas) -> str:
    return next(name for name, colour in COLOURS.items() if colour is c.colour)


UPPER = (
    "M134 566C126 520 132 470 150 424C156 404 172 396 188 402C214 436 270 452 322 428C352 412 372 386 388 360"
    "C404 352 424 358 434 374C470 440 536 484 620 502C682 516 718 544 720 586"
    "C640 606 560 596 500 590C380 588 240 590 134 566Z"
)
SOLE = "M126 556C112 590 116 628 140 638H650C704 638 738 614 736 574C700 592 620 596 540 584C420 572 250 582 126 556Z"


def running_shoe(c: Canvas) -> None:
    stand(c, 420, 640, 300, flat=True)
    c.path(
        "M188 402C200 384 260 376 300 388C340 380 372 352 388 360C372 392 352 414 322 430C270 454 214 438 188 402Z",
        c.colour.ink,
    )
    c.path("M372 372C376 340 396 322 420 326C436 330 444 352 440 384L404 424Z", c.linear(c.colour.light, c.colour.dark))
    c.path(UPPER, c.slope(c.colour))
    with c.clipped(UPPER):
        c.path(UPPER, weave(c, c.colour, pitch=9))
        c.path("M560 480C640 480 740 520 740 610H560C600 580 600 520 560 480Z", c.colour.dark, opacity=0.55)
        c.path("M120 390H176C190 440 196 520 236 600H110Z", c.colour.dark, opacity=0.6)
        c.line("M292 548q34 -44 68 0t68 0t68 -6", CHALK.light, 15, opacity=0.92)
        c.path("M120 540C300 580 500 570 740 590V640H120Z", c.colour.ink, opacity=0.2)
        gloss(c, 230, 490, 60, 46, opacity=0.4)
    laces(c)
    c.path("M150 430C140 396 150 372 166 366C180 362 190 378 188 402Z", c.linear(CHALK.light, CHALK.dark))
    c.line("M188 402C214 436 270 452 322 428C352 412 372 386 388 360", c.colour.light, 7, opacity=0.7)
    stitches(c, "M200 424C230 456 300 464 344 436M584 498C610 520 616 560 606 590", c.colour.light)
    sole(c)


def laces(c: Canvas) -> None:
    """Lacing over the instep, with a bow."""
    for index in range(5):
        x, y = 386 + index * 27, 396 + index * 25 - index * index
        c.line(f"M{x - 8} {y + 24}Q{x + 10} {y - 6} {x + 40} {y - 4}", SHADOW, 11, opacity=0.3)
        c.line(f"M{x - 10} {y + 20}Q{x + 8} {y - 10} {x + 38} {y - 8}", CHALK.light, 10)
    c.line("M400 384C350 350 330 400 384 398M410 380C450 330 480 372 424 390", CHALK.light, 8)


def sole(c: Canvas) -> None:
    c.path(SOLE, c.linear(CHALK.light, CHALK.base, mix(CHALK.base, CHALK.dark, 0.6), along=DOWN))
    c.path(
        "M122 612C120 628 128 638 140 638H650C690 638 720 624 732 600C700 618 640 622 600 622"
        "H150C136 622 128 618 122 612Z",
        c.colour.dark,
    )
    c.line("M126 572C250 598 420 590 540 602C620 610 690 606 734 590", c.colour.base, 6, opacity=0.8)
    c.line(
        "M180 624v14M230 624v14M280 624v14M330 624v14M380 624v14M430 624v14M480 624v14"
        "M530 624v14M580 624v14M630 624v14",
        c.colour.ink,
        4,
    )


def pair_of_shoes(c: Canvas) -> None:
    """One shoe behind the other."""
    with c.placed(470, 590, 0.9):
        running_shoe(c)
    with c.placed(350, 660, 0.95):
        running_shoe(c)


def rain_hat(c: Canvas) -> None:
    stand(c, 400, 616, 280)
    bucket_hat(c)


def bucket_hat(c: Canvas) -> None:
    """The hat itself, lying or hanging."""
    brim = "M212 452C190 510 130 552 104 592C92 622 240 650 400 650S708 622 696 592C670 552 610 510 588 452Z"
    c.path(brim, c.linear(c.colour.light, c.colour.base, c.colour.dark))
    c.path(
        "M212 452C204 474 190 494 176 510C300 550 500 550 624 510C610 494 596 474 588 452Z", c.colour.ink, opacity=0.22
    )
    for step in range(5):
        inset, y = 12 + step * 17, 598 - step * 22
        stitches(
            c,
            f"M{110 + inset} {y}C{230 + inset} {y + 50} {570 - inset} {y + 50} {690 - inset} {y}",
            c.colour.light,
            width=2.4,
        )
    crown = "M214 470C216 388 226 316 258 290C300 266 500 266 542 290C574 316 584 388 586 470C500 506 300 506 214 470Z"
    c.path(crown, c.round(c.colour))
    c.path("M258 290C300 266 500 266 542 290C520 320 280 320 258 290Z", c.linear(c.colour.light, c.colour.base))
    stitches(c, "M258 292C280 322 520 322 542 292M400 314V490", c.colour.ink, width=2.8)
    c.path("M215 440C300 478 500 478 585 440L586 470C500 506 300 506 214 470Z", c.colour.dark, opacity=0.7)
    for x in (276, 312):
        c.circle(x, 384, 8.5, c.radial(BRASS.light, BRASS.dark))
        c.circle(x, 384, 3.6, c.colour.ink)
    c.rect(452, 356, 70, 44, c.colour.dark, r=5)
    c.line("M466 382q7 -12 14 0t14 0t14 0", c.colour.light, 4)
    gloss(c, 284, 370, 26, 66, opacity=0.5, turn=6)


def hat_on_peg(c: Canvas) -> None:
    """The hat on a peg by the door."""
    rail = COLOURS["walnut"]
    c.rect(-200, 258, 1200, 56, c.linear(rail.light, rail.dark, along=DOWN), r=6)
    for x in (30, 770):
        c.circle(x, 286, 24, c.radial(BRASS.light, BRASS.dark))
    lying(c, "M258 290C300 266 500 266 542 290L590 460L696 592C640 650 160 650 104 592L212 452Z", depth=26)
    bucket_hat(c)


STILLS = (
    StillLife("t-shirt", {
        "front": on_tile(t_shirt),
        "back": on_tile(printed_shirt),
        "detail": close_up(t_shirt, x=400, y=210, zoom=2.2),
        "folded": on_table(shirt_pile, scale=0.95, y=690),
        "scene": on_wall(on_hanger, scale=0.98, y=690),
    }),
    StillLife("running-shoe", {
        "front": on_tile(running_shoe),
        "detail": close_up(running_shoe, x=470, y=470, zoom=2.1),
        "scene": on_table(pair_of_shoes, y=690, scale=0.92, wood="walnut"),
    }),
    StillLife("rain-hat", {
        "front": on_tile(rain_hat, y=620),
        "detail": close_up(rain_hat, x=330, y=490, zoom=2.1),
        "scene": on_wall(hat_on_peg, y=610, scale=0.95),
    }),
)  # fmt: skip
