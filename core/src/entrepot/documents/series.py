"""Numbers without gaps: given out in the short transaction that stores the document, or not at all."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from entrepot.documents.models import Document, DocumentSeries
from entrepot.storage.session import reader


@dataclass(frozen=True)
class Gap:
    """Numbers that a series skipped or holds beyond its counter. There is never one."""

    legal_entity: str
    kind: str
    year: int
    positions: tuple[int, ...]


def locked(session: Session, legal_entity: str, kind: str, year: int) -> DocumentSeries:
    """The series, begun when it is the first of its year, held until the transaction ends."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    key = {"legal_entity": legal_entity, "kind": kind, "year": year}
    session.execute(dialect.insert(DocumentSeries).values(**key, last=0).on_conflict_do_nothing())
    query = select(DocumentSeries).filter_by(**key).with_for_update().execution_options(populate_existing=True)
    return session.scalars(query).one()


def gaps() -> list[Gap]:
    """The gap report: empty, always."""
    given = select(Document.legal_entity, Document.kind, Document.year, func.count().label("count"))
    by_series = given.group_by(Document.legal_entity, Document.kind, Document.year)
    counts = {(row.legal_entity, row.kind, row.year): row.count for row in reader().execute(by_series)}
    wrong = [
        series
        for series in reader().scalars(select(DocumentSeries))
        if counts.pop((series.legal_entity, series.kind, series.year), 0) != series.last
    ]
    return [_gap(series.legal_entity, series.kind, series.year, series.last) for series in wrong] + [
        _gap(*key, 0) for key in counts
    ]


def _gap(legal_entity: str, kind: str, year: int, last: int) -> Gap:
    there = set(
        reader().scalars(
            select(Document.position).where(
                Document.legal_entity == legal_entity, Document.kind == kind, Document.year == year
            )
        )
    )
    return Gap(legal_entity, kind, year, tuple(sorted(there ^ set(range(1, last + 1)))))
