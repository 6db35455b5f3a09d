"""Reads the pasted table: rows become zones, zones have services, services have steps. Says where a mistake is."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from itertools import groupby
from typing import Literal, TypeVar

from entrepot.sdk import COUNTRIES, InvalidAmount, Money, UnknownCurrency
from entrepot_carrier_table_rates.territories import GROUPS

COLUMNS = (
    "zone", "countries", "service", "label", "basis", "up_to", "price", "currency", "min_days", "max_days", "free_from",
    "terms",
)  # fmt: skip
_OPTIONAL = frozenset({"label", "up_to", "min_days", "max_days", "free_from", "terms"})
GRAMS_PER_KG = 1000
_SERVICE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LOCALE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]+)*")

T = TypeVar("T")
Basis = Literal["weight", "value"]


class TableMistakes(ValueError):
    """The table cannot be used; ``messages`` has one sentence per mistake, with row, column and remedy."""

    def __init__(self, messages: list[str]) -> None:
        super().__init__(" ".join(messages))
        self.messages = messages


class _Mistake(ValueError):
    """One cell or row that cannot be read."""


@dataclass(frozen=True)
class Step:
    """One row. ``up_to`` is inclusive, in grams or in minor units of the price's currency; None has no limit."""

    row: int
    zone: str
    countries: frozenset[str]
    service: str
    labels: Mapping[str, str]
    basis: Basis
    up_to: int | None
    price: Money
    min_days: int | None
    max_days: int | None
    free_from: Money | None
    #: Whether the carrier delivers across borders with duties and taxes paid by the sender.
    duties_paid: bool = False

    @property
    def currency(self) -> str:
        return self.price.currency


@dataclass(frozen=True)
class Service:
    """One service of a zone in one currency: its steps from the lowest to the highest."""

    id: str
    labels: Mapping[str, str]
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Zone:
    """What is offered to some countries in one currency. ``countries`` holds codes and names of groups."""

    name: str
    currency: str
    countries: frozenset[str]
    services: tuple[Service, ...]


@lru_cache(maxsize=64)
def parse_table(text: str) -> tuple[Zone, ...]:
    """The zones of a table, in its order; raises TableMistakes with every mistake found."""
    steps: list[Step] = []
    mistakes: list[str] = []
    for row, cells in _rows(text):
        try:
            steps.append(_step(row, cells))
        except _Mistake as mistake:
            mistakes.append(str(mistake))
    mistakes += _contradictions(steps)
    if mistakes:
        raise TableMistakes(mistakes)
    return _zones(steps)


def _rows(text: str) -> list[tuple[int, dict[str, str]]]:
    """Numbered rows as the spreadsheet counts them: the header is row 1. Blank rows and ``#`` comments are left out."""
    lines = [line for line in text.strip().splitlines() if line.strip()]
    if not lines:
        raise TableMistakes(["The table is empty. Paste at least the header row and one row with a price."])
    delimiter = max("\t;,", key=lines[0].count)
    reader = csv.reader(io.StringIO(text.strip()), delimiter=delimiter, skipinitialspace=True)
    table = [(row, [cell.strip() for cell in cells]) for row, cells in enumerate(reader, start=1)]
    header = [name.lower() for name in table[0][1]]
    _refuse_header(header)
    filled = [(row, cells) for row, cells in table[1:] if any(cells) and not cells[0].startswith("#")]
    if not filled:
        raise TableMistakes(["The table has a header and no rows. Add at least one row with a price."])
    return [(row, _named(row, header, cells)) for row, cells in filled]


def _refuse_header(header: list[str]) -> None:
    missing = [name for name in COLUMNS if name not in header and name not in _OPTIONAL]
    unknown = [name for name in header if name and name not in COLUMNS]
    doubled = sorted({name for name in header if name and header.count(name) > 1})
    if missing:
        raise TableMistakes([f"Row 1: column {', '.join(missing)} is missing. The columns are: {', '.join(COLUMNS)}."])
    if unknown or doubled:
        wrong = ", ".join([*unknown, *doubled])
        raise TableMistakes([f"Row 1: column {wrong} is unknown or doubled. The columns are: {', '.join(COLUMNS)}."])


def _named(row: int, header: list[str], cells: list[str]) -> dict[str, str]:
    if len(cells) > len(header) and any(cells[len(header) :]):
        raise TableMistakes(
            [
                f"Row {row}: there are {len(cells)} cells and only {len(header)} columns. Put a cell that contains "
                f"the separator into double quotes, and write decimals like 12.50."
            ]
        )
    padded = cells + [""] * (len(header) - len(cells))
    named = dict(zip(header, padded, strict=False))
    return {name: named.get(name, "") for name in COLUMNS}


def _step(row: int, cells: Mapping[str, str]) -> Step:
    def read(column: str, reader: Callable[[str], T]) -> T:
        try:
            return reader(cells[column])
        except ValueError as error:
            raise _Mistake(f"Row {row}, column {column}: {error}") from None

    basis = read("basis", _basis)
    currency = read("currency", _currency)
    step = Step(
        row=row,
        zone=read("zone", _required),
        countries=read("countries", _countries),
        service=read("service", _service),
        labels=read("label", _labels),
        basis=basis,
        up_to=read("up_to", _grams if basis == "weight" else lambda cell: _minor(cell, currency)),
        price=read("price", lambda cell: _money(_required(cell), currency)),
        min_days=read("min_days", _days),
        max_days=read("max_days", _days),
        free_from=read("free_from", lambda cell: _money(cell, currency) if cell else None),
        duties_paid=read("terms", _terms),
    )
    if step.min_days is not None and step.max_days is not None and step.min_days > step.max_days:
        raise _Mistake(f"Row {row}, column max_days: {step.max_days} is less than min_days. Exchange the two.")
    return step


