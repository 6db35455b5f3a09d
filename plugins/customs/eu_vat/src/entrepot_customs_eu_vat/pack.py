"""Reads the rule pack from its files and refuses records that contradict each other, with file and line."""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TypeVar

from entrepot.sdk import Address, PluginError
from entrepot_customs_eu_vat.records import (
    Citation,
    MemberState,
    Period,
    Place,
    Rate,
    Source,
    Standing,
    Territory,
    Treatment,
)

STANDARD = "standard"
T = TypeVar("T")


class PackInvalid(PluginError):
    """A record of the rule pack cannot be used; the message names file, line and remedy."""


@dataclass(frozen=True)
class Pack:
    """The records of one version."""

    id: str
    version: str
    states: Mapping[str, MemberState]
    territories: Sequence[Territory]
    rates: Sequence[Rate]
    treatments: Sequence[Treatment]

    def place(self, address: Address) -> Place:
        """Where VAT sees the address."""
        territory = next((part for part in self.territories if part.contains(address)), None)
        if territory is None:
            state = address.country if address.country in self.states else ""
            return Place(name=address.country, state=state, area=state)
        if territory.standing is Standing.AS:
            return Place(name=territory.name, state=territory.area, area=territory.area)
        if territory.standing is Standing.REGION:
            return Place(name=territory.name, state=territory.country, area=territory.area)
        return Place(name=territory.name, is_known=territory.standing is Standing.OUTSIDE)

    def rate(self, area: str, category: str, day: date) -> Rate | None:
        """The rate of the category on the day, else the standard rate, else None."""
        valid = {rate.category: rate for rate in self.rates if rate.area == area and rate.period.holds(day)}
        return valid.get(category) or valid.get(STANDARD)

    def treatment(self, id: str, day: date) -> Treatment | None:
        return next((one for one in self.treatments if one.id == id and one.period.holds(day)), None)

    def state_of_vat_id(self, vat_id: str) -> str:
        """The member state whose form the VAT id has; empty when there is none. Whether the id exists is not asked."""
        compact = re.sub(r"[\s.-]", "", vat_id.upper())
        return next(
            (
                state.country
                for state in self.states.values()
                if compact.startswith(state.vat_prefix)
                and state.vat_id.fullmatch(compact.removeprefix(state.vat_prefix))
            ),
            "",
        )


@cache
def rule_pack() -> Pack:
    """The pack that came with this package; read once."""
    return load_pack(files(__package__) / "rates")


def load_pack(folder: Traversable) -> Pack:
    """All records of a folder; raises PackInvalid."""
    about = tomllib.loads((folder / "pack.toml").read_text(encoding="utf-8"))
    sources = {row["id"]: _source(row) for row in _rows(folder, "sources")}
    states = {row["country"]: _state(row) for row in _rows(folder, "countries")}
    rates = [(row, _rate(row, sources, states)) for row in _rows(folder, "rates")]
    treatments = [(row, _treatment(row, sources)) for row in _rows(folder, "treatments")]
    _refuse_overlaps([(row, (rate.area, rate.category), rate.period) for row, rate in rates])
    _refuse_overlaps([(row, (one.id,), one.period) for row, one in treatments])
    return Pack(
        id=about["id"],
        version=about["version"],
        states=states,
        territories=[_territory(row, states) for row in _rows(folder, "territories")],
        rates=[rate for _, rate in rates],
        treatments=[one for _, one in treatments],
    )


@dataclass(frozen=True)
class _Row:
    """One line of a file, that knows where it stands."""

    file: str
    line: int
    cells: Mapping[str, str | None]

    def __getitem__(self, column: str) -> str:
        value = self.cells.get(column)
        if value is None:
            raise self.wrong(f"column {column} is missing. Write as many cells as the first line has names.")
        return value.strip()

    def read(self, column: str, reader: Callable[[str], T], remedy: str) -> T:
        try:
            return reader(self[column])
        except (ValueError, KeyError, InvalidOperation, re.error):
            raise self.wrong(f"'{self[column]}' in column {column} is wrong. {remedy}") from None

    def wrong(self, what: str) -> PackInvalid:
        return PackInvalid(f"{self.file}, line {self.line}: {what}")


def _rows(folder: Traversable, name: str) -> Iterator[_Row]:
    """The records of a file: one a line, blank lines and lines that begin with # left out."""
    file = f"{name}.csv"
    text = (folder / file).read_text(encoding="utf-8")
    lines = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line and line[0] != "#"]
    reader = csv.DictReader(line for _, line in lines)
    for (number, _), cells in zip(lines[1:], reader, strict=True):
        yield _Row(file, number, cells)


def _source(row: _Row) -> Source:
    return Source(row["id"], row["title"], row["address"], row["licence"])


def _rate(row: _Row, sources: Mapping[str, Source], states: Mapping[str, MemberState]) -> Rate:
    state = row.read("country", states.__getitem__, "Name a country of countries.csv.")
    return Rate(
        area=row["region"] or state.country,
        category=row["category"],
        fraction=row.read("rate", _fraction, "Write the percentage with a point: 25.5."),
        period=_period(row),
        citation=_citation(row, sources),
    )


def _treatment(row: _Row, sources: Mapping[str, Source]) -> Treatment:
    text = row["text"].replace("{threshold}", row["threshold"])
    return Treatment(id=row["id"], text=text, period=_period(row), citation=_citation(row, sources))


def _state(row: _Row) -> MemberState:
    pattern = row.read("vat_id", re.compile, "Write a regular expression.")
    return MemberState(row["country"], row["vat_prefix"], pattern, row["time_zone"])


def _territory(row: _Row, states: Mapping[str, MemberState]) -> Territory:
    standing = row.read("treatment", Standing, f"Write one of: {', '.join(Standing)}.")
    if standing is Standing.AS and row["area"] not in states:
        raise row.wrong(f"'{row['area']}' in column area is no member state. Name a country of countries.csv.")
    pattern = row.read("postcode", re.compile, "Write a regular expression.") if row["postcode"] else None
    return Territory(row["country"], pattern, row["name"], standing, row["area"])


def _fraction(percent: str) -> Decimal:
    fraction = Decimal(percent) / 100
    if not Decimal(0) <= fraction < Decimal(1):
        raise ValueError(percent)
    return fraction


def _period(row: _Row) -> Period:
    remedy = "Write a day like 2026-01-31; effective_to comes after effective_from or stays empty."
    start = row.read("effective_from", date.fromisoformat, remedy)
    end = row.read("effective_to", date.fromisoformat, remedy) if row["effective_to"] else None
    if end is not None and end <= start:
        raise row.wrong(f"effective_to {end} is not after effective_from {start}. {remedy}")
    return Period(start, end)


def _citation(row: _Row, sources: Mapping[str, Source]) -> Citation:
    source = row.read("source", sources.__getitem__, "Name an id of sources.csv.")
    return Citation(source, row.read("retrieved", date.fromisoformat, "Write a day like 2026-01-31."))


def _refuse_overlaps(records: Sequence[tuple[_Row, tuple[str, ...], Period]]) -> None:
    seen: dict[tuple[str, ...], list[tuple[_Row, Period]]] = {}
    for row, key, period in records:
        for earlier, other in seen.setdefault(key, []):
            if period.overlaps(other):
                raise row.wrong(
                    f"{' '.join(key)} {period} overlaps line {earlier.line} ({other}). "
                    "Let effective_to of the earlier be effective_from of the later."
                )
        seen[key].append((row, period))
