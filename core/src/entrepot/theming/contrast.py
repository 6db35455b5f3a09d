"""Contrast of colour tokens, after WCAG 2.2: what stands on a surface must be readable."""

from __future__ import annotations

import colorsys
import re
from dataclasses import dataclass

from entrepot.theming.tokens import ResolvedTokens, Tokens

#: WCAG 2.2 AA, success criterion 1.4.3, text of normal size.
REQUIRED_RATIO = 4.5

_HEX = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)
_RGB = re.compile(r"rgb\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})\s*\)", re.IGNORECASE)
_HSL = re.compile(r"hsl\(\s*([\d.]+)(?:deg)?[\s,]+([\d.]+)%[\s,]+([\d.]+)%\s*\)", re.IGNORECASE)

Rgb = tuple[float, float, float]


@dataclass(frozen=True)
class ContrastFailure:
    """A declared pair that is too close, or that cannot be measured (``ratio`` is None)."""

    scheme: str
    foreground: str
    background: str
    ratio: float | None

    def __str__(self) -> str:
        pair = f"{self.foreground} on {self.background} ({self.scheme})"
        if self.ratio is None:
            return f"{pair} cannot be measured: write both as #rrggbb, rgb() or hsl() without transparency."
        return f"{pair} has a contrast of {self.ratio:.2f}, {REQUIRED_RATIO} is needed."


def contrast_failures(tokens: ResolvedTokens) -> list[ContrastFailure]:
    """Every pair ``color.on_x`` over ``color.x`` below the required ratio, in both schemes."""
    schemes = {"light": tokens.light, "dark": tokens.dark}
    return [failure for scheme, colours in schemes.items() for failure in _failures_in(scheme, colours)]


def contrast_ratio(first: str, second: str) -> float | None:
    """WCAG ratio of two opaque CSS colours, 1 to 21; None when one of them cannot be read."""
    colours = parse_colour(first), parse_colour(second)
    if colours[0] is None or colours[1] is None:
        return None
    darker, lighter = sorted((_luminance(colours[0]), _luminance(colours[1])))
    return (lighter + 0.05) / (darker + 0.05)


def parse_colour(text: str) -> Rgb | None:
    """Red, green and blue from 0 to 1 of ``#rgb``, ``#rrggbb``, ``rgb()`` or ``hsl()``."""
    text = text.strip()
    if match := _HEX.fullmatch(text):
        digits = match[1] if len(match[1]) == 6 else "".join(digit * 2 for digit in match[1])
        return int(digits[0:2], 16) / 255, int(digits[2:4], 16) / 255, int(digits[4:6], 16) / 255
    if match := _RGB.fullmatch(text):
        return int(match[1]) / 255, int(match[2]) / 255, int(match[3]) / 255
    if match := _HSL.fullmatch(text):
        return colorsys.hls_to_rgb(float(match[1]) / 360, float(match[3]) / 100, float(match[2]) / 100)
    return None


def _failures_in(scheme: str, colours: Tokens) -> list[ContrastFailure]:
    failures = []
    for foreground, background in _pairs(colours):
        ratio = contrast_ratio(colours[foreground], colours[background])
        if ratio is None or ratio < REQUIRED_RATIO:
            failures.append(ContrastFailure(scheme, foreground, background, ratio))
    return failures


def _pairs(colours: Tokens) -> list[tuple[str, str]]:
    names = sorted(name for name in colours if name.startswith("color.on_"))
    pairs = [(name, "color." + name.removeprefix("color.on_")) for name in names]
    return [pair for pair in pairs if pair[1] in colours]


def _luminance(colour: Rgb) -> float:
    red, green, blue = (_linear(channel) for channel in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
