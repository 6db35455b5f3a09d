"""Reads a list in the layout of the OFAC's sdn.csv: twelve columns, no header, ``-0-`` for nothing. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

_NOTHING = "-0-"
_END_OF_FILE = "\x1a"
_ALIAS = re.compile(r"\b[af]\.k\.a\.,? '([^']+)'")
_COLUMNS = 12


class ListUnreadable(ValueError):
    """A line is not in the layout; the message names it and the remedy."""


@dataclass(frozen=True)
class Entry:
    """One party on the list, with the other names that its remarks give."""

    id: str
    name: str
    programs: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    remarks: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.aliases)


def read_list(text: str) -> tuple[Entry, ...]:
    """The entries; raises ListUnreadable. A line of column names at the top is passed over."""
    return tuple(_entries(text))


def _entries(text: str) -> Iterator[Entry]:
    lines = csv.reader(io.StringIO(text.replace(_END_OF_FILE, ""), newline=""))
    for cells in lines:
        values = ["" if cell.strip() == _NOTHING else cell.strip() for cell in cells]
        if not any(values) or (lines.line_num == 1 and not values[0].isdigit()):
            continue
        if len(values) < _COLUMNS or not values[0] or not values[1]:
            raise ListUnreadable(
                f"Line {lines.line_num} has {len(values)} columns, or no number or name. Write twelve, as in sdn.csv: "
                "number, name, type, program, title, call sign, vessel type, tonnage, GRT, flag, owner, remarks."
            )
        yield _entry(values)


def _entry(values: list[str]) -> Entry:
    remarks = values[_COLUMNS - 1]
    programs = tuple(program.strip(" []") for program in values[3].split("] ["))
    return Entry(values[0], values[1], tuple(filter(None, programs)), tuple(_ALIAS.findall(remarks)), remarks)
