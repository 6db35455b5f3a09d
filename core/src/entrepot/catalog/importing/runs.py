"""The record of every import that wrote something."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from entrepot.catalog.importing.reports import ImportReport
from entrepot.catalog.models import Import
from entrepot.storage.session import reader, unit_of_work


@dataclass(frozen=True)
class ImportRun:
    """One run of an import; ``finished_at`` is None while it is under way, or when its process died."""

    id: int
    kind: str
    file_name: str
    format: str
    started_at: datetime
    finished_at: datetime | None
    created: int
    updated: int
    unchanged: int
    failed: int
    actor: str
    undone_at: datetime | None


_run: Any = select(
    Import.id,
    Import.kind,
    Import.file_name,
    Import.format,
    Import.started_at,
    Import.finished_at,
    Import.created,
    Import.updated,
    Import.unchanged,
    Import.failed,
    Import.actor,
    Import.undone_at,
)


def start(file_name: str, format: str, *, kind: str, actor: str, at: datetime) -> int:
    """Note that an import begins; its id."""
    row = {"kind": kind, "file_name": file_name[:250], "format": format, "started_at": at, "actor": actor[:120]}
    with unit_of_work() as session:
        return int(session.execute(insert(Import).returning(Import.id), row).scalar_one())


def finish(import_id: int, report: ImportReport, *, at: datetime) -> None:
    """Note what became of its rows."""
    values = {
        "created": report.created,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "failed": report.failed,
        "failures": [{"row": failure.row, "reason": str(failure)} for failure in report.failures],
        "finished_at": at,
    }
    with unit_of_work() as session:
        session.execute(update(Import).where(Import.id == import_id).values(**values))


def note_undone(session: Session, import_id: int, *, at: datetime) -> None:
    session.execute(update(Import).where(Import.id == import_id).values(undone_at=at))


def latest(limit: int) -> list[ImportRun]:
    """The newest first."""
    return [ImportRun(*row) for row in reader().execute(_run.order_by(Import.id.desc()).limit(limit))]


def find(import_id: int) -> ImportRun | None:
    row = reader().execute(_run.where(Import.id == import_id)).one_or_none()
    return ImportRun(*row) if row is not None else None
