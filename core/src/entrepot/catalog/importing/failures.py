"""What is wrong with a file or with a row, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.sdk.errors import EntrepotError


class ImportRefused(EntrepotError):
    """The file cannot be imported as it is; nothing was written."""


@dataclass(frozen=True, slots=True)
class RowFailure:
    """Why a row, and with it its product or order, was not imported. The header is row 1."""

    row: int
    column: str
    value: str
    reason: str
    remedy: str

    def __str__(self) -> str:
        where = f"{self.column} {self.value!r}" if self.column else ""
        return f"Row {self.row}: " + " ".join(part for part in (where, self.reason, self.remedy) if part)
