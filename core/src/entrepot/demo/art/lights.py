"""Lamps: the storm lantern and the desk lamp."""

from __future__ import annotations

from .canvas import ACROSS, DOWN, Canvas
from .forms import gloss, lathe, stand, turned
from .palette import COLOURS, mix
from .staging import StillLife, at_dusk, close_up, on_tile
from .vessels import flame

BRASS = COLOURS["brass"]


def lantern(c: Canvas) -> None:
    c.line("M250 330C240 110 560 110 550 330", c.colour.ink, 9)
    c.line("M248 328C238 108 558 108 548 328", c.colour.light, 3, opacity=0.6)
    c.path("M364 158Q400 136 436 158L434 178Q400 158 366 178Z", c.linear(COLOURS["oak"].light, COLOURS["oak"].dark))
    stand(c, 400, 640, 136)
    for x in (262, 538):
        c.tube(f"M{x} 560C{x} 500 {x} 400 {x} 322C{x} 286 {(x + 400) // 2} 276 {(x + 400) // 2} 262", 20, c.colour)
    globe(c)
    lathe(c, 400, [(46, 214), (52, 222), (58, 250), (92, 268), (96, 284)], c.colour)
    c.line("M352 236A48 8 0 0 0 448 236", c.colour.ink, 5, opacity=0.5)
    lathe(c, 400, [(88, 510), (96, 522), (72, 534), (60, 552)], BRASS)
    lathe(c, 400, [(70, 544), (128, 556), (150, 576), (150, 612), (138, 640)], c.colour)
    c.circle(492, 574, 17, c.radial(BRASS.light, BRASS.dark))
    gloss(c, 304, 598, 20, 24, opacity=0.7)


def globe(c: Canvas) -> None:
    """The glass chimney, lit from within."""
    shape = turned(400, [(62, 282), (78, 300), (112, 380), (116, 424), (96, 490), (84, 516)])
    lit = c.radial((0, "#fff6d0", 0.98), (0.5, "#ffdf94", 0.7), (1, "#f0c069", 0.45), cx=0.5, cy=0.6, r=0.62)
    c.path(shape, lit)
    flame(c, 400, 490)
    c.path(shape, "none", stroke="#ffffff", stroke_width=4, opacity=0.6)
    c.path("M312 380q-18 50 6 104l16 -4q-20 -48 -2 -96Z", "#ffffff", opacity=0.75)
    c.line("M284 424A116 16 0 0 0 516 424M300 350A100 14 0 0 0 500 350", c.colour.ink, 5, opacity=0.75)
    c.line(
        "M400 284V300M338 300C304 380 304 460 330 516M462 300C496 380 496 460 470 516", c.colour.ink, 4, opacity=0.55
    )


def desk_lamp(c: Canvas) -> None:
    stand(c, 330, 640, 128)
    c.path("M150 330L66 640H560L330 372Z", c.linear((0, "#fff3c9", 0.75), (1, "#fff3c9", 0.0), along=DOWN))
    lathe(c, 330, [(118, 616), (126, 622), (126, 634), (122, 640)], c.colour, tilt=0.2)
    c.ellipse(330, 616, 118, 22, c.linear(c.colour.light, c.colour.base))
    c.tube("M330 610L560 396", 17, BRASS)
    c.tube("M560 396L318 214", 17, BRASS)
    for x, y in ((330, 606), (560, 396)):
        c.circle(x, y, 23, c.radial(c.colour.light, c.colour.base, c.colour.dark))
        c.circle(x, y, 8, BRASS.light)
    shade(c)


def shade(c: Canvas) -> None:
    """The lamp's cone with its lit inside."""
    with c.placed(290, 240, 1, turn=24, origin=(290, 240)):
        c.ellipse(262, 384, 146, 36, c.radial("#fffbe8", "#ffe4a0", "#f0bb58", cx=0.5, cy=0.5, r=0.6))
        c.circle(262, 376, 36, c.radial("#ffffff", "#fff0c0", cx=0.5, cy=0.5))
        c.path(
            "M116 384C124 300 190 222 236 204H288C334 222 400 300 408 384C372 350 152 350 116 384Z", c.round(c.colour)
        )
        c.path("M116 384C152 346 372 346 408 384", "none", stroke=c.colour.light, stroke_width=5, opacity=0.7)
        lathe(c, 262, [(26, 168), (30, 176), (30, 208), (34, 214)], BRASS, tilt=0.2)
        gloss(c, 196, 296, 16, 58, opacity=0.7, turn=28)


def lamp_by_night(c: Canvas) -> None:
    """The desk lamp over an open book."""
    desk_lamp(c)
    c.path(
        "M90 648Q150 622 210 646Q270 622 332 648L356 690Q280 664 212 690Q140 664 66 690Z",
        c.linear("#fff8e3", "#dcc798"),
    )
    c.line(
        "M211 646V688M104 654q50 -18 92 0M96 668q54 -18 100 0M232 654q46 -16 90 0M232 668q50 -16 96 0",
        mix("#8a7448", "#dcc798", 0.3),
        3,
    )


def brass_band(c: Canvas) -> None:
    """The lantern on a jetty post."""
    c.path("M220 640H580V900H220Z", c.linear("#7b6452", "#3c2f26", along=ACROSS))
    c.ellipse(400, 642, 180, 30, "#8b7462")
    c.ellipse(400, 642, 120, 19, "none", stroke="#5a4838", stroke_width=3)
    lantern(c)


STILLS = (
    StillLife("lantern", {
        "front": on_tile(lantern),
        "detail": close_up(lantern, x=400, y=420, zoom=1.9),
        "scene": at_dusk(brass_band, scale=1.0, y=640, glow=(400, 440)),
    }),
    StillLife("desk-lamp", {
        "front": on_tile(desk_lamp),
        "detail": close_up(desk_lamp, x=240, y=300, zoom=1.9),
        "scene": at_dusk(lamp_by_night, scale=1.06, y=690, x=430, glow=(220, 500)),
    }),
)  # fmt: skip
