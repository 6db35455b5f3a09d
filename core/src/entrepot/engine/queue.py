"""One-off jobs: queued in the transaction that makes them necessary, tried with growing pauses, parked, repeated.

They lie in the shop's own database, so a job and the change that asked for it are committed together. Several workers
may run at once: a job belongs to whoever moved its ``next_at`` into the future first.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.sql.elements import ColumnElement

from entrepot.engine.delivery import ATTEMPTS, LEASE, pause_after
from entrepot.engine.limits import described
from entrepot.engine.models import QueuedJob
from entrepot.engine.runtime import Runtime
from entrepot.kernel.ids import new_id
from entrepot.storage.session import reader, release_reader, unit_of_work

#: What a worker takes at once; small, since a lease must outlast a batch.
BATCH = 10
#: Jobs that are done are kept this long, to be repeated when a receiver lost them.
KEEP = timedelta(days=30)
#: Carries out one kind of job. May be called again with the same payload after a crash.
Task = Callable[[Runtime, Mapping[str, Any]], None]
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class JobView:
    """One queued job, as lists show it."""

    id: str
    name: str
    subject: str
    payload: Mapping[str, Any]
    state: str
    attempts: int
    queued_at: datetime
    next_at: datetime
    error: str


@dataclass(frozen=True)
class _Claimed:
    id: str
    name: str
    payload: Mapping[str, Any]
    attempts: int


def enqueue(runtime: Runtime, name: str, payload: Mapping[str, Any], *, id: str = "", subject: str = "") -> str:
    """Have the worker do this; returns the job's id. Joins the open unit of work; a known id changes nothing."""
    job_id = id or new_id()
    now = runtime.clock.now()
    with unit_of_work() as session:
        if session.get(QueuedJob, job_id) is None:
            session.add(
                QueuedJob(id=job_id, name=name, subject=subject, payload=dict(payload), queued_at=now, next_at=now)
            )
            session.flush()
    return job_id


def run_queued(runtime: Runtime, tasks: Mapping[str, Task], limit: int = 100) -> int:
    """Try the jobs that are due and whose task is known; returns how many were tried."""
    tried = 0
    while tried < limit and (claimed := _claim(runtime, list(tasks), min(BATCH, limit - tried))):
        for job in claimed:
            _settle(runtime, job, _attempt(runtime, tasks[job.name], job))
        tried += len(claimed)
    return tried


def replay(
    runtime: Runtime,
    *,
    name: str = "",
    subject: str = "",
    id: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    done_too: bool = False,
) -> int:
    """Make parked jobs due again, and with ``done_too`` those that succeeded; returns how many.

    ``since`` (inclusive) and ``until`` (exclusive) bound the time at which they were queued.
    """
    wanted = _chosen(name, subject, id, since, until)
    states = ("parked", "done") if done_too else ("parked",)
    with unit_of_work() as session:
        again = update(QueuedJob).where(*wanted, QueuedJob.state.in_(states))
        values = {"state": "due", "attempts": 0, "next_at": runtime.clock.now(), "error": ""}
        return int(session.execute(again.values(values)).rowcount)  # type: ignore[attr-defined]


def queued(
    *,
    name: str = "",
    subject: str = "",
    state: str = "",
    before: tuple[datetime, str] | None = None,
    limit: int = 100,
) -> list[JobView]:
    """Jobs, the newest first, from the one after ``before`` (its time and id) on."""
    query = select(QueuedJob.__table__).where(*_chosen(name, subject, "", None, None))
    if state:
        query = query.where(QueuedJob.state == state)
    if before:
        at, id = before
        query = query.where((QueuedJob.queued_at < at) | ((QueuedJob.queued_at == at) & (QueuedJob.id < id)))
    rows = reader().execute(query.order_by(QueuedJob.queued_at.desc(), QueuedJob.id.desc()).limit(limit)).all()
    return [JobView(*row) for row in rows]


def find(id: str) -> JobView | None:
    """One job; None when there is none."""
    row = reader().execute(select(QueuedJob.__table__).where(QueuedJob.id == id)).one_or_none()
    return JobView(*row) if row is not None else None


def names() -> list[str]:
    """Kinds of jobs that there are any of."""
    return sorted(reader().scalars(select(QueuedJob.name).distinct()))


def forget_done(runtime: Runtime) -> int:
    """Delete jobs that succeeded long ago; returns how many."""
    old = delete(QueuedJob).where(QueuedJob.state == "done", QueuedJob.queued_at < runtime.clock.now() - KEEP)
    with unit_of_work() as session:
        return int(session.execute(old).rowcount)  # type: ignore[attr-defined]


def _chosen(
    name: str, subject: str, id: str, since: datetime | None, until: datetime | None
) -> list[ColumnElement[bool]]:
    equal = {QueuedJob.name: name, QueuedJob.subject: subject, QueuedJob.id: id}
    found: list[ColumnElement[bool]] = [column == value for column, value in equal.items() if value]
    found += [QueuedJob.queued_at >= since] if since else []
    return found + ([QueuedJob.queued_at < until] if until else [])


def _claim(runtime: Runtime, names: Sequence[str], size: int) -> list[_Claimed]:
    """Take due jobs for this worker alone."""
    now = runtime.clock.now()
    is_due = (QueuedJob.state == "due", QueuedJob.next_at <= now, QueuedJob.name.in_(names))
    due = reader().scalars(select(QueuedJob.id).where(*is_due).order_by(QueuedJob.next_at).limit(size)).all()
    release_reader()
    if not due:
        return []
    with unit_of_work() as session:
        taken = []
        for job_id in due:
            mine = update(QueuedJob).where(*is_due, QueuedJob.id == job_id)
            mine = mine.values(next_at=now + LEASE, attempts=QueuedJob.attempts + 1)
            columns = (QueuedJob.id, QueuedJob.name, QueuedJob.payload, QueuedJob.attempts)
            row = session.execute(mine.returning(*columns)).one_or_none()
            taken += [_Claimed(*row)] if row is not None else []
    return taken


def _attempt(runtime: Runtime, task: Task, job: _Claimed) -> Exception | None:
    """Carry it out once, outside any transaction; returns the error, if any."""
    try:
        task(runtime, job.payload)
    except (Exception, SystemExit) as error:
        return described(error)
    finally:
        release_reader()
    return None


def _settle(runtime: Runtime, job: _Claimed, error: Exception | None) -> None:
    """Write down how an attempt ended."""
    if error is None:
        values: dict[str, Any] = {"state": "done", "error": ""}
    else:
        _log.warning("Job %s %s failed (attempt %d): %s", job.name, job.id, job.attempts, error)
        text = f"{type(error).__name__}: {error}"[:2000]
        values = {"next_at": runtime.clock.now() + pause_after(job.attempts), "error": text}
        if job.attempts >= ATTEMPTS:
            values["state"] = "parked"
    with unit_of_work() as session:
        session.execute(update(QueuedJob).where(QueuedJob.id == job.id).values(values))
