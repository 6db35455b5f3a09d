"""Work that is limited without a thread of its own: what loops is ended, and nothing of that is felt elsewhere."""

from __future__ import annotations

import threading
import time

import pytest

from entrepot.engine.limits import Here, ProcessExit, TimedOut


def loop() -> None:
    """A plugin that hangs and catches whatever it can."""
    ends = time.monotonic() + 20
    while time.monotonic() < ends:
        try:
            sum(range(1_000))
        except Exception:
            continue


def test_a_loop_is_ended_and_its_thread_goes_on() -> None:
    work = Here(loop, 0.1)
    with pytest.raises(TimedOut):
        work.result(0.1)
    assert Here(lambda: sum(range(100_000)), 5).result(5) == 4_999_950_000


def test_only_the_one_that_loops_is_ended() -> None:
    answers: list[int] = []

    def answer() -> None:
        answers.append(Here(lambda: sum(len(str(number)) for number in range(400_000)), 30).result(30))

    other = threading.Thread(target=answer)
    other.start()
    with pytest.raises(TimedOut):
        Here(loop, 0.1).result(0.1)
    other.join(timeout=30)
    assert answers == [2_288_890]


def test_an_error_is_raised_and_an_exit_is_no_exit() -> None:
    with pytest.raises(ZeroDivisionError):
        Here(lambda: 1 // 0, 5).result(5)
    with pytest.raises(ProcessExit):
        Here(lambda: exit(3), 5).result(5)
