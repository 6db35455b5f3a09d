"""Paper and what marks it: notebook, printed book, fountain pen, pencil set."""

from __future__ import annotations

from .canvas import ACROSS, DOWN, Canvas
from .forms import SHADOW, gloss, grain, lying, stand
from .lights import desk_lamp
from .palette import COLOURS, Colour, mix
from .pottery import bowl
from .staging import Companion, StillLife, close_up, on_desk, on_table, on_tile

PAPER = COLOURS["chalk"]
BRASS = COLOURS["brass"]
OAK = COLOURS["oak"]
STEEL = COLOURS["steel"]
COVER = (
    "M232 150H566C580 150 588 158 588 172V640C588 654 580 662 566 662H232"
    "C216 662 208 654 208 638V174C208 158 216 150 232 150Z"
)


def notebook(c: Canvas) -> None:
    with c.placed(400, 400, 1, turn=-9, origin=(400, 400)):
        lying(c, COVER, depth=20)
        c.path("M224 162H598V656C598 664 592 668 584 668H224Z", c.linear(PAPER.light, PAPER.dark))
        c.line("M594 170V660M590 170V664M230 664H584", PAPER.dark, 2)
        c.path("M300 660L300 724L312 710L324 724V660Z", COLOURS["buoy-red"].base)
        c.path(COVER, c.slope(c.colour))
        c.path("M208 174C208 158 216 150 232 150H258V662H232C216 662 208 654 208 638Z", c.colour.ink, opacity=0.25)
        c.line("M258 152V660", c.colour.light, 2.5, opacity=0.5)
        c.path("M300 152H460L330 660H258V400Z", "#ffffff", opacity=0.06)
        c.line("M536 150V662", mix(c.colour.dark, c.colour.ink, 0.5), 15, stroke_linecap="butt")
        c.line("M533 150V662", c.colour.light, 3, opacity=0.4, stroke_linecap="butt")
        c.rect(322, 256, 150, 92, PAPER.light, r=4)
        c.rect(332, 266, 130, 72, "none", r=2, stroke=c.colour.dark, stroke_width=2.5)
        c.line("M352 292H442M366 314H428", c.colour.dark, 4)


def open_notebook(c: Canvas) -> None:
    """The notebook open, a page written and a pen on it."""
    stand(c, 400, 640, 300)
    c.path("M60 336L400 366L740 336L764 634L400 664L36 634Z", c.linear(c.colour.light, c.colour.dark))
    for side, shape in (
        (1, "M72 322C180 300 330 312 400 350V646C320 616 160 610 50 622Z"),
        (-1, "M728 322C620 300 470 312 400 350V646C480 616 640 610 750 622Z"),
    ):
        c.path(
            shape, c.linear(PAPER.light, mix(PAPER.light, PAPER.dark, 0.6), along=ACROSS if side > 0 else (1, 0, 0, 0))
        )
    c.path("M400 350V646C380 630 360 622 346 618L352 326C370 332 390 342 400 350Z", SHADOW, opacity=0.14)
    rules = "".join(
        f"M{96 - row * 4} {368 + row * 34}C190 {352 + row * 33} 300 {356 + row * 34} 372 {384 + row * 33}"
        for row in range(7)
    )
    c.line(rules, COLOURS["sky"].base, 2, opacity=0.6)
    words = (
        "M100 362c20 -12 30 6 50 -6s40 4 60 -2s30 6 60 2s30 10 50 10M96 396c30 -12 40 6 70 -4"
        "s60 6 90 2s50 10 80 14M92 428c20 -10 50 4 70 -2s50 2 76 4"
    )
    c.line(words, COLOURS["ink"].base, 4, opacity=0.8)
    c.line(
        "M440 390C520 356 620 344 700 352M440 424C520 390 620 378 704 386M440 458C520 424 620 412 708 420",
        COLOURS["sky"].base,
        2,
        opacity=0.5,
    )
    c.path("M400 646l-14 60l12 -8l14 10l6 -60Z", COLOURS["buoy-red"].base)


def pen_at_work(c: Canvas) -> None:
    """The pen laid on a written page."""
    with c.coloured("ink"):
        open_notebook(c)
    with c.placed(584, 506, 0.48, turn=-24, origin=(400, 400)):
        lying(c, "M60 390H560L730 400L560 414H76Z", depth=14)
        pen_body(c, c.colour)


def book(c: Canvas) -> None:
    stand(c, 400, 644, 196, flat=True)
    c.path("M596 176L640 160V618L596 646Z", c.linear(PAPER.light, PAPER.dark))
    c.line("M608 174V636M619 170V628M630 166V622", PAPER.dark, 2.5)
    c.path("M214 162L258 146H640L596 178Z", c.linear(PAPER.light, PAPER.base))
    cover = "M200 164C200 160 204 158 208 158H600V648H208C204 648 200 646 200 642Z"
    c.path(cover, c.slope(c.colour))
    with c.clipped(cover):
        harbour(c)
    c.path("M200 158H236V648H200Z", c.colour.ink, opacity=0.25)
    c.line("M238 160V646", c.colour.light, 3, opacity=0.5)
    c.path("M240 158H420L250 560H240Z", "#ffffff", opacity=0.07)