def _required(cell: str) -> str:
    if not cell:
        raise ValueError("the cell is empty. Fill it in.")
    return cell


def _countries(cell: str) -> frozenset[str]:
    names = frozenset(name.strip().upper() for name in _required(cell).split("|"))
    unknown = sorted(names - COUNTRIES - set(GROUPS))
    if unknown:
        raise ValueError(
            f"'{unknown[0]}' is neither a country nor a group. Write codes like DE or AT|CH, or {', '.join(GROUPS)}."
        )
    return names


def _service(cell: str) -> str:
    if not _SERVICE.fullmatch(_required(cell)):
        raise ValueError(f"'{cell}' is not a service id. Use small letters, digits and hyphens, like express-24.")
    return cell


def _labels(cell: str) -> dict[str, str]:
    """Label per locale; the first part without a locale is the default, under the empty key."""
    default, *others = [part.strip() for part in cell.split("|")]
    labels = {"": default} if default else {}
    for part in others:
        locale, separator, label = part.partition("=")
        if not (separator and label.strip() and _LOCALE.fullmatch(locale.strip())):
            raise ValueError(f"'{part}' is not a translation. Write Standard|de=Standardversand.")
        labels[locale.strip().lower()] = label.strip()
    if others and not default:
        raise ValueError("the label has no default. Write Standard|de=Standardversand.")
    return labels


def _basis(cell: str) -> Basis:
    match cell.lower():
        case "weight":
            return "weight"
        case "value":
            return "value"
    raise ValueError(f"'{cell}' is not a basis. Write weight (kilograms) or value (of the goods).")


def _terms(cell: str) -> bool:
    if cell.upper() not in ("", "DAP", "DDP"):
        raise ValueError(f"'{cell}' are no terms. Write DDP where duties are paid by you, DAP or nothing otherwise.")
    return cell.upper() == "DDP"


def _currency(cell: str) -> str:
    try:
        Money.zero(cell.upper())
    except UnknownCurrency as error:
        raise ValueError(str(error)) from None
    return cell.upper()


def _money(cell: str, currency: str) -> Money:
    if not re.fullmatch(r"\d+(\.\d+)?", cell):
        raise ValueError(f"'{cell}' is not an amount. Write it like 12.50.")
    try:
        return Money.exactly(cell, currency)
    except InvalidAmount as error:
        raise ValueError(f"{error} Round it.") from None


def _minor(cell: str, currency: str) -> int | None:
    return _money(cell, currency).minor if cell else None


def _grams(cell: str) -> int | None:
    if not cell:
        return None
    try:
        grams = Decimal(cell) * GRAMS_PER_KG
    except InvalidOperation:
        grams = Decimal("nan")
    if not grams.is_finite() or grams <= 0 or grams != grams.to_integral_value():
        raise ValueError(f"'{cell}' is not a weight in kilograms. Write it like 2 or 0.5, to the gram at most.")
    return int(grams)


def _days(cell: str) -> int | None:
    if cell and not (cell.isascii() and cell.isdigit()):
        raise ValueError(f"'{cell}' is not a number of days. Write a whole number or leave it empty.")
    return int(cell) if cell else None


def _contradictions(steps: Iterable[Step]) -> list[str]:
    """Rows that cannot all be true; each is told at the later row."""
    found: list[str] = []
    zones: dict[str, Step] = {}
    services: dict[tuple[str, str, str], Step] = {}
    limits: dict[tuple[str, str, str, int | None], Step] = {}
    for step in steps:
        zone = zones.setdefault(step.zone, step)
        service = services.setdefault((step.zone, step.service, step.currency), step)
        limit = limits.setdefault((step.zone, step.service, step.currency, step.up_to), step)
        where = f"Row {step.row}, column"
        if zone.countries != step.countries:
            found.append(f"{where} countries: zone {step.zone} has other countries in row {zone.row}. Make them equal.")
        if service.basis != step.basis:
            found.append(f"{where} basis: {step.service} goes by {service.basis} in row {service.row}. Choose one.")
        if limit is not step:
            found.append(f"{where} up_to: row {limit.row} has the same limit. Remove one of the two rows.")
    return found


def _zones(steps: Iterable[Step]) -> tuple[Zone, ...]:
    rows: dict[tuple[str, str], list[Step]] = {}
    for step in steps:
        rows.setdefault((step.zone, step.currency), []).append(step)
    return tuple(Zone(name, currency, own[0].countries, _services(own)) for (name, currency), own in rows.items())


def _services(steps: list[Step]) -> tuple[Service, ...]:
    order = list(dict.fromkeys(step.service for step in steps))
    by_service = groupby(sorted(steps, key=lambda step: order.index(step.service)), key=lambda step: step.service)
    return tuple(_service_of(service, list(own)) for service, own in by_service)


def _service_of(service: str, steps: list[Step]) -> Service:
    labels = next((step.labels for step in steps if step.labels), {"": service})
    ordered = sorted(steps, key=lambda step: (step.up_to is None, step.up_to or 0))
    return Service(service, labels, tuple(ordered))
