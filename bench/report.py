"""How results are told: a line per figure, and whether the bar that we set ourselves holds."""

from __future__ import annotations

import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Bar:
    """A figure that must not pass ``most``."""

    name: str
    measured: float
    most: float
    unit: str = "x"

    @property
    def holds(self) -> bool:
        return self.measured <= self.most


def say(text: str = "") -> None:
    """Tell the person at the terminal, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def verdict(bars: list[Bar]) -> int:
    """Print which bars hold; the exit status."""
    say()
    for bar in bars:
        state = "holds" if bar.holds else "MISSED"
        say(f"{state:<7} {bar.name}: {bar.measured:.1f} {bar.unit}, at most {bar.most:g} {bar.unit}")
    return 0 if all(bar.holds for bar in bars) else 1
