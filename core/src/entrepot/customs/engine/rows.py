"""Reading CSV files line by line, so that every mistake is told with file and line."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from importlib.resources.abc import Traversable
from typing import TypeVar

from entrepot.customs.engine.records import PackInvalid, Period, is_area
from entrepot.kernel.currency import UnknownCurrency, exponent

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)
_HS = re.compile(r"\d{2,12}")


@dataclass(frozen=True)
class Row:
    """One line of a file, that knows where it stands."""

    file: str
    line: int
    cells: Mapping[str, str]

    @property
    def place(self) -> str:
        return f"{self.file}, line {self.line}"

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def required(self, column: str) -> str:
        if not self[column]:
            raise self.wrong(f"column {column} is empty. Every record needs it.")
        return self[column]

    def read(self, column: str, reader: Callable[[str], T], remedy: str) -> T:
        try:
            return reader(self.required(column))
        except (ValueError, KeyError, InvalidOperation, ZeroDivisionError, UnknownCurrency):
            raise self.wrong(f"'{self[column]}' in column {column} is wrong. {remedy}") from None

    def wrong(self, what: str) -> PackInvalid:
        return PackInvalid(f"{self.place}: {what}")

    def decimal(self, column: str, *, default: str = "") -> Decimal:
        """A number that is not negative; empty cells have the default, when there is one."""
        if default and not self[column]:
            return Decimal(default)
        return self.read(column, _not_negative, "Write a number with a point, such as 12.50.")

    def fraction(self, column: str) -> Decimal:
        """A percentage (20) or a ratio (22/78) as a fraction; empty cells are zero."""
        if not self[column]:
            return Decimal(0)
        return self.read(column, _fraction, "Write the percentage with a point (25.5) or a ratio (22/78).")

    def currency(self, column: str = "currency") -> str:
        def known(code: str) -> str:
            exponent(code)
            return code

        return self.read(column, known, "Write an ISO 4217 code such as EUR.")

    def area(self, column: str = "area") -> str:
        code = self[column] or "*"
        if not is_area(code):
            raise self.wrong(f"'{code}' in column {column} is no area. Write DE, CA-ON or leave it empty for all.")
        return code

    def hs(self, column: str = "hs") -> str:
        code = self[column].replace(".", "")
        if code and not _HS.fullmatch(code):
            raise self.wrong(f"'{self[column]}' in column {column} is no HS prefix. Write 2 to 12 digits or nothing.")
        return code

    def choice(self, column: str, kinds: type[E], default: E | None = None) -> E:
        if default is not None and not self[column]:
            return default
        return self.read(column, kinds, f"Write one of: {', '.join(kinds)}.")

    def day(self, column: str) -> date:
        return self.read(column, date.fromisoformat, "Write a day like 2026-01-31.")

    def period(self) -> Period:
        remedy = "Write a day like 2026-01-31; effective_to comes after effective_from or stays empty."
        start = self.read("effective_from", date.fromisoformat, remedy)
        end = self.read("effective_to", date.fromisoformat, remedy) if self["effective_to"] else None
        if end is not None and end <= start:
            raise self.wrong(f"effective_to {end} is not after effective_from {start}. {remedy}")
        return Period(start, end)


def read_rows(folder: Traversable, name: str, columns: tuple[str, ...]) -> Iterator[Row]:
    """The records of a file, one a line; blank lines and lines that begin with # are left out. No file, no records."""
    file = folder / name
    if not file.is_file():
        return
    lines = [(n, text) for n, text in enumerate(file.read_text("utf-8").splitlines(), 1) if text.strip(", ")]
    lines = [(number, text) for number, text in lines if not text.startswith("#")]
    if not lines:
        return
    header = next(csv.reader([lines[0][1]]))
    _refuse_unknown_columns(name, header, columns)
    for number, text in lines[1:]:
        yield _row(name, number, header, text)


def _row(name: str, number: int, header: list[str], text: str) -> Row:
    cells = next(csv.reader([text]))
    if len(cells) != len(header):
        raise PackInvalid(
            f"{name}, line {number}: {len(cells)} cells where the first line names {len(header)}. "
            "Write one record a line, with quotes around a cell that has a comma."
        )
    return Row(name, number, {column: cell.strip() for column, cell in zip(header, cells, strict=True)})


def _refuse_unknown_columns(name: str, header: list[str], columns: tuple[str, ...]) -> None:
    unknown = [column for column in header if column not in columns]
    if unknown:
        raise PackInvalid(f"{name}, line 1: unknown column {', '.join(unknown)}. There are: {', '.join(columns)}.")


def _not_negative(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite() or number < 0:
        raise ValueError(text)
    return number


def _fraction(text: str) -> Decimal:
    above, _, below = text.partition("/")
    return _not_negative(above) / (_not_negative(below) if below else 100)
