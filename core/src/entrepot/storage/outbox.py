"""Recording facts in the open transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from entrepot.kernel.clock import Clock
from entrepot.kernel.ids import new_id
from entrepot.sdk.facts import FACTS, Fact
from entrepot.storage.models import FactRow
from entrepot.storage.session import append_at_end, reader, release_reader

#: Facts that are read at once.
BATCH = 500
AnyFact = TypeVar("AnyFact", bound=Fact)


def record(session: Session, clock: Clock, fact_type: type[AnyFact], **values: Any) -> AnyFact:
    """Append a fact to the outbox; it becomes visible with the transaction's commit and never without it."""
    fact = fact_type(id=new_id(), at=clock.now(), **values)
    append_at_end(session, FactRow, {"id": fact.id, "kind": fact.kind, "at": fact.at, "payload": fact.payload()})
    return fact


def read(session: Session, fact_id: str) -> Fact | None:
    """A stored fact, or None when there is none or its kind is not known to this version."""
    row = session.execute(select(FactRow.__table__).where(FactRow.id == fact_id)).one_or_none()
    if row is None or row.kind not in FACTS:
        return None
    return FACTS[row.kind].from_payload(row.id, row.at, row.payload)


def between(since: datetime, until: datetime | None) -> Iterator[Sequence[Fact]]:
    """Stored facts from ``since`` (inclusive) to ``until`` (exclusive) in their order, batch by batch."""
    seen = 0
    while True:
        query = select(FactRow.__table__).where(FactRow.at >= since, FactRow.seq > seen).order_by(FactRow.seq)
        query = query.where(FactRow.at < until) if until else query
        rows = reader().execute(query.limit(BATCH)).all()
        release_reader()
        if not rows:
            return
        seen = rows[-1].seq
        yield [FACTS[row.kind].from_payload(row.id, row.at, row.payload) for row in rows if row.kind in FACTS]
