"""Periodic jobs of the core and of plugins, each by one worker at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from entrepot.engine.calls import with_own_app_context
from entrepot.engine.delivery import forget_delivered
from entrepot.engine.limits import described, run_limited
from entrepot.engine.models import JobRun
from entrepot.engine.runtime import Runtime
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


def run_due_jobs(runtime: Runtime, core_jobs: Sequence[PeriodicJob] = ()) -> int:
    """Run every job whose time has come, one after the other; returns how many ran. A failure stops no other job."""
    ran = 0
    last = _last_starts()
    for job in (*core_jobs, *ENGINE_JOBS, *_plugin_jobs(runtime)):
        if _is_due(job, last.get(job.name), runtime.clock.now()) and _claim(job, runtime.clock.now()):
            _finish(runtime, job, _run(runtime, job))
            ran += 1
    return ran


def _plugin_jobs(runtime: Runtime) -> Iterator[PeriodicJob]:
    for plugin_id, job in runtime.registry.jobs:
        name = f"{plugin_id}.{job.name}"
        context = JobContext(runtime.clock, runtime.shop, logging.getLogger(f"entrepot.plugin.{plugin_id}"))

        def run(runtime: Runtime, work: Callable[[JobContext], None] = job.run, context: JobContext = context) -> None:
            run_limited(with_own_app_context(lambda: work(context)), JOB_LIMIT_S, "job")

        yield PeriodicJob(name, job.every, run)


def _last_starts() -> dict[str, datetime | None]:
    rows = reader().execute(select(JobRun.name, JobRun.last_started)).all()
    release_reader()
    return {row.name: row.last_started for row in rows}


def _is_due(job: PeriodicJob, last_started: datetime | None, now: datetime) -> bool:
    return last_started is None or last_started + job.every <= now


def _claim(job: PeriodicJob, now: datetime) -> bool:
    """Take the job for this worker; False when another one was faster."""
    with unit_of_work() as session:
        free = or_(JobRun.lease_until.is_(None), JobRun.lease_until <= now)
        due = or_(JobRun.last_started.is_(None), JobRun.last_started <= now - job.every)
        mine = update(JobRun).where(JobRun.name == job.name, free, due)
        if session.execute(mine.values(last_started=now, lease_until=now + LEASE)).rowcount:  # type: ignore[attr-defined]
            return True
        if session.execute(select(JobRun.name).where(JobRun.name == job.name)).first() is not None:
            return False
    return _claim_new(job, now)


def _claim_new(job: PeriodicJob, now: datetime) -> bool:
    try:
        with unit_of_work() as session:
            session.execute(insert(JobRun).values(name=job.name, last_started=now, lease_until=now + LEASE, error=""))
    except IntegrityError:
        return False
    return True


def _run(runtime: Runtime, job: PeriodicJob) -> str:
    """Run the job; returns its error as text, empty when it went well."""
    try:
        job.run(runtime)
    except (Exception, SystemExit) as error:
        _log.error("Job %s failed and will be tried again in %s", job.name, job.every, exc_info=error)
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
            .values(last_finished=runtime.clock.now(), lease_until=None, error=error)
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
