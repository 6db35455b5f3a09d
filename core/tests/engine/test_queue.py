"""One-off jobs: queued with the change that needs them, tried again, parked, repeated; each by one worker."""

from __future__ import annotations

from datetime import timedelta

import pytest

from entrepot.engine.delivery import ATTEMPTS, FIRST_PAUSE, LEASE, LONGEST_PAUSE
from entrepot.engine.models import QueuedJob
from entrepot.engine.queue import KEEP, enqueue, forget_done, queued, replay, run_queued
from entrepot.storage.session import Base, db, unit_of_work

pytestmark = pytest.mark.databases


class Worked:
    """A task that remembers what it was given and fails when told to."""

    def __init__(self):
        self.payloads, self.error = [], None

    def __call__(self, runtime, payload):
        self.payloads.append(dict(payload))
        if self.error:
            raise self.error


@pytest.fixture
def task():
    return Worked()


@pytest.fixture
def runtime(app, start):
    Base.metadata.create_all(db.engine, tables=[QueuedJob.__table__])
    return start()


def test_job_is_done_once_with_its_payload(runtime, task):
    enqueue(runtime, "core.test", {"n": 1})
    assert [run_queued(runtime, {"core.test": task}) for _ in range(2)] == [1, 0]
    assert task.payloads == [{"n": 1}]


def test_job_of_a_change_that_is_rolled_back_was_never_queued(runtime, task):
    with pytest.raises(ZeroDivisionError), unit_of_work():
        enqueue(runtime, "core.test", {})
        raise ZeroDivisionError
    assert run_queued(runtime, {"core.test": task}) == 0


def test_known_id_is_queued_once(runtime, task):
    for _ in range(2):
        enqueue(runtime, "core.test", {}, id="once")
    assert run_queued(runtime, {"core.test": task}) == 1


def test_failed_job_waits_is_parked_in_the_end_and_comes_back_by_hand(runtime, task, clock):
    job_id = enqueue(runtime, "core.test", {})
    task.error = ValueError("broken")
    run_queued(runtime, {"core.test": task})
    clock.move(FIRST_PAUSE - timedelta(seconds=1))
    assert run_queued(runtime, {"core.test": task}) == 0
    for _ in range(ATTEMPTS):
        clock.move(LONGEST_PAUSE)
        run_queued(runtime, {"core.test": task})
    [job] = queued(state="parked")
    assert (job.attempts, job.error, len(task.payloads)) == (ATTEMPTS, "ValueError: broken", ATTEMPTS)
    task.error = None
    assert replay(runtime, id=job_id) == 1
    run_queued(runtime, {"core.test": task})
    assert [one.state for one in queued()] == ["done"]


def test_worker_that_died_gives_its_job_back_after_the_lease(runtime, task, clock):
    enqueue(runtime, "core.test", {})

    def die(_runtime, _payload):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_queued(runtime, {"core.test": die})
    assert run_queued(runtime, {"core.test": task}) == 0
    clock.move(LEASE)
    assert run_queued(runtime, {"core.test": task}) == 1


def test_replay_takes_the_time_range_and_spares_the_rest(runtime, task, clock):
    began = clock.now()
    for day in range(3):
        enqueue(runtime, "core.test", {"day": day})
        run_queued(runtime, {"core.test": task})
        clock.move(timedelta(days=1))
    until = began + timedelta(days=2)
    assert replay(runtime, since=began + timedelta(days=1), until=until, done_too=True) == 1
    run_queued(runtime, {"core.test": task})
    assert task.payloads[-1] == {"day": 1}


def test_jobs_without_a_task_wait_for_a_worker_that_knows_it(runtime, task):
    enqueue(runtime, "core.later", {})
    assert run_queued(runtime, {"core.test": task}) == 0
    assert queued()[0].state == "due"


def test_done_jobs_are_forgotten_and_parked_ones_kept(runtime, task, clock):
    enqueue(runtime, "core.test", {})
    run_queued(runtime, {"core.test": task})
    enqueue(runtime, "core.later", {})
    clock.move(KEEP + timedelta(days=1))
    assert forget_done(runtime) == 1
    assert [job.name for job in queued()] == ["core.later"]