def harbour(c: Canvas) -> None:
    """The book's cover picture: lighthouse, low sun, swell."""
    sun, foam = COLOURS["ochre"], PAPER.light
    c.rect(274, 200, 290, 60, PAPER.light, r=2)
    c.line("M300 222H538M340 242H498", c.colour.dark, 7)
    c.circle(486, 420, 62, c.linear(sun.light, COLOURS["coral"].base, along=DOWN))
    c.path("M326 520L342 346H384L400 520Z", c.linear(foam, PAPER.dark, along=ACROSS))
    c.path("M336 420L339 384H387L390 420ZM329 494L333 458H393L397 494Z", COLOURS["buoy-red"].base)
    c.path("M338 346H388V330L363 306L338 330Z", COLOURS["ink"].base)
    c.path("M388 336L600 290V376Z", sun.light, opacity=0.4)
    for y, tone in ((500, c.colour.light), (544, mix(c.colour.light, c.colour.dark, 0.5)), (590, c.colour.dark)):
        c.path(f"M180 {y}q36 -28 72 0t72 0t72 0t72 0t72 0t72 0V680H180Z", tone)
        c.line(f"M180 {y}q36 -28 72 0t72 0t72 0t72 0t72 0t72 0", foam, 4, opacity=0.6)


def book_spread(c: Canvas) -> None:
    """The book open at a chart of a harbour."""
    stand(c, 400, 640, 300)
    c.path("M60 336L400 366L740 336L764 634L400 664L36 634Z", c.linear(c.colour.base, c.colour.dark))
    for side, shape in (
        (1, "M72 318C180 292 330 306 400 348V648C320 616 160 608 50 620Z"),
        (-1, "M728 318C620 292 470 306 400 348V648C480 616 640 608 750 620Z"),
    ):
        c.path(
            shape, c.linear(PAPER.light, mix(PAPER.light, PAPER.dark, 0.55), along=ACROSS if side > 0 else (1, 0, 0, 0))
        )
    sea = "M102 348C190 330 310 338 374 364V600C300 580 180 574 86 580Z"
    c.path(sea, c.linear(COLOURS["sky"].light, COLOURS["sky"].base))
    with c.clipped(sea):
        c.path(
            "M60 330H260C230 380 290 400 250 440S180 470 210 520S140 560 150 610H40Z",
            c.linear(COLOURS["sand"].light, COLOURS["sand"].base),
        )
        c.line(
            "M270 340C250 390 310 410 270 450S210 480 236 520S180 560 180 610",
            COLOURS["deep-sea"].base,
            2.5,
            stroke_dasharray="8 8",
        )
        c.line("M262 404h60v40M206 500h70", COLOURS["ink"].base, 7, opacity=0.7)
    text = ""
    for row in range(9):
        right, rise = (600, -4) if row % 4 == 3 else (700, 0)
        text += f"M436 {392 + row * 26}C520 {352 + row * 27} 620 {340 + row * 27} {right} {350 + row * 28 + rise}"
    c.line(text, PAPER.ink, 5, opacity=0.45)


def fountain_pen(c: Canvas) -> None:
    with c.placed(400, 390, 1, turn=-38, origin=(400, 400)):
        lying(c, "M60 400C60 386 66 380 76 380H560L730 400L560 420H76C66 420 60 414 60 400Z", depth=22)
        pen_body(c, c.colour)
    with c.placed(560, 610, 1, turn=-24, origin=(400, 400)):
        lying(c, "M250 376H520V424H250Z", depth=20)
        cap(c)


def pen_body(c: Canvas, paint: Colour) -> None:
    """The pen without its cap, nib to the right, its axis on y = 400."""
    lit = c.linear((0, paint.dark, 1), (0.3, paint.light, 1), (0.6, paint.base, 1), (1, paint.ink, 1), along=DOWN)
    gold = c.linear(BRASS.dark, BRASS.light, BRASS.dark, along=DOWN)
    c.path("M84 376C64 380 56 390 56 400S64 420 84 424L480 430V370Z", lit)
    c.rect(476, 369, 14, 62, gold)
    c.path(
        "M490 374C540 378 580 384 606 388V412C580 416 540 422 490 426Z",
        c.linear(paint.dark, paint.base, paint.ink, along=DOWN),
    )
    c.path(
        "M602 384C640 380 690 392 734 400C690 408 640 420 602 416Z",
        c.linear(BRASS.light, "#f8ecca", BRASS.dark, along=DOWN),
    )
    c.line("M652 400H730", BRASS.ink, 2.5)
    c.circle(648, 400, 5, BRASS.ink)
    c.path("M100 384H470V390H100Z", "#ffffff", opacity=0.4)


