"""The sheet an object is drawn on: collects shapes and definitions and writes them out as one SVG."""

from __future__ import annotations

import math
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from .palette import COLOURS, Colour, mix

SIZE = 800
ACROSS = (0.0, 0.0, 1.0, 0.0)
DOWN = (0.0, 0.0, 0.0, 1.0)
SLANT = (0.0, 0.0, 1.0, 1.0)
LONG_PATH = re.compile('<path d="([^"]{70,})"')
Stop = tuple[float, str, float]
Attribute = str | float


def number(value: float) -> str:
    """A coordinate with at most two decimals and no trailing zeros."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


class Canvas:
    """Draws in an 800 by 800 square with the light from the upper left; goods stand on the point (400, 640)."""

    def __init__(self, *, drawing: str, colour: Colour) -> None:
        self.colour = colour
        self._prefix = f"d{zlib.crc32(drawing.encode()):08x}"
        self._definitions: dict[str, str] = {}
        self._shapes: list[str] = []

    def _define(self, markup: str) -> str:
        """Keep a definition once and return its id; `{id}` in the markup stands for it."""
        if markup not in self._definitions:
            self._definitions[markup] = f"{self._prefix}{len(self._definitions)}"
        return self._definitions[markup]

    def linear(self, *stops: str | Stop, along: tuple[float, float, float, float] = SLANT) -> str:
        """A linear gradient over the shape's box; plain colours are spread evenly."""
        x1, y1, x2, y2 = (number(value) for value in along)
        markup = f'<linearGradient id="{{id}}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}">{_stops(stops)}</linearGradient>'
        return f"url(#{self._define(markup)})"

    def radial(self, *stops: str | Stop, cx: float = 0.35, cy: float = 0.3, r: float = 0.8) -> str:
        """A radial gradient over the shape's box, its bright centre at the upper left unless told otherwise."""
        place = f'cx="{number(cx)}" cy="{number(cy)}" r="{number(r)}"'
        markup = f'<radialGradient id="{{id}}" {place}>{_stops(stops)}</radialGradient>'
        return f"url(#{self._define(markup)})"

    def pattern(self, width: float, height: float, content: str, *, turn: float = 0) -> str:
        """A repeated texture in user space."""
        turned = f' patternTransform="rotate({number(turn)})"' if turn else ""
        size = f'width="{number(width)}" height="{number(height)}" patternUnits="userSpaceOnUse"{turned}'
        markup = f'<pattern id="{{id}}" {size}>{content}</pattern>'
        return f"url(#{self._define(markup)})"

    def round(self, colour: Colour) -> str:
        """The shading of an upright cylinder: lit a quarter in, dark at the right, a little bounce at the edge."""
        stops = (
            (0.0, mix(colour.base, colour.dark, 0.3), 1.0),
            (0.24, colour.light, 1.0),
            (0.58, colour.base, 1.0),
            (0.93, colour.dark, 1.0),
            (1.0, mix(colour.dark, colour.base, 0.4), 1.0),
        )
        return self.linear(*stops, along=ACROSS)

    def slope(self, colour: Colour) -> str:
        """The shading of a flat or gently bent surface that faces the viewer."""
        return self.linear(mix(colour.base, colour.light, 0.6), mix(colour.base, colour.dark, 0.45))

    def raw(self, markup: str) -> None:
        self._shapes.append(markup)

    def path(self, d: str, fill: str, **attributes: Attribute) -> None:
        self.raw(f'<path d="{d}" fill="{fill}"{_written(attributes)}/>')

    def line(self, d: str, stroke: str, width: float, **attributes: Attribute) -> None:
        """An unfilled line; ends and corners are round unless told otherwise."""
        self.path(d, "none", stroke=stroke, stroke_width=width, **attributes)

    def ellipse(self, cx: float, cy: float, rx: float, ry: float, fill: str, **attributes: Attribute) -> None:
        place = f'cx="{number(cx)}" cy="{number(cy)}" rx="{number(rx)}" ry="{number(ry)}"'
        self.raw(f'<ellipse {place} fill="{fill}"{_written(attributes)}/>')

    def circle(self, cx: float, cy: float, r: float, fill: str, **attributes: Attribute) -> None:
        self.raw(f'<circle cx="{number(cx)}" cy="{number(cy)}" r="{number(r)}" fill="{fill}"{_written(attributes)}/>')

    def rect(
        self, x: float, y: float, width: float, height: float, fill: str, *, r: float = 0, **attributes: Attribute
    ) -> None:
        place = f'x="{number(x)}" y="{number(y)}" width="{number(width)}" height="{number(height)}"'
        rounded = f' rx="{number(r)}"' if r else ""
        self.raw(f'<rect {place}{rounded} fill="{fill}"{_written(attributes)}/>')

    def echo(self, d: str, *, paint: str, widths: Sequence[float], opacity: float, shift: tuple[float, float]) -> None:
        """The same outline again and again, stroked ever narrower: a soft shadow without a filter."""
        outline = self._define(_outline(d))
        self.raw(f'<g fill="{paint}" stroke="{paint}" transform="translate({number(shift[0])} {number(shift[1])})">')
        for width in widths:
            self.raw(f'<use href="#{outline}" stroke-width="{number(width)}" opacity="{number(opacity)}"/>')
        self.raw("</g>")

    def ticks(self, cx: float, cy: float, r: float, *, paint: str, length: float, width: float, step: float) -> None:
        """Marks around a dial, one every `step` degrees, the first at three o'clock."""
        wide = math.degrees(width / r)
        gaps = f'stroke-dasharray="{number(wide)} {number(step - wide)}" stroke-dashoffset="{number(wide / 2)}"'
        ring = f'cx="{number(cx)}" cy="{number(cy)}" r="{number(r)}" fill="none" stroke="{paint}"'
        self.raw(f'<circle {ring} stroke-width="{number(length)}" stroke-linecap="butt" pathLength="360" {gaps}/>')

    def tube(self, d: str, width: float, colour: Colour) -> None:
        """A round bar or cord along a path: shade, body and a lit edge towards the upper left."""
        self.line(d, colour.dark, width)
        shift = number(-width * 0.06)
        self.line(d, colour.base, width * 0.76, transform=f"translate({shift} {shift})")
        lit = number(-width * 0.17)
        self.line(d, colour.light, width * 0.24, transform=f"translate({lit} {lit})", opacity=0.75)

    @contextmanager
    def placed(
        self,
        x: float,
        y: float,
        scale: float = 1,
        *,
        turn: float = 0,
        squash: float = 1,
        origin: tuple[float, float] = (400, 640),
    ) -> Iterator[None]:
        """Draw with `origin` moved to (x, y), scaled, flattened by `squash` and turned about it."""
        turned = f"rotate({number(turn)})" if turn else ""
        moved = f"translate({number(-origin[0])} {number(-origin[1])})"
        self.raw(
            f'<g transform="translate({number(x)} {number(y)}){turned}scale({scale:g} {scale * squash:g}){moved}">'
        )
        yield
        self.raw("</g>")

    @contextmanager
    def clipped(self, d: str) -> Iterator[None]:
        """Draw only inside the given outline."""
        clip = self._define(f'<clipPath id="{{id}}"><path d="{d}"/></clipPath>')
        self.raw(f'<g clip-path="url(#{clip})">')
        yield
        self.raw("</g>")

    @contextmanager
    def coloured(self, name: str) -> Iterator[None]:
        """Draw a companion in a colour of its own; an empty name keeps the present one."""
        kept, self.colour = self.colour, COLOURS[name] if name else self.colour
        yield
        self.colour = kept

    def _share_outlines(self) -> None:
        """Write a long outline that is drawn several times only once; halves the size of most drawings."""
        drawn = Counter(LONG_PATH.findall("".join((*self._shapes, *self._definitions))))
        for d, times in drawn.items():
            if times == 1 and _outline(d) not in self._definitions:
                continue
            own, shared = f'<path d="{d}"', f'<use href="#{self._define(_outline(d))}"'
            self._shapes = [shape.replace(own, shared) for shape in self._shapes]
            self._definitions = {markup.replace(own, shared): name for markup, name in self._definitions.items()}

    def svg(self, *, label: str) -> str:
        """The finished, standalone picture."""
        self._share_outlines()
        definitions = "".join(markup.replace("{id}", name) for markup, name in self._definitions.items())
        head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}" width="{SIZE}" height="{SIZE}"'
        ends = 'stroke-linecap="round" stroke-linejoin="round"'
        shapes = "".join(self._shapes)
        return f'{head} role="img" aria-label="{label}"><defs>{definitions}</defs><g {ends}>{shapes}</g></svg>'


def _outline(d: str) -> str:
    return f'<path id="{{id}}" d="{d}"/>'


def _stops(stops: Sequence[str | Stop]) -> str:
    return "".join(
        _stop(*(stop if isinstance(stop, tuple) else (index / max(len(stops) - 1, 1), stop, 1.0)))
        for index, stop in enumerate(stops)
    )


def _stop(offset: float, colour: str, opacity: float) -> str:
    seen = "" if opacity == 1 else f' stop-opacity="{number(opacity)}"'
    return f'<stop offset="{number(offset)}" stop-color="{colour}"{seen}/>'


def _written(attributes: dict[str, Attribute]) -> str:
    return "".join(
        f' {name.replace("_", "-")}="{value if isinstance(value, str) else number(value)}"'
        for name, value in attributes.items()
    )
