"""The named colours of the demo's goods; option values such as "Deep sea" use these names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Colour:
    """One colour as a painter needs it: lit, plain, in shade, for fine lines, and the tile that flatters it."""

    base: str
    light: str
    dark: str
    ink: str
    wall: str
    floor: str


def mix(one: str, other: str, share: float) -> str:
    """The colour that is `share` (0 to 1) of the way from `one` to `other`, both written #rrggbb."""
    pairs = ((int(one[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


COLOURS: Mapping[str, Colour] = MappingProxyType(
    {
        "deep-sea": Colour("#1f5468", "#4a8ea3", "#123544", "#0a222d", "#f1e7d8", "#dcc9ad"),
        "chalk": Colour("#ebe5d9", "#fdfbf6", "#c6baa6", "#75695a", "#c9d7d9", "#9fb7bc"),
        "rust": Colour("#b5532e", "#dd8a60", "#7c3117", "#481b0b", "#e2eae7", "#b9cbc7"),
        "moss": Colour("#66733f", "#95a367", "#414b25", "#262d13", "#f4e6db", "#dfc6b3"),
        "ink": Colour("#2d333c", "#5d6673", "#171a20", "#0b0d10", "#eee3d3", "#d2c0aa"),
        "sand": Colour("#d3b688", "#efdcb9", "#a58556", "#614a2b", "#d3dfe1", "#a9bec3"),
        "ochre": Colour("#d4992c", "#f3c96f", "#9c6912", "#583a06", "#dee6ec", "#b4c4d0"),
        "plum": Colour("#6c3a55", "#9a6482", "#452038", "#2a1121", "#efead7", "#d6cca9"),
        "fog": Colour("#98a3a8", "#c5ced1", "#6a767b", "#3b4448", "#f5e9dc", "#e0cab2"),
        "clay": Colour("#c07f64", "#e3ae95", "#8d523a", "#52291a", "#e2eae4", "#bacbc1"),
        "sage": Colour("#98ac95", "#c5d3c2", "#6c816a", "#3a4a39", "#f6e9e4", "#e0c6bb"),
        "coral": Colour("#e0705a", "#f7a390", "#ad4834", "#6b2416", "#e2eeee", "#b4cfd0"),
        "sky": Colour("#7ba5c2", "#b0d0e4", "#517b99", "#29475c", "#f8ecdb", "#e6cda9"),
        "buoy-red": Colour("#bf3a2d", "#e56f60", "#852117", "#4e100a", "#e9eeec", "#c4d0cd"),
        "brass": Colour("#b88b3c", "#ebcd8a", "#7a571c", "#48320c", "#d6e1de", "#a3bab5"),
        "walnut": Colour("#6e4a33", "#9c7253", "#452c1c", "#29180e", "#eee8db", "#d0c4ad"),
        "oak": Colour("#c2986a", "#e2c295", "#92693f", "#573b1f", "#dae4e2", "#aec1bd"),
        "steel": Colour("#a9b2b7", "#e3e8ea", "#737e85", "#3c454b", "#ecdfce", "#d0b99c"),
    }
)
