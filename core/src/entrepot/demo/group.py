"""One group of processes: started together, started again when one dies, stopped together."""

from __future__ import annotations

import ctypes
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from entrepot.sdk.errors import EntrepotError

#: A member that dies more often than this within WITHIN_S is not started again.
RESTARTS = 3
WITHIN_S = 60.0
PAUSE_S = 1.0
STOP_S = 10.0
_LARGEST_LOG = 5_000_000
_SHOWN_OF_LOG = 1500
_PR_SET_PDEATHSIG = 1


class GroupFailed(EntrepotError):
    """A member without which the group is of no use keeps dying."""


@dataclass
class Member:
    """One process. ``name`` is what people read, ``log`` gets all that it prints."""

    name: str
    command: Sequence[str]
    log: Path
    essential: bool = False
    process: subprocess.Popen[bytes] | None = None
    deaths: list[float] = field(default_factory=list)
    #: When to start it again.
    due: float | None = None

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None


class Group:
    """Processes of this one's process group. ``say`` tells people what happens to them."""

    def __init__(
        self, members: Sequence[Member], environment: Mapping[str, str], *, say: Callable[[str], None]
    ) -> None:
        self.members = members
        self._environment = dict(environment)
        self._say = say

    def start(self, *, essential: bool) -> None:
        """Start the essential members, or the others."""
        for member in self.members:
            if member.essential is essential:
                self._start(member)

    def look_after(self, now: float) -> None:
        """Notice who died and start again whose pause is over; raises GroupFailed."""
        for member in self.members:
            if member.process is not None and member.process.poll() is not None:
                self._bury(member, now)
            elif member.due is not None and now >= member.due:
                self._start(member)

    def stop(self) -> None:
        """Ask everybody to end, by process id; end those that do not in time."""
        running = [member for member in self.members if member.is_running]
        for member in running:
            _process(member).terminate()
        deadline = time.monotonic() + STOP_S
        for member in running:
            try:
                _process(member).wait(timeout=max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self._say(f"{member.name} did not stop within {STOP_S:.0f} s and was killed.")
                _process(member).kill()
                _process(member).wait()

    def _start(self, member: Member) -> None:
        member.log.parent.mkdir(parents=True, exist_ok=True)
        is_long = member.log.exists() and member.log.stat().st_size > _LARGEST_LOG
        with member.log.open("wb" if is_long else "ab") as log:
            member.process = subprocess.Popen(
                member.command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=_as_member,
            )
        member.due = None

    def _bury(self, member: Member, now: float) -> None:
        status = _process(member).returncode
        member.process = None
        member.deaths = [*(died for died in member.deaths if died > now - WITHIN_S), now]
        self._say(f"{member.name} ended by itself (status {status}). The end of {member.log}:\n{_end_of(member.log)}")
        if len(member.deaths) <= RESTARTS:
            member.due = now + PAUSE_S
            self._say(f"{member.name} is started again.")
        elif member.essential:
            raise GroupFailed(f"{member.name} does not stay up. {member.log} says why.")
        else:
            self._say(f"{member.name} does not stay up and is left out. {member.log} says why.")


def python(*arguments: str) -> list[str]:
    """A command of this Python that finds no modules in the current folder."""
    return [sys.executable, "-P", *arguments]


def _process(member: Member) -> subprocess.Popen[bytes]:
    assert member.process is not None
    return member.process


def _end_of(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-_SHOWN_OF_LOG:].rstrip()


def _find_prctl() -> Callable[..., int] | None:
    try:
        found: Callable[..., int] = ctypes.CDLL(None).prctl
    except (OSError, AttributeError, TypeError):
        return None
    return found


_prctl = _find_prctl()


def _as_member() -> None:
    """Runs in the new process: Ctrl-C at a terminal is the group's affair, and nobody outlives it (Linux)."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if _prctl is not None:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
