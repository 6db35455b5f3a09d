"""``entrepot jobs``: what waits, what is parked and why, what repeats; and once more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from entrepot.cli import cli
from entrepot.engine import queue
from entrepot.engine.delivery import ATTEMPTS, LONGEST_PAUSE
from entrepot.engine.runtime import Runtime
from entrepot.testkit.small_shop import small_shop

pytestmark = pytest.mark.covers("S0.36")


def fail(*_: object) -> None:
    raise RuntimeError("the receiver is on fire")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The data folder of a shop with one parked job."""
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'shop.db'}")
    monkeypatch.setenv("ENTREPOT_SECRET_KEY", "x" * 40)
    with small_shop(f"sqlite:///{tmp_path / 'shop.db'}", tmp_path) as shop:
        park(shop.runtime, shop.clock.move)
        shop.place()
    yield tmp_path


def park(runtime: Runtime, move: object) -> None:
    queue.enqueue(runtime, "core.test", {"order": "1000"}, id="job-1")
    for _ in range(ATTEMPTS):
        queue.run_queued(runtime, {"core.test": fail})
        move(LONGEST_PAUSE)  # type: ignore[operator]


def entrepot(folder: Path, *arguments: str) -> str:
    done = CliRunner().invoke(cli, ["--data", str(folder), "jobs", *arguments], catch_exceptions=False)
    return f"{done.exit_code} {done.output}"


def test_what_is_parked_is_counted_listed_shown_and_tried_again(folder: Path) -> None:
    status = entrepot(folder, "status")
    assert status.startswith("1 ") and "parked jobs: 1, the oldest of" in status and "new facts: " in status
    assert "job-1" in (listed := entrepot(folder, "list")) and "the receiver is on fire" in listed
    assert '"order": "1000"' in entrepot(folder, "show", "job-1")
    assert "There is no job job-9" in entrepot(folder, "show", "job-9")
    assert "0 jobs" in entrepot(folder, "replay", "--since", "2099-01-01")
    assert "1 jobs" in entrepot(folder, "replay", "--id", "job-1")
    assert "next try" in entrepot(folder, "list", "--state", "due")
    assert entrepot(folder, "status").startswith("0 ")


def test_jobs_that_repeat_are_listed_and_run_on_demand(folder: Path) -> None:
    assert "core.poll-payments  every 0:00:20  last never  next at once" in entrepot(folder, "periodic")
    assert "runs core.poll-payments" in entrepot(folder, "run", "core.poll-payments")
    assert "There is no periodic job core.nothing" in entrepot(folder, "run", "core.nothing")


def test_facts_and_events_are_listed_and_replayed_by_time(folder: Path) -> None:
    assert entrepot(folder, "facts", "--state", "due").startswith("0 ")
    assert "0 facts" in entrepot(folder, "replay-facts", "--since", "2000-01-01", "--done-too")
    assert entrepot(folder, "inbox").startswith("0 ")
    assert "0 events" in entrepot(folder, "replay-inbox", "--since", "2000-01-01", "--applied-too")
