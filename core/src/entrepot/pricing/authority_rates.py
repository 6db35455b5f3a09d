"""Exchange rates that customs and tax authorities fix for a day, a week or a month, imported from a CSV file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from sqlalchemy import select

from entrepot.kernel.currency import UnknownCurrency, exponent
from entrepot.pricing.models import AuthorityRate
from entrepot.sdk.errors import EntrepotError
from entrepot.storage.session import reader, unit_of_work

COLUMNS = ("authority", "base", "quote", "rate", "effective_from", "effective_to", "source", "retrieved")
_AUTHORITY = re.compile(r"[A-Z]{2}")


class RateTableInvalid(EntrepotError):
    """The file cannot be imported; the message says which line, why and what to write."""


@dataclass(frozen=True)
class Imported:
    """What an import did with each record."""

    added: int
    unchanged: int


@dataclass(frozen=True)
class FixedRate:
    """One record: 1 ``base`` is ``rate`` ``quote`` from ``on`` until ``until`` (exclusive; None: until the next)."""

    authority: str
    base: str
    quote: str
    rate: str
    on: date
    until: date | None
    source: str
    retrieved: date
    place: str = ""

    @property
    def pair(self) -> tuple[str, str, str]:
        return self.authority, self.base, self.quote

    @property
    def period(self) -> str:
        return f"from {self.on}" + (f" to {self.until}" if self.until else "")

    def overlaps(self, other: FixedRate) -> bool:
        """Whether both count on some day; an open end gives way to what begins later."""
        first, second = sorted((self, other), key=lambda rate: rate.on)
        return first.on == second.on or (first.until is not None and second.on < first.until)

    def says_the_same(self, other: FixedRate) -> bool:
        return (self.on, self.until, Decimal(self.rate)) == (other.on, other.until, Decimal(other.rate))


def import_rates(file: Path) -> Imported:
    """Add the records of a CSV file: all of it or nothing, and twice is as good as once. Raises RateTableInvalid.

    Stored records are never changed: what contradicts one is refused.
    """
    rates = list(read_rates(file))
    with unit_of_work() as session:
        authorities = {rate.authority for rate in rates}
        query = select(AuthorityRate).where(AuthorityRate.authority.in_(authorities))
        stored = [_stored(row) for row in session.scalars(query)]
        new = list(_not_known(rates, stored))
        session.add_all(_row(rate) for rate in new)
    return Imported(added=len(new), unchanged=len(rates) - len(new))


def in_force(day: date) -> list[FixedRate]:
    """What authorities fixed for the day, the last word on each pair; open ends as old as they are."""
    row = AuthorityRate
    query = select(row).where(row.on <= day, row.until.is_(None) | (row.until > day)).order_by(row.on)
    last = {(rate.authority, rate.base, rate.quote): _stored(rate) for rate in reader().scalars(query)}
    return [last[pair] for pair in sorted(last)]


def read_rates(file: Path) -> Iterator[FixedRate]:
    """The records of a CSV file; raises RateTableInvalid."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise RateTableInvalid(f"{file} cannot be read: {error}. Give a CSV file in UTF-8.") from error
    lines = csv.DictReader(io.StringIO(text, newline=""))
    if missing := [column for column in COLUMNS if column not in (lines.fieldnames or ())]:
        raise RateTableInvalid(f"{file.name} has no column {', '.join(missing)}. It needs: {', '.join(COLUMNS)}.")
    for cells in lines:
        yield _read(cells, f"{file.name}, line {lines.line_num}")


def _read(cells: Mapping[str, str | None], place: str) -> FixedRate:
    values = {column: (cells[column] or "").strip() for column in COLUMNS}
    if not _AUTHORITY.fullmatch(values["authority"]):
        raise _wrong(place, "authority", values, "Write a country such as GB, or EU for the customs union.")
    if not values["source"] or len(values["source"]) > 200:
        raise _wrong(place, "source", values, "Say who published it and where, in at most 200 characters.")
    begins, ends = _day(values, "effective_from", place), None
    if values["effective_to"]:
        ends = _day(values, "effective_to", place)
        if ends <= begins:
            raise _wrong(place, "effective_to", values, f"Write a day after {begins}: the first that no longer counts.")
    return FixedRate(
        authority=values["authority"],
        base=_currency(values, "base", place),
        quote=_currency(values, "quote", place),
        rate=_number(values, place),
        on=begins,
        until=ends,
        source=values["source"],
        retrieved=_day(values, "retrieved", place),
        place=place,
    )


def _not_known(rates: Iterable[FixedRate], stored: Sequence[FixedRate]) -> Iterator[FixedRate]:
    known: dict[tuple[str, str, str], list[FixedRate]] = {}
    for rate in stored:
        known.setdefault(rate.pair, []).append(rate)
    for rate in rates:
        same_pair = known.setdefault(rate.pair, [])
        if any(rate.says_the_same(other) for other in same_pair):
            continue
        for other in (other for other in same_pair if rate.overlaps(other)):
            raise RateTableInvalid(
                f"{rate.place}: {rate.authority} {rate.base}/{rate.quote} from {rate.on} contradicts {other.rate} "
                f"{other.period} ({other.place}). Correct the days or the rate."
            )
        same_pair.append(rate)
        yield rate


def _stored(row: AuthorityRate) -> FixedRate:
    return FixedRate(
        row.authority, row.base, row.quote, row.rate, row.on, row.until, row.source, row.retrieved, "already stored"
    )


def _row(rate: FixedRate) -> AuthorityRate:
    return AuthorityRate(
        authority=rate.authority,
        base=rate.base,
        quote=rate.quote,
        rate=rate.rate,
        on=rate.on,
        until=rate.until,
        source=rate.source,
        retrieved=rate.retrieved,
    )


def _day(values: Mapping[str, str], column: str, place: str) -> date:
    try:
        return date.fromisoformat(values[column])
    except ValueError:
        raise _wrong(place, column, values, "Write a day like 2026-11-01.") from None


def _currency(values: Mapping[str, str], column: str, place: str) -> str:
    try:
        exponent(values[column])
    except UnknownCurrency:
        raise _wrong(place, column, values, "Write an ISO 4217 code such as USD.") from None
    return values[column]


def _number(values: Mapping[str, str], place: str) -> str:
    try:
        number = Decimal(values["rate"])
    except InvalidOperation:
        number = Decimal(0)
    if not number.is_finite() or number <= 0 or len(values["rate"]) > 40:
        raise _wrong(place, "rate", values, "Write a number above zero with a point, like 1.0834.")
    return values["rate"]


def _wrong(place: str, column: str, values: Mapping[str, str], remedy: str) -> RateTableInvalid:
    return RateTableInvalid(f"{place}: '{values[column]}' in column {column} is wrong. {remedy}")
