"""A group of processes: whoever dies is started again, a few times; all end together."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from entrepot.demo import group as group_module
from entrepot.demo.group import PAUSE_S, RESTARTS, Group, GroupFailed, Member, python

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]
FAILING = [sys.executable, "-c", "import sys; sys.exit('no chart on board')"]
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"


class Told(list[str]):
    def __call__(self, message: str) -> None:
        self.append(message)

    @property
    def text(self) -> str:
        return "\n".join(self)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def groups() -> Iterator[list[Group]]:
    """Whatever is put in here is stopped."""
    started: list[Group] = []
    yield started
    for group in started:
        group.stop()


def member(tmp_path: Path, command: list[str], *, essential: bool = False) -> Member:
    return Member("The pilot", command, tmp_path / "logs" / "pilot.log", essential=essential)


def started(member: Member, groups: list[Group], told: Told) -> Group:
    group = Group([member], os.environ, say=told)
    groups.append(group)
    group.start(essential=member.essential)
    return group


def die(member: Member) -> None:
    assert member.process is not None
    member.process.wait(timeout=30)


def test_member_that_dies_is_started_again_after_a_pause(tmp_path: Path, groups: list[Group], told: Told) -> None:
    pilot = member(tmp_path, FAILING)
    group = started(pilot, groups, told)
    die(pilot)

    group.look_after(now=10)
    assert pilot.process is None
    group.look_after(now=10 + PAUSE_S / 2)
    assert pilot.process is None
    group.look_after(now=10 + PAUSE_S)
    assert pilot.process is not None
    assert "no chart on board" in told.text
    assert "is started again" in told.text


def kill_often(group: Group, pilot: Member, times: int) -> None:
    for now in range(times):
        die(pilot)
        group.look_after(now=10.0 * now)
        group.look_after(now=10.0 * now + PAUSE_S)


def test_member_that_keeps_dying_is_left_out(tmp_path: Path, groups: list[Group], told: Told) -> None:
    pilot = member(tmp_path, FAILING)
    group = started(pilot, groups, told)

    kill_often(group, pilot, RESTARTS + 1)
    group.look_after(now=1000)

    assert not pilot.is_running
    assert "is left out" in told.text
    assert "pilot.log says why" in told.text


def test_group_fails_with_an_essential_member_that_keeps_dying(tmp_path: Path, groups: list[Group], told: Told) -> None:
    pilot = member(tmp_path, FAILING, essential=True)
    group = started(pilot, groups, told)

    with pytest.raises(GroupFailed, match="pilot.log says why"):
        kill_often(group, pilot, RESTARTS + 1)


def test_old_deaths_are_forgiven(tmp_path: Path, groups: list[Group], told: Told) -> None:
    pilot = member(tmp_path, FAILING, essential=True)
    group = started(pilot, groups, told)

    for hour in range(RESTARTS + 2):
        die(pilot)
        group.look_after(now=3600.0 * hour)
        group.look_after(now=3600.0 * hour + PAUSE_S)

    assert pilot.process is not None


def test_stopping_ends_every_member(tmp_path: Path, groups: list[Group], told: Told) -> None:
    pilot = member(tmp_path, SLEEPER)
    group = started(pilot, groups, told)

    group.stop()

    assert pilot.process is not None
    assert pilot.process.returncode is not None


def test_member_that_does_not_listen_is_killed(
    tmp_path: Path, groups: list[Group], told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_module, "STOP_S", 0.2)
    pilot = member(tmp_path, [sys.executable, "-c", DEAF])
    group = started(pilot, groups, told)
    for _ in range(500):
        if "deaf" in pilot.log.read_text():
            break
        with pytest.raises(subprocess.TimeoutExpired):
            assert pilot.process is not None
            pilot.process.wait(timeout=0.02)

    group.stop()

    assert not pilot.is_running
    assert "was killed" in told.text


def test_ctrl_c_at_the_terminal_reaches_the_group_only(tmp_path: Path, groups: list[Group], told: Told) -> None:
    ignored = "import signal; print(signal.getsignal(signal.SIGINT) is signal.SIG_IGN)"
    pilot = member(tmp_path, [sys.executable, "-c", ignored])
    started(pilot, groups, told)
    die(pilot)

    assert pilot.log.read_text().strip() == "True"


def test_members_find_no_modules_in_the_current_folder(tmp_path: Path) -> None:
    (tmp_path / "entrepot.py").write_text("raise SystemExit('the wrong entrepot')")
    done = subprocess.run(
        python("-m", "entrepot", "--version"), cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert "entrepot" in done.stdout
    assert done.returncode == 0, done.stderr
