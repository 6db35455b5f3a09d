"""Errors of the machine, put under a running process: a disk that fails or is full, a connection that breaks."""

from __future__ import annotations

import random
import re
import resource
import shutil
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

#: (system calls, errors that they return). Only reading from a connection fails: one that cannot be written to any more
#: but lives on at its other end does not exist, and a client may rightly wait for that end to say why.
DISK = ("write,pwrite64,fsync,fdatasync,ftruncate", ("EIO", "ENOSPC"))
NETWORK = ("recvfrom", ("ECONNRESET",))
NO_STRACE = "strace is not here: system calls are not made to fail. Remedy: apt-get install strace."
NO_PTRACE = "strace may not attach to processes here (ptrace): system calls are not made to fail."


@dataclass(frozen=True)
class Injector:
    """``why_not`` says why strace is of no use here; files are limited in size all the same."""

    why_not: str = ""

    def inject(self, process: int, chance: random.Random, *, has_server: bool) -> tuple[str, int]:
        """(what was done, how many calls failed). Returns after the fault is gone again. ``has_server``: the database
        is spoken to over a connection."""
        if self.why_not or chance.random() < 0.2:
            return "file size limit", _limit_files(process, chance)
        calls, errors = NETWORK if chance.random() < (0.7 if has_server else 0.2) else DISK
        error = chance.choice(errors)
        return f"{error} by strace", _trace(process, calls, error, chance)


def find_injector() -> Injector:
    """Tries strace on a process of ours."""
    if shutil.which("strace") is None:
        return Injector(NO_STRACE)
    with subprocess.Popen(["sleep", "30"]) as sleeper:
        try:
            return Injector("" if _can_attach(sleeper.pid) else NO_PTRACE)
        finally:
            sleeper.kill()


def _can_attach(process: int) -> bool:
    strace = subprocess.Popen(["strace", "-p", str(process), "-o", "/dev/null"], stderr=subprocess.PIPE)
    with suppress(subprocess.TimeoutExpired):
        strace.wait(timeout=0.5)
    attached = strace.returncode is None
    strace.kill()
    strace.communicate()
    return attached


def _trace(process: int, calls: str, error: str, chance: random.Random) -> int:
    """From a random call on every few ones fail, for a random while."""
    when = f"{chance.randint(1, 3)}+{chance.choice([1, 2, 5])}"  # counted per thread
    with tempfile.NamedTemporaryFile(prefix="judge-strace-") as seen:
        strace = subprocess.Popen(
            ["strace", "-f", "-qq", "-p", str(process), "-o", seen.name,
             "-e", f"trace={calls}", "-e", f"inject={calls}:error={error}:when={when}"],
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(chance.uniform(1.0, 4.0))
        strace.terminate()
        try:
            strace.wait(timeout=10)
        except subprocess.TimeoutExpired:
            strace.kill()
            strace.wait(timeout=10)
        return len(re.findall(r"\(INJECTED\)", Path(seen.name).read_text(errors="replace")))


def _limit_files(process: int, chance: random.Random) -> int:
    """Files may not grow beyond some size, as on a full disk; needs no rights beyond those over one's own processes."""
    with suppress(OSError):
        before = resource.prlimit(process, resource.RLIMIT_FSIZE)
        resource.prlimit(process, resource.RLIMIT_FSIZE, (chance.choice([4_096, 65_536, 1_000_000]), before[1]))
        time.sleep(chance.uniform(0.3, 2.0))
        resource.prlimit(process, resource.RLIMIT_FSIZE, before)
        return 1
    return 0
