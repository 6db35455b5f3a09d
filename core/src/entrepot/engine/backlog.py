"""Work that waits: facts on their way to consumers and queued jobs, how much of it, since when, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select

from entrepot.engine.models import QueuedJob
from entrepot.storage.models import FactDelivery, FactRow
from entrepot.storage.session import reader

#: Counting stops here: more tells a person no more.
MOST = 10_000
STATES = ("parked", "due", "done")


@dataclass(frozen=True)
class DeliveryView:
    """One fact on its way to one consumer. ``next_at`` is when it is tried next, while it is due."""

    fact_seq: int
    consumer: str
    kind: str
    order_number: str
    at: datetime
    state: str
    attempts: int
    next_at: datetime
    error: str


@dataclass(frozen=True)
class Pile:
    """Work of one sort in one state; ``oldest`` is None when there is none."""

    count: int
    oldest: datetime | None


@dataclass(frozen=True)
class Backlog:
    """Everything that waits. ``retrying`` failed at least once and is tried again by itself."""

    new_facts: Pile
    due_facts: Pile
    retrying_facts: Pile
    parked_facts: Pile
    due_jobs: Pile
    retrying_jobs: Pile
    parked_jobs: Pile


def backlog() -> Backlog:
    """Counts up to ``MOST`` and the oldest of each, in seven queries."""
    facts, jobs = FactDelivery, QueuedJob
    is_due, job_is_due = facts.state == "due", jobs.state == "due"
    return Backlog(
        new_facts=_facts_in(FactRow.fanned_out.is_(False)),
        due_facts=_deliveries_in(is_due, facts.attempts == 0),
        retrying_facts=_deliveries_in(is_due, facts.attempts > 0),
        parked_facts=_deliveries_in(facts.state == "parked"),
        due_jobs=_jobs_in(job_is_due, jobs.attempts == 0),
        retrying_jobs=_jobs_in(job_is_due, jobs.attempts > 0),
        parked_jobs=_jobs_in(jobs.state == "parked"),
    )


def deliveries(
    *, state: str = "", consumer: str = "", after: tuple[int, str] = (0, ""), limit: int = 100
) -> list[DeliveryView]:
    """Deliveries in the order of their facts, from the one after ``after`` (fact, consumer) on."""
    row = FactDelivery
    query = (
        select(row.fact_seq, row.consumer, FactRow.kind, FactRow.payload, FactRow.at, row.state, row.attempts,
               row.next_at, row.error)
        .join(FactRow, FactRow.seq == row.fact_seq)
        .where((row.fact_seq > after[0]) | ((row.fact_seq == after[0]) & (row.consumer > after[1])))
        .order_by(row.fact_seq, row.consumer)
        .limit(limit)
    )  # fmt: skip
    query = query.where(row.state == state) if state else query
    query = query.where(row.consumer == consumer) if consumer else query
    return [_view(found) for found in reader().execute(query)]


def consumers() -> list[str]:
    """Who has anything on its way or parked."""
    names = select(FactDelivery.consumer).where(FactDelivery.state != "done").distinct()
    return sorted(reader().scalars(names))


def _view(row: Row[Any]) -> DeliveryView:
    return DeliveryView(
        fact_seq=row.fact_seq,
        consumer=row.consumer,
        kind=row.kind,
        order_number=str(row.payload.get("order_number", "")),
        at=row.at,
        state=row.state,
        attempts=row.attempts,
        next_at=row.next_at,
        error=row.error,
    )


def _facts_in(*wanted: ColumnElement[bool]) -> Pile:
    return _pile(select(FactRow.at.label("since")).where(*wanted))


def _deliveries_in(*wanted: ColumnElement[bool]) -> Pile:
    joined = select(FactRow.at.label("since")).join(FactDelivery, FactDelivery.fact_seq == FactRow.seq)
    return _pile(joined.where(*wanted))


def _jobs_in(*wanted: ColumnElement[bool]) -> Pile:
    return _pile(select(QueuedJob.queued_at.label("since")).where(*wanted))


def _pile(query: Any) -> Pile:
    some = query.order_by("since").limit(MOST).subquery()
    row = reader().execute(select(func.count().label("pieces"), func.min(some.c.since).label("oldest"))).one()
    return Pile(row.pieces, row.oldest)
