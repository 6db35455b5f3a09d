"""What the rule pack consists of: dated records, each with a source, and places by country and postcode."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from entrepot.sdk import Address


@dataclass(frozen=True)
class Source:
    """Where a number or a rule was read."""

    id: str
    title: str
    address: str
    licence: str


@dataclass(frozen=True)
class Citation:
    """A source and the day on which it was read."""

    source: Source
    retrieved: date

    def __str__(self) -> str:
        licence = f", {self.source.licence}" if self.source.licence else ""
        return f"{self.source.title} ({self.source.address}){licence}, retrieved {self.retrieved}"


@dataclass(frozen=True)
class Period:
    """``start`` is inclusive, ``end`` exclusive; without an end the record is in force."""

    start: date
    end: date | None

    def holds(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day < self.end)

    def overlaps(self, other: Period) -> bool:
        return (self.end is None or other.start < self.end) and (other.end is None or self.start < other.end)

    def __str__(self) -> str:
        return f"from {self.start}" + (f" until before {self.end}" if self.end else "")


@dataclass(frozen=True)
class Rate:
    """A VAT rate as a fraction. ``area`` is a member state or one of its regions."""

    area: str
    category: str
    fraction: Decimal
    period: Period
    citation: Citation

    @property
    def id(self) -> str:
        return f"{self.area}/{self.category}/{self.period.start}"


@dataclass(frozen=True)
class Treatment:
    """How a kind of sale is treated while the record holds."""

    id: str
    text: str
    period: Period
    citation: Citation


@dataclass(frozen=True)
class MemberState:
    country: str
    vat_prefix: str
    vat_id: re.Pattern[str] = field(repr=False)
    time_zone: str = ""


class Standing(StrEnum):
    """How VAT sees a part of a country."""

    OUTSIDE = "outside"
    REGION = "region"
    AS = "as"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Territory:
    """A part of a country, told by postcode, or a whole country when there is no pattern."""

    country: str
    postcode: re.Pattern[str] | None
    name: str
    standing: Standing
    area: str

    def contains(self, address: Address) -> bool:
        if address.country != self.country:
            return False
        return self.postcode is None or any(map(self.postcode.fullmatch, _spellings(address.postcode)))


@dataclass(frozen=True)
class Place:
    """An address as VAT sees it. ``state`` is empty outside; ``area`` is the state or its region with own rates."""

    name: str
    state: str = ""
    area: str = ""
    is_known: bool = True

    @property
    def is_inside(self) -> bool:
        return bool(self.state)


def _spellings(postcode: str) -> tuple[str, str]:
    """The postcode without blanks and hyphens, and once more without a country's letters in front: D-78266."""
    compact = re.sub(r"[\s-]", "", postcode.upper())
    return compact, compact.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
