"""A stock list as text becomes events. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from entrepot.sdk import StockEvent

DELIMITERS = (",", ";", "\t")
MOST_ROWS = 500_000
MOST_PIECES = 1_000_000_000


class ListUnreadable(ValueError):
    """The text is no stock list; says what is wrong and what to do."""


@dataclass(frozen=True)
class Columns:
    """How the list calls its columns; ``warehouse`` and ``sequence`` may be missing in it."""

    sku: str = "sku"
    on_hand: str = "on_hand"
    warehouse: str = "warehouse"
    sequence: str = "sequence"


def read_list(text: str, columns: Columns, *, warehouse: str, sequence: int) -> list[StockEvent]:
    """One event per row, lowest sequence first. A list without a column of sequences is one word of the source: all
    its rows have ``sequence``. Raises ListUnreadable: a list that is wrong anywhere is not believed at all.
    """
    rows = list(_rows(text, columns))
    events = [_event(number, row, columns, warehouse, sequence) for number, row in rows]
    if len(events) > MOST_ROWS:
        raise ListUnreadable(f"It has more than {MOST_ROWS} rows. Split it into several accounts.")
    return sorted(events, key=lambda event: event.sequence)


def _rows(text: str, columns: Columns) -> Iterator[tuple[int, Mapping[str, str]]]:
    text = text.removeprefix("\ufeff")
    header = text.split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=header.count)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    try:
        titles = [title.strip().lower() for title in next(reader, [])]
        missing = [each for each in (columns.sku, columns.on_hand) if each.strip().lower() not in titles]
        if missing:
            raise ListUnreadable(
                f"It has no column {', '.join(missing)}. Its first row reads: {header.strip()[:120]!r}."
            )
        for number, cells in enumerate(reader, start=2):
            if any(cell.strip() for cell in cells):
                yield number, {title: cell.strip() for title, cell in zip(titles, cells, strict=False)}
    except csv.Error as error:
        raise ListUnreadable(f"It is no CSV ({error}). Look at its quotation marks.") from error


def _event(number: int, row: Mapping[str, str], columns: Columns, warehouse: str, sequence: int) -> StockEvent:
    sku = row.get(columns.sku.strip().lower(), "")
    if not sku:
        raise ListUnreadable(f"Row {number} names no SKU.")
    own = row.get(columns.sequence.strip().lower(), "")
    return StockEvent(
        sequence=_whole(number, columns.sequence, own) if own else sequence,
        sku=sku,
        on_hand=_pieces(number, columns.on_hand, row.get(columns.on_hand.strip().lower(), "")),
        warehouse=row.get(columns.warehouse.strip().lower(), "") or warehouse,
    )


def _pieces(number: int, column: str, written: str) -> int:
    """Whole pieces; what is written as 5.0 is 5, and what was oversold there counts as none."""
    plain = written.removesuffix(".0").removesuffix(".00")
    if plain.startswith("-") and plain[1:].isdecimal() and plain.isascii():
        return 0
    found = _whole(number, column, plain)
    if found > MOST_PIECES:
        raise ListUnreadable(f"Row {number}: {column} {written!r} is more than any warehouse holds.")
    return found


def _whole(number: int, column: str, written: str) -> int:
    if not (written.isascii() and written.isdecimal()) or len(written) > 16:
        raise ListUnreadable(f"Row {number}: {column} {written[:40]!r} is no whole number. Write it like 12.")
    return int(written)
