"""Tables as files for others' programs: CSV, JSON lines and XLSX, written row by row however long they are."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence

Value = str | int
Rows = Iterable[Sequence[Value]]

#: What a spreadsheet takes for the beginning of a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
_BLOCK = 65_536


def guarded(value: str) -> str:
    """The value so that no spreadsheet runs it as a formula."""
    return f"'{value}" if value.startswith(FORMULA) else value


def unguarded(value: str) -> str:
    """The value as it was before ``guarded``."""
    return value[1:] if value.startswith("'") and value[1:].startswith(FORMULA) else value


def as_csv(header: Sequence[str], rows: Rows) -> Iterator[bytes]:
    """Begins with a byte order mark, without which spreadsheets misread what is not ASCII."""
    yield "\N{ZERO WIDTH NO-BREAK SPACE}".encode()
    line = io.StringIO(newline="")
    writer = csv.writer(line)
    for row in _with(header, rows):
        line.seek(0)
        line.truncate()
        writer.writerow([guarded(value) if isinstance(value, str) else value for value in row])
        yield line.getvalue().encode()


def as_json_lines(header: Sequence[str], rows: Rows) -> Iterator[bytes]:
    """One object per row and line."""
    for row in rows:
        yield json.dumps(dict(zip(header, row, strict=True)), ensure_ascii=False).encode() + b"\n"


def as_xlsx(header: Sequence[str], rows: Rows) -> Iterator[bytes]:
    """A workbook of one sheet. Texts stay texts, whatever they look like."""
    import xlsxwriter

    with tempfile.TemporaryFile() as file:
        with xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False}) as workbook:
            sheet = workbook.add_worksheet()
            for number, row in enumerate(_with(header, rows)):
                for column, value in enumerate(row):
                    (sheet.write_number if isinstance(value, int) else sheet.write_string)(number, column, value)
        file.seek(0)
        while block := file.read(_BLOCK):
            yield block


def _with(header: Sequence[str], rows: Rows) -> Iterator[Sequence[Value]]:
    yield header
    yield from rows


#: {ending of the file's name: (writer, content type)}
FORMATS: dict[str, tuple[Callable[[Sequence[str], Rows], Iterator[bytes]], str]] = {
    "csv": (as_csv, "text/csv; charset=utf-8"),
    "jsonl": (as_json_lines, "application/jsonl; charset=utf-8"),
    "xlsx": (as_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
