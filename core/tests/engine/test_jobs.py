"""Periodic jobs: when their time has come, by one worker, without one failure stopping another."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from entrepot.engine.health import health
from entrepot.engine.jobs import LEASE, PeriodicJob, run_due_jobs
from entrepot.engine.models import JobRun
from entrepot.engine.worker import work
from entrepot.storage.session import reader, release_reader

pytestmark = pytest.mark.databases
HOUR = timedelta(hours=1)


@pytest.fixture
def runtime(start):
    runtime = start()
    run_due_jobs(runtime)  # the engine's own, so that tests see theirs only
    return runtime


def job(run, name="core.test"):
    return PeriodicJob(name, HOUR, run)


def row(name="core.test"):
    found = reader().execute(select(JobRun).where(JobRun.name == name)).scalar_one()
    release_reader()
    return found


def test_job_runs_at_once_and_then_when_its_time_has_come(runtime, clock):
    ran = []
    jobs = [job(ran.append)]
    run_due_jobs(runtime, jobs)
    run_due_jobs(runtime, jobs)
    assert len(ran) == 1
    clock.move(HOUR)
    run_due_jobs(runtime, jobs)
    assert len(ran) == 2
    assert (row().last_started, row().last_finished, row().lease_until) == (clock.now(), clock.now(), None)


@pytest.mark.covers("G10")
def test_failing_job_is_told_and_stops_no_other(runtime):
    ran = []

    def fail(runtime):
        raise SystemExit("broken")

    run_due_jobs(runtime, [job(fail, "core.bad"), job(ran.append)])
    assert len(ran) == 1
    problem = next(problem for problem in health(runtime).problems() if problem.subject == "job core.bad")
    assert "broken" in problem.cause


def test_job_that_another_worker_runs_is_left_alone_until_its_lease_ends(runtime, clock):
    ran = []

    def meanwhile(runtime):
        clock.move(timedelta(minutes=2))
        assert run_due_jobs(runtime, [PeriodicJob("core.test", timedelta(minutes=1), ran.append)]) == 0

    run_due_jobs(runtime, [PeriodicJob("core.test", timedelta(minutes=1), meanwhile)])
    assert ran == []


def test_job_of_a_worker_that_died_runs_again(runtime, clock):
    class Killed(BaseException):
        pass

    def die(runtime):
        raise Killed

    with pytest.raises(Killed):
        run_due_jobs(runtime, [job(die)])
    ran = []
    clock.move(max(LEASE, HOUR))
    run_due_jobs(runtime, [job(ran.append)])
    assert len(ran) == 1


def test_plugins_job_gets_clock_and_shop(start, plugins, clock, tmp_path):
    plugins.install(
        "feature-tidy",
        f"""
        from datetime import timedelta
        from pathlib import Path

        def tidy(context):
            Path({str(tmp_path / "ran")!r}).write_text(str(context.clock.now()))

        @hookimpl
        def entrepot_register_jobs():
            return [Job("tidy", timedelta(hours=1), tidy)]
        """,
    )
    run_due_jobs(start())
    assert (tmp_path / "ran").read_text() == str(clock.now())
    assert row("feature-tidy.tidy").error == ""


def test_worker_stops_after_the_work_under_way(runtime):
    stop = threading.Event()
    work(runtime, [], [job(lambda runtime: stop.set())], stop=stop, idle_s=0)
    assert row().last_finished is not None


def test_worker_goes_on_after_trouble(runtime, monkeypatch):
    monkeypatch.setattr("entrepot.engine.worker.TROUBLED_S", 0)
    stop = threading.Event()
    turns = []

    def trouble(*_):
        turns.append(1)
        if len(turns) == 2:
            stop.set()
        raise OSError("database is down")

    monkeypatch.setattr("entrepot.engine.worker.deliver_due", trouble)
    work(runtime, [], [], stop=stop)
    assert len(turns) == 2
