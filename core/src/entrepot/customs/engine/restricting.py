"""What may not be sent to a place, or only with papers: findings with the reason. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from entrepot.customs.engine.case import Case
from entrepot.customs.engine.consignment import Line
from entrepot.customs.engine.records import Restriction
from entrepot.sdk.customs import Finding, Severity


def restricted(case: Case) -> Iterator[Finding]:
    """A finding per line and record that concerns it, in the order of the records."""
    for record in case.pack.restrictions_on(case.areas, case.consignment.day):
        for line in case.lines:
            if record.concerns(line.hs_digits, line.origin, line.attributes, line.category):
                yield from _finding(case, record, line)


def _finding(case: Case, record: Restriction, line: Line) -> Iterator[Finding]:
    mode = case.consignment.mode
    if record.mode and mode is None:
        text = f"Line {line.id} may be restricted by {record.mode}: {record.cited.note} Say how it is sent."
        yield Finding(Severity.MISSING, text, record.cited.ref, line.id)
    elif record.mode in ("", mode):
        yield Finding(record.severity, record.cited.note, record.cited.ref, line.id)
