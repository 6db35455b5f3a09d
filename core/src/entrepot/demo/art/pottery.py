"""Pots for the table and the sill: teapot, enamel mug, bowl, vase, plant pot."""

from __future__ import annotations

from .canvas import DOWN, Canvas
from .forms import gloss, lathe, opening, speckles, stand, steam
from .palette import COLOURS, mix
from .staging import Companion, StillLife, close_up, on_table, on_tile

LEAF = COLOURS["moss"]
CLAY = COLOURS["clay"]


def teapot(c: Canvas) -> None:
    stand(c, 400, 640, 150)
    c.tube("M586 404C716 352 752 560 588 566", 36, c.colour)
    spout = "M222 528C158 516 150 440 84 372C96 362 118 356 134 358C186 402 196 414 236 412Z"
    c.path(spout, c.linear(c.colour.light, c.colour.base, c.colour.dark, along=(0.2, 0.2, 0.7, 0.9)))
    c.ellipse(109, 365, 26, 9, c.colour.ink, transform="rotate(-16 109 365)")
    body = lathe(
        c,
        400,
        [(96, 334), (150, 352), (206, 410), (224, 478), (208, 548), (168, 606), (136, 632), (122, 640)],
        c.colour,
    )
    speckles(c, body, c.colour.ink, box=(180, 350, 440, 270), count=46, width=4)
    gloss(c, 292, 440, 44, 92, turn=18)
    gloss(c, 548, 590, 70, 20, opacity=0.25, turn=-32)
    teapot_lid(c)


def teapot_lid(c: Canvas) -> None:
    c.ellipse(400, 340, 112, 22, c.colour.ink, opacity=0.45)
    lathe(c, 400, [(30, 288), (72, 298), (104, 322), (108, 334)], c.colour, tilt=0.16)
    c.ellipse(402, 292, 30, 7, c.colour.ink, opacity=0.4)
    c.circle(400, 266, 30, c.radial(c.colour.light, c.colour.base, c.colour.dark))
    gloss(c, 390, 254, 12, 9, opacity=0.9)
    gloss(c, 346, 312, 30, 9, opacity=0.6, turn=-16)


def mug(c: Canvas) -> None:
    stand(c, 390, 640, 124)
    c.tube("M506 436C628 412 634 592 504 574", 30, c.colour)
    body = lathe(c, 390, [(140, 384), (138, 392), (135, 600), (130, 626), (116, 640)], c.colour, tilt=0.16)
    speckles(c, body, c.colour.light, box=(250, 410, 270, 220), count=30, width=4)
    gloss(c, 312, 500, 26, 96, opacity=0.6)
    inside = COLOURS["chalk"]
    c.ellipse(390, 384, 142, 33, COLOURS["ink"].base)
    c.ellipse(390, 383, 134, 28, c.linear(inside.dark, inside.light, along=(0, 0.2, 1, 0.8)))
    c.ellipse(392, 394, 118, 17, c.linear("#3b2416", "#6e4527"))
    gloss(c, 350, 392, 40, 5, opacity=0.5)


def bowl(c: Canvas) -> None:
    stand(c, 400, 654, 112)
    body = lathe(c, 400, [(222, 438), (216, 470), (186, 548), (128, 612), (100, 628), (98, 642)], c.colour, tilt=0.22)
    with c.clipped(body):
        c.path("M150 560Q400 640 650 560V700H150Z", c.linear("#e0c3a1", "#8d6544", along=(0, 0, 1, 0)), opacity=0.9)
        c.line("M150 558Q400 638 650 558", c.colour.ink, 3, opacity=0.35)
    speckles(c, body, c.colour.ink, box=(180, 450, 440, 150), count=40, width=3.6)
    gloss(c, 270, 506, 40, 52, opacity=0.55, turn=24)
    opening(c, 400, 438, 222, 62, c.colour, lip=10)
    c.line("M206 452A206 54 0 0 0 594 452", c.colour.light, 3, opacity=0.5)
    gloss(c, 500, 462, 88, 18, opacity=0.35, turn=-6)


def noodles(c: Canvas) -> None:
    """The bowl at supper, with soup and chopsticks."""
    bowl(c)
    c.ellipse(400, 456, 186, 42, c.linear("#d9973f", "#a9601d"))
    c.line("M262 456q40 -26 84 -4t90 -8t94 14M288 474q60 -18 104 0t120 -10", "#f3d999", 9)
    c.circle(330, 446, 27, c.radial("#fffdf4", "#e9dcc0"))
    c.circle(332, 447, 13, "#eda62f")
    c.path("M440 440c30 -30 70 -24 88 -6c-26 20 -60 22 -88 6Z", LEAF.base)
    c.line("M470 470L676 352M492 478L690 376", COLOURS["walnut"].base, 10)
    steam(c, 380, 400)


def twig(c: Canvas, d: str, leaves: tuple[tuple[int, int, int], ...]) -> None:
    """A branch with leaves, each at (x, y) turned by so many degrees."""
    c.line(d, "#6b5a3c", 6)
    shade = c.linear("#b9c9a4", "#6f8560")
    for x, y, turn in leaves:
        c.path("M0 0C14 -34 58 -40 84 -8C60 22 20 22 0 0Z", shade, transform=f"translate({x} {y})rotate({turn})")


