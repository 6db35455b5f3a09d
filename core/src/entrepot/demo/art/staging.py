"""Where a drawing is set: the tinted tile, the close crop, the table by the window, the wall, the dusk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .canvas import DOWN, SIZE, Canvas
from .forms import SHADOW
from .palette import COLOURS, Colour, mix

Drawing = Callable[[Canvas], None]


@dataclass(frozen=True)
class StillLife:
    """One object of the demo and the views it can be shown in."""

    name: str
    views: Mapping[str, Drawing]


@dataclass(frozen=True)
class Companion:
    """Another object in a scene, standing on (x, y)."""

    drawing: Drawing
    colour: str
    x: float
    y: float
    scale: float
    turn: float = 0


def on_tile(drawing: Drawing, *, zoom: float = 1, y: float = 640) -> Drawing:
    """The object alone on a seamless tinted tile, standing at height y."""

    def view(c: Canvas) -> None:
        tile(c)
        with c.placed(400, y, zoom):
            drawing(c)

    return view


def close_up(drawing: Drawing, *, x: float, y: float, zoom: float, turn: float = 0) -> Drawing:
    """A tight crop around (x, y) before a deeper ground."""

    def view(c: Canvas) -> None:
        deep_tile(c)
        with c.placed(400, 400, zoom, turn=turn, origin=(x, y)):
            drawing(c)

    return view


def on_table(
    drawing: Drawing,
    *companions: Companion,
    before: tuple[Companion, ...] = (),
    x: float = 400,
    y: float = 668,
    scale: float = 0.74,
    turn: float = 0,
    squash: float = 1,
    wood: str = "oak",
) -> Drawing:
    """The object in use on a wooden table by the window; `before` stands in front of it, `squash` lays it flat."""

    def view(c: Canvas) -> None:
        room(c)
        with c.placed(400, 752, 1.2, origin=(400, 740)):
            table(c, COLOURS[wood])
            _place(c, companions)
            with c.placed(x, y, scale, turn=turn, squash=squash):
                drawing(c)
            _place(c, before)

    return view


def on_desk(
    drawing: Drawing,
    *companions: Companion,
    x: float = 400,
    y: float = 400,
    scale: float = 0.9,
    turn: float = 0,
    wood: str = "oak",
) -> Drawing:
    """The object seen from above on a desk top; places are those of the drawings' middles."""

    def view(c: Canvas) -> None:
        desk(c, COLOURS[wood])
        for one in (*companions, Companion(drawing, "", x, y, scale, turn)):
            with c.coloured(one.colour), c.placed(one.x, one.y, one.scale, turn=one.turn, origin=(400, 400)):
                one.drawing(c)

    return view


def on_wall(drawing: Drawing, *companions: Companion, x: float = 400, y: float = 640, scale: float = 0.8) -> Drawing:
    """The object hung or leaned against a sunlit wall."""

    def view(c: Canvas) -> None:
        room(c)
        _place(c, companions)
        with c.placed(x, y, scale):
            drawing(c)

    return view


def at_dusk(
    drawing: Drawing, *, x: float = 400, y: float = 668, scale: float = 0.8, glow: tuple[float, float] = (400, 400)
) -> Drawing:
    """A light source in the evening: a dark room and a warm halo around `glow`."""

    def view(c: Canvas) -> None:
        c.rect(0, 0, SIZE, SIZE, c.linear("#22303b", "#141b22", along=DOWN))
        c.rect(0, 560, SIZE, 240, c.linear("#4a3526", "#251a12", along=DOWN))
        with c.placed(x, y, scale):
            drawing(c)
        c.circle(
            *glow,
            430,
            c.radial((0.0, "#ffcf7d", 0.55), (0.45, "#ff9d3c", 0.16), (1.0, "#ff9d3c", 0.0), cx=0.5, cy=0.5, r=0.5),
        )

    return view


def tile(c: Canvas) -> None:
    """Lit from the upper left, a soft cove towards the viewer."""
    wall, floor = c.colour.wall, c.colour.floor
    c.rect(
        0, 0, SIZE, SIZE, c.radial(mix(wall, "#ffffff", 0.45), wall, mix(wall, floor, 0.75), cx=0.25, cy=0.15, r=1.05)
    )
    c.rect(0, 470, SIZE, 330, c.linear((0.0, floor, 0.0), (0.5, floor, 0.7), (1.0, floor, 0.55), along=DOWN))


def deep_tile(c: Canvas) -> None:
    """The same tint, deeper, so that a crop is not taken for the front view."""
    floor = c.colour.floor
    c.rect(0, 0, SIZE, SIZE, c.radial(mix(floor, "#ffffff", 0.2), mix(floor, c.colour.ink, 0.2), cx=0.2, cy=0.1, r=1.1))


def room(c: Canvas) -> None:
    """A wall with the light of a window on it."""
    wall = mix(c.colour.wall, c.colour.floor, 0.4)
    c.rect(0, 0, SIZE, SIZE, c.linear(mix(wall, "#ffffff", 0.25), mix(wall, SHADOW, 0.12)))
    panes = "M90 40L250 0V190L90 240ZM274 0H420V140L274 184ZM90 266L250 214V404L90 462ZM274 208L420 164V350L274 398Z"
    c.path(panes, "#ffffff", opacity=0.3)


def table(c: Canvas, wood: Colour, *, edge: int = 540) -> None:
    """A table top seen a little from above."""
    c.rect(
        -100, edge, SIZE + 200, SIZE - edge, c.linear(wood.light, wood.base, mix(wood.base, wood.dark, 0.5), along=DOWN)
    )
    c.path(f"M-100 {edge}H900V{edge + 6}H-100Z", "#ffffff", opacity=0.35)
    planks = f"M-40 {edge + 62}H840M-40 {edge + 150}H840"
    c.line(planks, wood.dark, 2, opacity=0.35)
    rings = f"M0 {edge + 30}q200 14 420 2t400 8M0 {edge + 104}q260 -16 500 4t320 -4M0 {edge + 208}q220 18 460 0t380 6"
    c.line(rings, wood.dark, 1.6, opacity=0.25)
    c.path(f"M120 {edge}H420L620 800H230Z", "#ffffff", opacity=0.13)


def desk(c: Canvas, wood: Colour) -> None:
    """Planks from above with a band of window light."""
    c.rect(0, 0, SIZE, SIZE, c.linear(wood.light, wood.base, mix(wood.base, wood.dark, 0.6)))
    c.line("M0 196H800M0 398H800M0 602H800", wood.ink, 3, opacity=0.3)
    c.line("M0 199H800M0 401H800M0 605H800", wood.light, 2, opacity=0.5)
    rings = (
        "M0 60q220 30 420 6t400 10M0 130q260 -26 480 4t340 -8M0 270q200 30 440 0t400 14M0 340"
        "q240 -20 460 8t360 -10M0 470q260 24 420 -4t400 12M0 540q200 -24 480 6t340 -8M0 680"
        "q240 26 460 -2t360 8M0 750q220 -18 440 4t380 -8"
    )
    c.line(rings, wood.dark, 2.4, opacity=0.28)
    c.path("M-40 330L420 -40H640L-40 510ZM-40 590L740 -40H900L-40 730Z", "#ffffff", opacity=0.16)


def _place(c: Canvas, companions: tuple[Companion, ...]) -> None:
    for companion in companions:
        with c.coloured(companion.colour), c.placed(companion.x, companion.y, companion.scale, turn=companion.turn):
            companion.drawing(c)
