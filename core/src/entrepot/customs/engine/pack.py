"""A loaded rule pack: its records by key, and the one that counts for an area, goods and day."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TypeVar

from entrepot.customs.engine.records import ANY, Amount, Area, Cited, Goods, Rate, Restriction, Rounding, Threshold
from entrepot.customs.engine.regimes import Regime, Step

STANDARD = "standard"
Keyed = TypeVar("Keyed", Threshold, Amount, Rounding)


Entry = Rate | Threshold | Amount | Rounding | Goods | Restriction | Area | Regime


@dataclass(frozen=True)
class Option:
    """Something the law asks about a consignment that has no field of its own, such as the use of the goods."""

    name: str
    values: tuple[str, ...]
    default: str


@dataclass(frozen=True)
class Pack:
    """The records of one version. ``currency`` is the authority's."""

    id: str
    version: str
    title: str
    currency: str
    time_zone: str
    countries: frozenset[str]
    #: Countries whose regions have rules of their own, so that a consignment must name one.
    region_required: frozenset[str]
    groups: Mapping[str, frozenset[str]]
    options: Mapping[str, Option]
    values: tuple[Step, ...]
    regimes: tuple[Regime, ...]
    rates: Mapping[str, Sequence[Rate]]
    thresholds: Mapping[str, Sequence[Threshold]]
    amounts: Mapping[str, Sequence[Amount]]
    roundings: Mapping[str, Sequence[Rounding]]
    goods: Mapping[str, Sequence[Goods]]
    areas: Mapping[str, Area] = field(default_factory=dict)
    restrictions: Mapping[str, Sequence[Restriction]] = field(default_factory=dict)

    def rate(self, key: str, question: RateQuestion) -> Rate | None:
        """The most specific record in force: nearest area, then category, longest HS prefix, named origin."""
        fitting = [rate for rate in self.rates_about(key, question) if question.fits(rate)]
        return max(fitting, key=question.rank, default=None)

    def rates_about(self, key: str, question: RateQuestion) -> Iterable[Rate]:
        """Records of the key for the question's areas and goods, found without looking at all others."""
        prefixes = [question.hs[:digits] for digits in self._digits.get(key, ()) if digits <= len(question.hs)]
        for area in question.areas:
            for prefix in prefixes:
                for origin in (question.origin, ANY):
                    yield from self._index.get((key, area, prefix, origin), ())

    @cached_property
    def _index(self) -> dict[tuple[str, str, str, str], list[Rate]]:
        index: dict[tuple[str, str, str, str], list[Rate]] = {}
        for key, records in self.rates.items():
            for rate in records:
                index.setdefault((key, rate.area, rate.hs, rate.origin), []).append(rate)
        return index

    @cached_property
    def _digits(self) -> dict[str, tuple[int, ...]]:
        """How long the HS prefixes of each key are."""
        return {key: tuple(sorted({len(rate.hs) for rate in records})) for key, records in self.rates.items()}

    def rate_keys(self, pattern: str) -> list[str]:
        """``additional/*`` names every key of that group, in the order of the file; other names are themselves."""
        if not pattern.endswith("/*"):
            return [pattern]
        return [key for key in self.rates if key.startswith(pattern[:-1])]

    def threshold(self, key: str, areas: Sequence[str], day: date) -> Threshold | None:
        return _nearest(self.thresholds.get(key, ()), areas, day)

    def amount(self, key: str, areas: Sequence[str], day: date) -> Amount | None:
        return _nearest(self.amounts.get(key, ()), areas, day)

    def rounding(self, key: str, areas: Sequence[str], day: date) -> Rounding | None:
        return _nearest(self.roundings.get(key, ()), areas, day)

    def restrictions_on(self, areas: Sequence[str], day: date) -> Iterable[Restriction]:
        """What may not be sent to the areas on the day, or only with papers."""
        for records in self.restrictions.values():
            yield from (one for one in records if one.area in areas and one.cited.period.holds(day))

    def regions(self, country: str) -> list[Area]:
        return [area for area in self.areas.values() if area.country == country]

    def region_of(self, country: str, postcode: str) -> str:
        """The region that a postcode tells, as CA-ON; empty when none does."""
        compact = postcode.upper().replace(" ", "")
        told = (a for a in self.regions(country) if a.postcodes and re.fullmatch(a.postcodes, compact))
        return next((area.code for area in told), "")

    def records(self) -> Iterable[tuple[str, Cited]]:
        """What is cited of every record, with a word for its kind, for lists, comparisons and checks."""
        yield from ((kind, record.cited) for kind, record in self.entries())

    def entries(self) -> Iterable[tuple[str, Entry]]:
        """Every record with a word for its kind; written as text it says its figure."""
        tables: Mapping[str, Mapping[str, Sequence[Entry]]] = {
            "rate": self.rates,
            "threshold": self.thresholds,
            "amount": self.amounts,
            "rounding": self.roundings,
            "goods": self.goods,
            "restriction": self.restrictions,
        }
        for kind, table in tables.items():
            for records in table.values():
                yield from ((kind, record) for record in records)
        yield from (("area", area) for area in self.areas.values())
        yield from (("regime", regime) for regime in self.regimes)


@dataclass(frozen=True)
class RateQuestion:
    """For which place, goods and day a rate is wanted. ``areas`` goes from the nearest to ``*``."""

    areas: tuple[str, ...]
    day: date
    category: str = STANDARD
    hs: str = ""
    origin: str = ""

    def fits(self, rate: Rate) -> bool:
        return (
            rate.area in self.areas
            and rate.cited.period.holds(self.day)
            and rate.category in (self.category, STANDARD)
            and self.hs.startswith(rate.hs)
            and rate.origin in (self.origin, ANY)
        )

    def rank(self, rate: Rate) -> tuple[int, bool, int, bool]:
        return (
            -self.areas.index(rate.area),
            rate.category == self.category,
            len(rate.hs),
            rate.origin != ANY,
        )


def _nearest(records: Sequence[Keyed], areas: Sequence[str], day: date) -> Keyed | None:
    fitting = [record for record in records if record.area in areas and record.cited.period.holds(day)]
    return min(fitting, key=lambda record: areas.index(record.area), default=None)
