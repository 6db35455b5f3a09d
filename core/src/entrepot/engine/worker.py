"""The worker: delivers facts, does queued jobs and runs periodic ones until it is asked to stop."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from entrepot.engine.delivery import Consumer, deliver_due
from entrepot.engine.jobs import PeriodicJob, run_due_jobs
from entrepot.engine.queue import Task, run_queued
from entrepot.engine.runtime import Runtime
from entrepot.storage.session import release_reader

#: Pause between two looks at the outbox when there was nothing to do.
IDLE_S = 1.0
#: After an error, such as a database that is down.
TROUBLED_S = 10.0
NO_TASKS: Mapping[str, Task] = MappingProxyType({})
_log = logging.getLogger(__name__)


def work(
    runtime: Runtime,
    consumers: Sequence[Consumer],
    jobs: Sequence[PeriodicJob],
    tasks: Mapping[str, Task] = NO_TASKS,
    *,
    stop: threading.Event,
    idle_s: float = IDLE_S,
) -> None:
    """Go round until ``stop`` is set: what is under way is finished first."""
    while not stop.is_set():
        try:
            done = work_once(runtime, consumers, jobs, tasks)
            pause = 0.0 if done else idle_s
        except Exception:
            _log.exception("The worker goes on in %g s", TROUBLED_S)
            pause = TROUBLED_S
        stop.wait(pause)
    runtime.guard.call_log.flush()


def work_once(
    runtime: Runtime,
    consumers: Sequence[Consumer] = (),
    jobs: Sequence[PeriodicJob] = (),
    tasks: Mapping[str, Task] = NO_TASKS,
) -> int:
    """Deliver what is due and do the jobs whose time has come; returns how much there was to do."""
    try:
        done = deliver_due(runtime, consumers) + run_due_jobs(runtime, jobs)
        return done + (run_queued(runtime, tasks) if tasks else 0)
    finally:
        release_reader()