def vase(c: Canvas) -> None:
    stand(c, 400, 640, 116)
    lathe(
        c,
        400,
        [(58, 250), (44, 274), (40, 340), (74, 400), (142, 470), (157, 530), (142, 586), (116, 626), (100, 640)],
        c.colour,
    )
    c.line("M362 346A40 8 0 0 0 438 346", c.colour.ink, 3, opacity=0.35)
    c.line("M250 500A150 22 0 0 0 550 500M245 516A155 22 0 0 0 555 516", c.colour.ink, 3, opacity=0.3)
    gloss(c, 312, 516, 30, 72, opacity=0.6, turn=10)
    gloss(c, 384, 340, 8, 52, opacity=0.5)
    opening(c, 400, 250, 58, 13, c.colour, lip=7)


def vase_with_twigs(c: Canvas) -> None:
    twig(
        c,
        "M404 250C412 150 460 60 540 -20",
        ((424, 160, -150), (432, 150, -20), (470, 70, -160), (486, 50, -10), (528, -6, -70)),
    )
    twig(
        c,
        "M396 250C384 170 330 90 250 40",
        ((380, 190, -190), (350, 120, -60), (330, 100, 180), (290, 66, -80), (254, 42, -160)),
    )
    vase(c)


def plant_pot(c: Canvas) -> None:
    leaves(c)
    stand(c, 400, 640, 110)
    body = lathe(c, 400, [(150, 430), (146, 436), (128, 560), (112, 640)], c.colour, tilt=0.12)
    with c.clipped(body):
        c.path("M230 460A170 24 0 0 0 570 460V504A170 24 0 0 1 230 504Z", c.colour.ink, opacity=0.25)
    lathe(c, 400, [(164, 424), (164, 424), (160, 478), (160, 478)], c.colour, tilt=0.12)
    gloss(c, 318, 560, 22, 60, opacity=0.4, turn=4)
    gloss(c, 310, 458, 44, 16, opacity=0.5)
    opening(c, 400, 424, 164, 22, c.colour, lip=12)
    c.ellipse(400, 428, 148, 14, "#3a2a1e")


def leaves(c: Canvas) -> None:
    """A rubber plant's leaves, back to front."""
    blade = "M0 0C-70 -60 -66 -170 0 -230C66 -170 70 -60 0 0Z"
    lit, deep = c.linear("#9bb47a", "#3f5f38"), c.linear("#6d8d58", "#2c4529")
    for x, y, turn, scale, fill in (
        (400, 420, -64, 0.9, deep), (400, 420, 62, 1.0, deep), (392, 420, -28, 1.25, deep),
        (412, 424, 30, 1.2, lit), (398, 424, 2, 1.4, lit), (380, 428, -48, 0.8, lit),
    ):  # fmt: skip
        place = f"translate({x} {y})rotate({turn})scale({scale})"
        c.path(blade, fill, transform=place)
        c.line(
            "M0 0V-214M0 -60L-40 -96M0 -60L40 -96M0 -116L-38 -152M0 -116L38 -152",
            "#dbe6bd",
            3,
            opacity=0.35,
            transform=place,
        )


def sill_light(c: Canvas) -> None:
    """The plant pot with a saucer, as it stands on a sill."""
    stand(c, 400, 660, 142)
    c.ellipse(400, 648, 158, 26, c.colour.dark)
    c.ellipse(400, 642, 158, 24, c.linear(c.colour.light, c.colour.base, along=DOWN))
    c.ellipse(400, 643, 136, 17, mix(c.colour.base, c.colour.dark, 0.6))
    plant_pot(c)


def tea_time(c: Canvas) -> None:
    """The teapot, just filled."""
    teapot(c)
    steam(c, 104, 340)


def morning_mug(c: Canvas) -> None:
    mug(c)
    steam(c, 390, 360)


STILLS = (
    StillLife("teapot", {
        "front": on_tile(teapot, zoom=1.08, y=650),
        "detail": close_up(teapot, x=410, y=360, zoom=2.1),
        "scene": on_table(tea_time, before=(Companion(bowl, "sand", 208, 736, 0.42),), x=440),
    }),
    StillLife("mug", {
        "front": on_tile(mug, zoom=1.4, y=680),
        "detail": close_up(mug, x=360, y=420, zoom=2.3),
        "scene": on_table(morning_mug, Companion(plant_pot, "chalk", 650, 590, 0.55), scale=0.9, x=330, y=700),
    }),
    StillLife("bowl", {
        "front": on_tile(bowl, zoom=1.25, y=690),
        "detail": close_up(bowl, x=300, y=490, zoom=2.2),
        "scene": on_table(noodles, Companion(teapot, "ink", 640, 606, 0.5), scale=0.86, x=370, y=720, wood="walnut"),
    }),
    StillLife("vase", {
        "front": on_tile(vase, zoom=1.3, y=700),
        "detail": close_up(vase, x=390, y=330, zoom=2.2),
        "scene": on_table(vase_with_twigs, Companion(bowl, "chalk", 640, 640, 0.44), scale=0.92, x=360, y=690),
    }),
    StillLife("plant-pot", {
        "front": on_tile(plant_pot, zoom=1.12, y=690),
        "detail": close_up(plant_pot, x=360, y=500, zoom=2.0),
        "scene": on_table(sill_light, Companion(vase, "fog", 640, 600, 0.5), scale=0.86, x=340, y=690),
    }),
)  # fmt: skip
