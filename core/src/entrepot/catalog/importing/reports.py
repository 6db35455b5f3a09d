"""What an import did, or in a dry run would do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from entrepot.catalog.importing.failures import RowFailure

#: So many failures, changes and verdicts are kept in the report; all are counted.
KEPT = 1000


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of some rows of the file. ``action``: created, unchanged or failed."""

    rows: str
    subject: str
    action: str
    text: str = ""


@dataclass(frozen=True)
class ImportReport:
    """What happened, or in a dry run: what would. ``changes`` are (slug, "created" or "updated"), the first 1000."""

    file_name: str
    format: str
    dry_run: bool
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    failed: int = 0
    failures: tuple[RowFailure, ...] = ()
    changes: tuple[tuple[str, str], ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    import_id: int | None = None

    @property
    def seen(self) -> int:
        """Products or orders that were looked at so far."""
        return self.created + self.updated + self.unchanged + self.failed


Progress = Callable[[ImportReport], None]


def row_span(numbers: list[int]) -> str:
    """Row numbers for people: ``2–4, 9``."""
    spans: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if spans and number == spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], number)
        else:
            spans.append((number, number))
    return ", ".join(str(first) if first == last else f"{first}\N{EN DASH}{last}" for first, last in spans)
