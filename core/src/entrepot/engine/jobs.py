"""Periodic jobs of the core and of plugins, each by one worker at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from entrepot.engine.calls import with_own_app_context
from entrepot.engine.delivery import forget_delivered, pause_after
from entrepot.engine.limits import described, run_limited
from entrepot.engine.models import JobRun
from entrepot.engine.runtime import Runtime
from entrepot.kernel.texts import N_
from entrepot.sdk.errors import EntrepotError
from entrepot.sdk.jobs import JobContext
from entrepot.storage.session import reader, release_reader, unit_of_work

#: A plugin's job may take this long; the lease lasts a little longer.
JOB_LIMIT_S = 600.0
LEASE = timedelta(minutes=15)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PeriodicJob:
    """Work that repeats. ``name`` is ``core.<job>`` or ``<plugin id>.<job>``; ``run`` may be repeated after a crash."""

    name: str
    every: timedelta
    run: Callable[[Runtime], None]


@dataclass(frozen=True)
class PeriodicView:
    """A periodic job as lists show it. ``next_run`` is None while it runs, and before a worker first saw it."""

    name: str
    every: timedelta
    last_started: datetime | None
    last_finished: datetime | None
    next_run: datetime | None
    is_running: bool
    failures: int
    error: str


class JobUnknown(EntrepotError):
    status = 404

    def __init__(self, name: str) -> None:
        super().__init__(N_("There is no periodic job {name}. Compare with the list of periodic jobs."), name=name)


def run_due_jobs(runtime: Runtime, core_jobs: Sequence[PeriodicJob] = ()) -> int:
    """Run every job whose time has come, one after the other; returns how many ran. A failure stops no other job."""
    ran = 0
    last = _last_runs()
    for job in _all_jobs(runtime, core_jobs):
        now = runtime.clock.now()
        pause = _pause(job, last.get(job.name))
        if _is_due(last.get(job.name), now, pause) and _claim(job, now, pause):
            _finish(runtime, job, _run(runtime, job))
            ran += 1
    return ran


def periodic_jobs(runtime: Runtime, core_jobs: Sequence[PeriodicJob] = ()) -> list[PeriodicView]:
    """Every periodic job by name, with its last and its next run."""
    last = _last_runs()
    now = runtime.clock.now()
    views = [_view(job, last.get(job.name), now) for job in _all_jobs(runtime, core_jobs)]
    return sorted(views, key=lambda view: view.name)


def run_soon(runtime: Runtime, name: str, core_jobs: Sequence[PeriodicJob] = ()) -> None:
    """Have a worker run the job with its next look, whenever it was due. Raises JobUnknown."""
    if name not in {job.name for job in _all_jobs(runtime, core_jobs)}:
        raise JobUnknown(name)
    with unit_of_work() as session:
        session.execute(update(JobRun).where(JobRun.name == name).values(last_started=None))


def _all_jobs(runtime: Runtime, core_jobs: Sequence[PeriodicJob]) -> Iterator[PeriodicJob]:
    yield from (*core_jobs, *ENGINE_JOBS)
    yield from _plugin_jobs(runtime)


def _plugin_jobs(runtime: Runtime) -> Iterator[PeriodicJob]:
    for plugin_id, job in runtime.registry.jobs:
        name = f"{plugin_id}.{job.name}"
        context = JobContext(runtime.clock, runtime.shop, logging.getLogger(f"entrepot.plugin.{plugin_id}"))

        def run(runtime: Runtime, work: Callable[[JobContext], None] = job.run, context: JobContext = context) -> None:
            run_limited(with_own_app_context(lambda: work(context)), JOB_LIMIT_S, "job")

        yield PeriodicJob(name, job.every, run)


def _last_runs() -> dict[str, Row[Any]]:
    found = {row.name: row for row in reader().execute(select(JobRun.__table__))}
    release_reader()
    return found


def _pause(job: PeriodicJob, last: Row[Any] | None) -> timedelta:
    """How long after its last start the job is due again: a failed run is repeated sooner, then ever later."""
    failures = last.failures if last is not None else 0
    return min(job.every, pause_after(failures)) if failures else job.every


def _is_due(last: Row[Any] | None, now: datetime, pause: timedelta) -> bool:
    return last is None or last.last_started is None or last.last_started + pause <= now


def _view(job: PeriodicJob, last: Row[Any] | None, now: datetime) -> PeriodicView:
    if last is None:
        return PeriodicView(job.name, job.every, None, None, None, is_running=False, failures=0, error="")
    is_running = last.lease_until is not None and last.lease_until > now
    due = last.last_started + _pause(job, last) if last.last_started else now
    return PeriodicView(
        name=job.name,
        every=job.every,
        last_started=last.last_started,
        last_finished=last.last_finished,
        next_run=None if is_running else due,
        is_running=is_running,
        failures=last.failures,
        error=last.error,
    )


def _claim(job: PeriodicJob, now: datetime, pause: timedelta) -> bool:
    """Take the job for this worker; False when another one was faster."""
    with unit_of_work() as session:
        free = or_(JobRun.lease_until.is_(None), JobRun.lease_until <= now)
        due = or_(JobRun.last_started.is_(None), JobRun.last_started <= now - pause)
        mine = update(JobRun).where(JobRun.name == job.name, free, due)
        if session.execute(mine.values(last_started=now, lease_until=now + LEASE)).rowcount:  # type: ignore[attr-defined]
            return True
        if session.execute(select(JobRun.name).where(JobRun.name == job.name)).first() is not None:
            return False
    return _claim_new(job, now)


def _claim_new(job: PeriodicJob, now: datetime) -> bool:
    try:
        with unit_of_work() as session:
            session.execute(
                insert(JobRun).values(name=job.name, last_started=now, lease_until=now + LEASE, error="", failures=0)
            )
    except IntegrityError:
        return False
    return True


def _run(runtime: Runtime, job: PeriodicJob) -> str:
    """Run the job; returns its error as text, empty when it went well."""
    try:
        job.run(runtime)
    except (Exception, SystemExit) as error:
        _log.error("Job %s failed and will be tried again", job.name, exc_info=error)
        found = described(error)
        return f"{type(found).__name__}: {found}"[:2000]
    finally:
        release_reader()
    return ""


def _finish(runtime: Runtime, job: PeriodicJob, error: str) -> None:
    with unit_of_work() as session:
        session.execute(
            update(JobRun)
            .where(JobRun.name == job.name)
            .values(
                last_finished=runtime.clock.now(),
                lease_until=None,
                error=error,
                failures=JobRun.failures + 1 if error else 0,
            )
        )


def _forget_delivered(runtime: Runtime) -> None:
    forget_delivered(runtime)


def _forget_old_calls(runtime: Runtime) -> None:
    runtime.guard.call_log.forget_old()


def _flush_calls(runtime: Runtime) -> None:
    runtime.guard.call_log.flush()


#: What the engine itself keeps tidy.
ENGINE_JOBS = (
    PeriodicJob("core.forget-old-calls", timedelta(days=1), _forget_old_calls),
    PeriodicJob("core.forget-delivered-facts", timedelta(days=1), _forget_delivered),
    PeriodicJob("core.flush-calls", timedelta(minutes=1), _flush_calls),
)
