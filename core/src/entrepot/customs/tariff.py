"""The merchant's own duty rates: one CSV for all destinations, checked as a whole before it is kept."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources.abc import Traversable
from pathlib import Path

from entrepot.customs.engine.pack import STANDARD, Pack
from entrepot.customs.engine.records import Cited, Method, PackInvalid, Rate, Source, Unit
from entrepot.customs.engine.rows import Row, read_rows

FILE = "duty-rates.csv"
COLUMNS = ("destination", "hs", "origin", "rate", "effective_from", "effective_to", "source", "retrieved", "note")


@dataclass(frozen=True)
class ImportReport:
    """What an import did with each record."""

    added: int
    unchanged: int

    def __str__(self) -> str:
        return f"{self.added} duty rates added, {self.unchanged} were there already"


def read_tariff(folder: Traversable, pack: Pack, version: str) -> list[Rate]:
    """The merchant's duty rates for the destinations of a pack, as records of its key ``duty``."""
    rates = [_rate(row, pack.id, version) for row in _rows(folder)]
    return [rate for rate in rates if rate.area.partition("-")[0] in pack.countries]


def import_tariff(source: Path, folder: Path) -> ImportReport:
    """Add the rates of a CSV file to the merchant's own; all of it or nothing, and twice is as good as once.

    Raises PackInvalid with the line that is wrong or that contradicts a rate for the same goods and days.
    """
    if not source.is_file():
        raise PackInvalid(f"{source} is no file. Name a CSV with the columns {', '.join(COLUMNS)}.")
    known = list(_rows(folder))
    new = list(read_rows(source.parent, source.name, COLUMNS))
    if not new:
        raise PackInvalid(f"{source} has no rates. The first line names the columns: {', '.join(COLUMNS)}.")
    have = {_cells(row) for row in known}
    added = list(dict.fromkeys(_cells(row) for row in new if _cells(row) not in have))
    _refuse_contradictions([*known, *(row for row in new if _cells(row) not in have)])
    if added:
        folder.mkdir(parents=True, exist_ok=True)
        _replace(folder / FILE, [*(_cells(row) for row in known), *added])
    return ImportReport(added=len(added), unchanged=len(new) - len(added))


def _rows(folder: Traversable) -> Iterable[Row]:
    return read_rows(folder, FILE, COLUMNS)


def _cells(row: Row) -> tuple[str, ...]:
    return tuple(row[column] for column in COLUMNS)


def _refuse_contradictions(rows: Sequence[Row]) -> None:
    seen: dict[tuple[str, str, str], list[tuple[Row, Rate]]] = {}
    done: set[tuple[str, ...]] = set()
    for row in rows:
        if _cells(row) in done:
            continue
        done.add(_cells(row))
        rate = _rate(row, "tariff", "")
        for other, earlier in seen.setdefault((rate.area, rate.hs, rate.origin), []):
            if rate.cited.period.overlaps(earlier.cited.period):
                raise row.wrong(
                    f"{rate.area}, HS {rate.hs}: {rate.cited.period} overlaps {other.place} ({earlier.cited.period}). "
                    "Let effective_to of the earlier be effective_from of the later."
                )
        seen[rate.area, rate.hs, rate.origin].append((row, rate))


def _rate(row: Row, pack_id: str, version: str) -> Rate:
    area, hs, origin = row.area("destination"), row.hs(), row.area("origin")
    row.required("destination")
    row.required("hs")
    row.required("rate")
    cited = Cited(
        pack=pack_id,
        version=version,
        id=f"tariff/{area}/{hs}" + (f"/{origin}" if row["origin"] else ""),
        period=row.period(),
        source=Source("tariff", row.required("source"), "the merchant's duty rates", "", "C"),
        retrieved=row.day("retrieved"),
        note=row["note"] or f"Duty on HS {hs}",
        place=row.place,
    )
    fraction = row.fraction("rate")
    return Rate("duty", area, STANDARD, hs, origin, Method.AD_VALOREM, fraction, Decimal(0), "", Unit.PIECE, cited)


def _replace(file: Path, records: Sequence[tuple[str, ...]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([COLUMNS, *records])
    partial = file.with_suffix(".partial")
    partial.write_text(text.getvalue(), encoding="utf-8")
    partial.replace(file)
