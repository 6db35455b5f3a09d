"""Tables from CSV and XLSX files, checked as a whole before the first row is used.

A file that is damaged anywhere is refused before anything is written, which costs one more pass over it.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from entrepot.catalog.importing.failures import ImportRefused
from entrepot.kernel.tables import unguarded

DELIMITERS = {",": "a comma", ";": "a semicolon", "\t": "a tab"}
LONGEST_LINE = 4_000_000
LONGEST_FIELD = 1_000_000
LARGEST_WORKBOOK = 200_000_000
CHUNK = 1 << 20

#: Columns that the file of failed rows has in addition; such a file can be corrected and imported again.
FAILED_ROW = "import: row"
FAILED_REASON = "import: reason"


@dataclass(frozen=True, slots=True)
class Row:
    """Cells by column name in small letters; ``surplus`` counts cells beyond the header."""

    number: int
    cells: Mapping[str, str]
    surplus: int = 0


@dataclass(frozen=True)
class Sheet:
    """A table whose first row names the columns. ``rows()`` starts anew at every call."""

    name: str
    header: tuple[str, ...]
    records: Callable[[], Iterator[Sequence[str]]]

    @property
    def columns(self) -> frozenset[str]:
        return frozenset(column_key(title) for title in self.header)

    def refuse_twin_columns(self) -> None:
        """Raises ImportRefused when two columns have the same name."""
        seen: set[str] = set()
        for title in self.header:
            if title and column_key(title) in seen:
                raise ImportRefused(f"{self.name} has the column {title!r} twice. Rename or remove one of them.")
            seen.add(column_key(title))

    def rows(self) -> Iterator[Row]:
        """Every row that is not blank, with its number in the spreadsheet."""
        keys = [column_key(title) for title in self.header]
        corrected = FAILED_REASON in keys
        for number, record in enumerate(self.records(), start=1):
            if number == 1 or not any(record):
                continue
            values = [unguarded(value) for value in record] if corrected else record
            surplus = sum(1 for value in values[len(keys) :] if value)
            yield Row(number, dict(zip(keys, values, strict=False)), surplus)


def open_sheet(path: Path) -> Sheet:
    """Open and check a table. Raises ImportRefused with what is wrong, where, and the remedy."""
    if not path.is_file():
        raise ImportRefused(f"There is no file {path}. Check the path.")
    records = _workbook_records(path) if path.suffix.lower() in (".xlsx", ".xlsm", ".ods") else _csv_records(path)
    header = tuple(title.strip() for title in next(records(), ()))
    while header and not header[-1]:
        header = header[:-1]
    if not header:
        raise ImportRefused(f"{path.name} is empty. Its first row must name the columns.")
    return Sheet(path.name, header, records)


def column_key(title: str) -> str:
    return " ".join(title.split()).lower()


def _csv_records(path: Path) -> Callable[[], Iterator[Sequence[str]]]:
    _refuse_damaged_text(path)
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST_FIELD))
    delimiter = _delimiter(path)

    def records() -> Iterator[Sequence[str]]:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from csv.reader(file, delimiter=delimiter, strict=True)

    _refuse_broken_quotes(path, records())
    return records


def _refuse_damaged_text(path: Path) -> None:
    """One pass over the bytes: encoding, NUL bytes, endless lines."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    line, unfinished = 1, 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            _refuse_nul(path, chunk, line)
            _refuse_other_encoding(path, decoder, chunk, line)
            unfinished = _refuse_endless_line(path, chunk, line, unfinished)
            line += chunk.count(b"\n")
    _refuse_other_encoding(path, decoder, b"", line, final=True)


def _refuse_other_encoding(
    path: Path, decoder: codecs.IncrementalDecoder, chunk: bytes, line: int, *, final: bool = False
) -> None:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError as error:
        raise _not_utf8(path, line + error.object[: error.start].count(b"\n")) from None


def _refuse_endless_line(path: Path, chunk: bytes, line: int, unfinished: int) -> int:
    """The length of the line that the chunk leaves unfinished, given that of the one it continues.

    A chunk is shorter than the longest line, so only the line that it continues can be too long.
    """
    lines = chunk.replace(b"\r", b"\n").split(b"\n")
    if unfinished + len(lines[0]) > LONGEST_LINE:
        raise ImportRefused(
            f"{path.name}, line {line}: longer than {LONGEST_LINE // 1_000_000} MB. This is not a table with one "
            "product, variant or order line per row. Export the file again."
        )
    return len(lines[-1]) if len(lines) > 1 else unfinished + len(chunk)


def _refuse_nul(path: Path, chunk: bytes, line: int) -> None:
    if line == 1 and chunk.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise _not_utf8(path, 1)
    if (position := chunk.find(b"\0")) >= 0:
        raise ImportRefused(
            f"{path.name}, line {line + chunk[:position].count(bytes([10]))}: contains NUL bytes, so it is not a text "
            "file. Export it again as 'CSV UTF-8', or give an .xlsx file its own ending."
        )


def _not_utf8(path: Path, line: int) -> ImportRefused:
    return ImportRefused(
        f"{path.name}, line {line}: not written in UTF-8. Open it in the program it comes from and save it as "
        "'CSV UTF-8'."
    )


def _delimiter(path: Path) -> str:
    """The one that splits the header into most columns."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        first = file.readline(LONGEST_LINE)
    return max(DELIMITERS, key=lambda delimiter: len(next(csv.reader([first], delimiter=delimiter), [])))


def _refuse_broken_quotes(path: Path, records: Iterator[Sequence[str]]) -> None:
    number = 0
    try:
        for number, _ in enumerate(records, start=1):  # noqa: B007  (the number is for the message)
            pass
    except csv.Error as error:
        raise ImportRefused(
            f"{path.name}, row {number + 1}: a quotation mark is opened and not closed, or stands inside a cell "
            f"without being doubled ({error}). Correct this row or export the file again."
        ) from None


def _workbook_records(path: Path) -> Callable[[], Iterator[Sequence[str]]]:
    from python_calamine import CalamineError, CalamineWorkbook

    _refuse_inflated(path)
    try:
        sheet = CalamineWorkbook.from_path(path).get_sheet_by_index(0)
        cells = sheet.to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError) as error:
        raise ImportRefused(f"{path.name} cannot be read as a workbook ({error}). Save it as .xlsx or CSV.") from None
    return lambda: ([_cell_text(cell) for cell in record] for record in cells)


def _refuse_inflated(path: Path) -> None:
    """A workbook is a compressed archive: a small file can unpack to more than memory holds."""
    import zipfile

    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError):
        raise ImportRefused(f"{path.name} is not a workbook. Save it as .xlsx or CSV.") from None
    if size > LARGEST_WORKBOOK:
        raise ImportRefused(f"{path.name} holds more than {LARGEST_WORKBOOK // 1_000_000} MB. Save it as CSV instead.")


def _cell_text(cell: Any) -> str:
    """As it is written in a CSV; numbers without the noise of binary fractions."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else format(cell, ".12g")
    return str(cell)
