"""The rows that were not imported, as a CSV to correct and import again."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from entrepot.catalog.importing.failures import RowFailure
from entrepot.catalog.importing.sheets import FAILED_REASON, FAILED_ROW, Row, column_key
from entrepot.kernel.tables import guarded


class FailedRows:
    """Collects rows in a file that is created with the first of them; without a path it does nothing.

    Values that a spreadsheet would run as a formula get an apostrophe, which the next import takes off again.
    """

    def __init__(self, path: Path | None, header: Sequence[str], *, whole: str = "a product") -> None:
        self._path = path
        self._whole = whole
        self._titles = [title for title in header if column_key(title) not in (FAILED_ROW, FAILED_REASON)]
        self._file: TextIO | None = None

    def __enter__(self) -> FailedRows:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            self._file.close()

    def add(self, rows: Iterable[Row], failures: Iterable[RowFailure]) -> None:
        """All rows of one product or order; each row's reasons beside it."""
        if self._path is None:
            return
        reasons: dict[int, list[str]] = {}
        for failure in failures:
            reasons.setdefault(failure.row, []).append(f"{failure.column} {failure.reason} {failure.remedy}".strip())
        writer = self._writer(self._path)
        for row in rows:
            why = " ".join(reasons.get(row.number, [f"belongs to {self._whole} with a failed row."]))
            cells = (guarded(row.cells.get(column_key(title), "")) for title in self._titles)
            writer.writerow([row.number, guarded(why), *cells])

    def _writer(self, path: Path) -> Any:
        if self._file is None:
            self._file = path.open("w", encoding="utf-8-sig", newline="")
            csv.writer(self._file).writerow([FAILED_ROW, FAILED_REASON, *map(guarded, self._titles)])
        return csv.writer(self._file)
