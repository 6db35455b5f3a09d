"""The inbox as staff read it: which events came, what became of them, and trying once more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select

from entrepot.engine.runtime import Runtime
from entrepot.payments.inbox import apply_again, apply_unmatched
from entrepot.payments.models import InboxEvent, PaymentAttempt
from entrepot.storage.session import reader, unit_of_work

STATES = ("unmatched", "applied")
#: Events that are tried in one transaction.
BATCH = 50


@dataclass(frozen=True)
class EventView:
    """One verified event of a provider. ``unmatched`` ones wait for a payment with their reference."""

    id: int
    account_id: str
    event_id: str
    received_at: datetime
    reference: str
    outcome: str
    state: str


@dataclass(frozen=True)
class WaitingEvents:
    """How many events wait for their payment, and since when; counted up to a limit."""

    count: int
    oldest: datetime | None


def inbox_events(*, state: str = "", before: int = 0, limit: int = 100) -> list[EventView]:
    """Newest first, from below the id ``before`` on; 0 for the top."""
    row = InboxEvent
    columns = (row.id, row.account_id, row.event_id, row.received_at, row.reference, row.news, row.state)
    query = select(*columns).order_by(row.id.desc()).limit(limit)
    query = query.where(row.state == state) if state else query
    query = query.where(row.id < before) if before else query
    return [
        EventView(
            id=found.id,
            account_id=found.account_id,
            event_id=found.event_id,
            received_at=found.received_at,
            reference=found.reference,
            outcome=str(found.news.get("outcome", "")),
            state=found.state,
        )
        for found in reader().execute(query)
    ]


def waiting_events(most: int = 1000) -> WaitingEvents:
    some = select(InboxEvent.received_at).where(InboxEvent.state == "unmatched").limit(most).subquery()
    row = reader().execute(select(func.count(), func.min(some.c.received_at)).select_from(some)).one()
    return WaitingEvents(row[0], row[1])


def try_again(
    runtime: Runtime,
    *,
    id: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    applied_too: bool = False,
) -> int:
    """Give events to their payments once more; returns how many found theirs. What was applied changes nothing.

    ``since`` (inclusive) and ``until`` (exclusive) bound the time at which they came.
    """
    ids = _chosen(id, since, until, applied_too)
    return sum(_try(runtime, ids[start : start + BATCH]) for start in range(0, len(ids), BATCH))


def _chosen(id: int | None, since: datetime | None, until: datetime | None, applied_too: bool) -> Sequence[int]:
    wanted: list[ColumnElement[bool]] = [] if applied_too else [InboxEvent.state == "unmatched"]
    wanted += [InboxEvent.id == id] if id is not None else []
    wanted += [InboxEvent.received_at >= since] if since else []
    wanted += [InboxEvent.received_at < until] if until else []
    return reader().scalars(select(InboxEvent.id).where(*wanted).order_by(InboxEvent.id)).all()


def _try(runtime: Runtime, ids: Sequence[int]) -> int:
    same: Any = (InboxEvent.account_id == PaymentAttempt.account_id) & (
        InboxEvent.reference == PaymentAttempt.reference
    )
    query = select(InboxEvent, PaymentAttempt).join(PaymentAttempt, same).where(InboxEvent.id.in_(ids))
    with unit_of_work() as session:
        found = session.execute(query.order_by(InboxEvent.id)).all()
        for event, attempt in found:
            if event.state == "unmatched":
                apply_unmatched(session, runtime, attempt)
            else:
                apply_again(runtime, attempt, event)
        return len(found)
