"""Windows of a price: what is asked from one instant until another, instead of the usual price. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from entrepot.kernel.records import dataclass
from entrepot.kernel.texts import N_
from entrepot.pricing.strikes import PricePoint, merged
from entrepot.sdk.errors import EntrepotError


class WindowInvalid(EntrepotError):
    """Windows that contradict each other, or an instant that does not exist."""


@dataclass(frozen=True)
class PriceWindow:
    """``amount`` (minor units) holds from ``valid_from`` until just before ``valid_until``; None: without end."""

    amount: int
    valid_from: datetime
    valid_until: datetime | None = None

    def __str__(self) -> str:
        until = f"to {self.valid_until:%Y-%m-%d %H:%M}" if self.valid_until else "on"
        return f"window from {self.valid_from:%Y-%m-%d %H:%M} {until} UTC"

    def is_on(self, at: datetime) -> bool:
        return self.valid_from <= at and (self.valid_until is None or at < self.valid_until)


def asked_at(usual: int, windows: Sequence[PriceWindow], at: datetime) -> int:
    """The amount in force at an instant."""
    return next((window.amount for window in windows if window.is_on(at)), usual)


def turns_after(usual: int, windows: Sequence[PriceWindow], at: datetime) -> tuple[PricePoint, ...]:
    """Every change of the price that is planned after the instant, each at the edge of a window."""
    edges = {edge for window in windows for edge in (window.valid_from, window.valid_until) if edge and edge > at}
    points = (PricePoint(edge, asked_at(usual, windows, edge)) for edge in sorted(edges))
    return merged([PricePoint(at, asked_at(usual, windows, at)), *points])[1:]


def refuse_contradictions(windows: Sequence[PriceWindow]) -> None:
    """Raises WindowInvalid for a window that ends before it begins, and for two that are on at the same time."""
    for window in windows:
        if window.amount < 0:
            raise WindowInvalid(N_("A price cannot be below zero. Write an amount like 12.50."))
        if window.valid_until is not None and window.valid_until <= window.valid_from:
            raise WindowInvalid(N_("The {window} ends before it begins. Choose a later end."), window=str(window))
    ordered = sorted(windows, key=lambda window: window.valid_from)
    for earlier, later in zip(ordered, ordered[1:], strict=False):
        if earlier.valid_until is None or later.valid_from < earlier.valid_until:
            raise WindowInvalid(
                N_("The {earlier} overlaps the {later}. Let one end when the next begins."),
                earlier=str(earlier),
                later=str(later),
            )


def instant(written: datetime, time_zone: str) -> datetime:
    """The instant in UTC, of the years 2000 to 2200. What names no offset is read on the clocks of ``time_zone``; an
    hour that comes twice is the first of the two. Raises WindowInvalid for an unknown zone and a time that is skipped.
    """
    if not 2000 <= written.year <= 2200:
        raise WindowInvalid(N_("{day} is too far away. Choose a year from 2000 to 2200."), day=f"{written:%Y-%m-%d}")
    if written.tzinfo is not None:
        return written.astimezone(UTC)
    try:
        there = written.replace(tzinfo=ZoneInfo(time_zone))
    except (ZoneInfoNotFoundError, ValueError):
        raise WindowInvalid(N_("{zone} is not a time zone. Write it like Europe/Berlin."), zone=time_zone) from None
    found = there.astimezone(UTC)
    if found.astimezone(there.tzinfo).replace(tzinfo=None) != written:
        raise WindowInvalid(
            N_("The clocks of {zone} skip {time}. Choose a time an hour later."),
            zone=time_zone,
            time=f"{written:%Y-%m-%d %H:%M}",
        )
    return found
