"""Still lifes of the demo's goods, drawn as SVG by pure functions: the same call gives the same picture."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeVar

from . import bags, blankets, clothing, devices, home, knitwear, lights, outdoors, pottery, vessels, writing
from .canvas import Canvas
from .palette import COLOURS, Colour
from .staging import StillLife

__all__ = ["COLOURS", "OBJECTS", "Colour", "StillLife", "UnknownDrawing", "draw"]

T = TypeVar("T")
_FAMILIES = (bags, blankets, clothing, devices, home, knitwear, lights, outdoors, pottery, vessels, writing)
OBJECTS: Mapping[str, StillLife] = MappingProxyType(
    {still.name: still for family in _FAMILIES for still in family.STILLS}
)


class UnknownDrawing(ValueError):
    """No such object, colour or view; the message lists those that exist."""


def draw(object_name: str, *, colour: str, view: str = "front") -> str:
    """A complete standalone SVG of the object; raises UnknownDrawing."""
    still = _known(OBJECTS, object_name, what="object")
    drawing = _known(still.views, view, what=f"view of the {object_name}")
    canvas = Canvas(drawing=f"{object_name}/{colour}/{view}", colour=_known(COLOURS, colour, what="colour"))
    drawing(canvas)
    return canvas.svg(label=f"{object_name} in {colour}, {view} view".replace("-", " "))


def _known(names: Mapping[str, T], name: str, *, what: str) -> T:
    if name not in names:
        raise UnknownDrawing(f"There is no {what} named '{name}'. Choose one of: {', '.join(sorted(names))}.")
    return names[name]