def cap(c: Canvas) -> None:
    lit = c.linear(
        (0, c.colour.dark, 1), (0.3, c.colour.light, 1), (0.6, c.colour.base, 1), (1, c.colour.ink, 1), along=DOWN
    )
    gold = c.linear(BRASS.dark, BRASS.light, BRASS.dark, along=DOWN)
    c.path("M262 370C246 376 240 388 240 400S246 424 262 430L500 434V366Z", lit)
    c.rect(498, 365, 26, 70, gold, r=4)
    c.rect(238, 384, 16, 32, gold, r=6)
    c.path("M262 392H440C456 392 456 408 440 408H262Z", gold)
    c.circle(440, 400, 10, BRASS.light)
    c.path("M276 376H490V382H276Z", "#ffffff", opacity=0.4)


def pencil_hues(c: Canvas) -> tuple[str, ...]:
    """Six lacquers around the set's own colour."""
    return (
        c.colour.dark,
        c.colour.base,
        mix(c.colour.base, c.colour.light, 0.5),
        c.colour.light,
        mix(c.colour.light, PAPER.base, 0.5),
        BRASS.base,
    )


def pencil(c: Canvas, x: float, hue: str) -> None:
    """One hexagonal pencil, upright with its point at the top."""
    c.path(f"M{x} 196L{x - 24} 270H{x + 24}Z", c.linear("#f0d3a4", "#c39560", along=ACROSS))
    c.path(f"M{x} 196L{x - 8} 220H{x + 8}Z", mix(hue, "#15110f", 0.35))
    c.path(f"M{x - 24} 270q8 -12 16 0t16 0t16 0V640H{x - 24}Z", hue)
    c.rect(x - 24, 272, 14, 368, "#ffffff", opacity=0.28)
    c.rect(x + 9, 272, 15, 368, SHADOW, opacity=0.28)
    c.rect(x - 24, 606, 48, 10, BRASS.light, opacity=0.9)
    c.line(f"M{x} 560V500", BRASS.light, 3, opacity=0.8)


def pencil_set(c: Canvas) -> None:
    box = (
        "M196 300H604C612 300 618 306 618 314V668C618 676 612 682 604 682H196"
        "C188 682 182 676 182 668V314C182 306 188 300 196 300Z"
    )
    with c.placed(400, 400, 1, turn=7, origin=(400, 410)):
        lying(c, "M182 164H618V682H182Z", depth=20)
        c.rect(182, 164, 436, 518, c.linear(OAK.dark, OAK.base), r=12)
        c.rect(200, 182, 400, 484, OAK.ink, r=6, opacity=0.6)
        for index, hue in enumerate(pencil_hues(c)):
            pencil(c, 235 + index * 66, hue)
        lid = "M182 470H618V670Q618 682 606 682H194Q182 682 182 670Z"
        c.path(lid, SHADOW, opacity=0.35, transform="translate(0 -8)")
        c.path(lid, c.linear(OAK.light, OAK.base))
        grain(c, box, OAK, box=(182, 470, 436, 220), lines=13)
        c.path("M360 470Q400 512 440 470Z", OAK.ink, opacity=0.7)
        c.line("M340 590q15 -24 30 0t30 0t30 0t30 0", OAK.ink, 6, opacity=0.65)


def pencils_in_jar(c: Canvas) -> None:
    """The pencils standing in a mug."""
    for index, hue in enumerate(pencil_hues(c)):
        with c.placed(330 + index * 24, 560, 0.84, turn=-26 + index * 10, origin=(400, 640)):
            pencil(c, 400, hue)
    with c.placed(400, 640), c.coloured("chalk"):
        jar(c)


def jar(c: Canvas) -> None:
    """A plain beaker, open at the top, over what stands in it."""
    stand(c, 390, 640, 112)
    front = "M262 430C300 460 480 460 518 430L508 620C480 648 300 648 272 620Z"
    c.path(front, c.round(c.colour))
    c.line("M262 430C300 460 480 460 518 430", c.colour.light, 6)
    gloss(c, 310, 540, 16, 70, opacity=0.6)


STILLS = (
    StillLife("notebook", {
        "front": on_tile(notebook),
        "open": on_tile(open_notebook),
        "detail": close_up(notebook, x=440, y=300, zoom=2.1),
        "scene": on_desk(
            notebook,
            Companion(fountain_pen, "deep-sea", 690, 560, 0.62, -16),
            x=330, scale=0.98, turn=-4,
        ),
    }),
    StillLife("book", {
        "front": on_tile(book),
        "open": on_tile(book_spread),
        "detail": close_up(book, x=400, y=430, zoom=2.0),
        "scene": on_table(
            book_spread,
            Companion(desk_lamp, "ink", 560, 600, 0.8),
            x=390, y=744, scale=0.86, squash=0.72, wood="walnut",
        ),
    }),
    StillLife("fountain-pen", {
        "front": on_tile(fountain_pen),
        "detail": close_up(fountain_pen, x=560, y=260, zoom=2.2),
        "scene": on_desk(pen_at_work, y=330, scale=1.02),
    }),
    StillLife("pencil-set", {
        "front": on_tile(pencil_set),
        "detail": close_up(pencil_set, x=420, y=300, zoom=2.1),
        "scene": on_table(pencils_in_jar, Companion(bowl, "sage", 620, 610, 0.5), scale=0.95, y=700, x=340),
    }),
)  # fmt: skip
