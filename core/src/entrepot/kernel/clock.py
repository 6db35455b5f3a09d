"""The only source of "now", so that any market can be previewed at any instant and tests never sleep."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Says what time it is, always as an aware UTC datetime."""

    def now(self) -> datetime: ...


class HasClock(Protocol):
    """The part of the runtime that the lower slices use."""

    @property
    def clock(self) -> Clock: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands still until it is moved; for tests, previews and simulators."""

    def __init__(self, at: datetime) -> None:
        if at.tzinfo is None:
            raise ValueError("A clock needs an aware datetime. Add tzinfo=UTC.")
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        return self._at

    def move(self, by: timedelta) -> None:
        self._at += by

    def set(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)
