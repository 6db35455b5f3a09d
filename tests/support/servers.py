"""Real server processes for tests: started on a free loopback port, waited for, logged, stopped."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import os
import random
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

READY_SECONDS = 60
STOP_SECONDS = 15
_PORTS = (11_000, 32_000)


@dataclass(frozen=True, kw_only=True)
class RunningServer:
    """A server process with its whole process group."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def log_text(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def kill(self) -> None:
        """End the whole group at once, as a power cut would."""
        self._signal(signal.SIGKILL)
        self.process.wait(timeout=STOP_SECONDS)

    def stop(self) -> None:
        """Ask the group to end, and end it when it does not. Idempotent."""
        self._signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=STOP_SECONDS)
        self.kill()

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)


def free_port() -> int:
    """A loopback port that nobody listens on at this moment, with its neighbours most likely free, too.

    From below the range that the system takes the ports of outgoing connections from: hundreds of buyers in a test
    beside this one would sit on a port there before its server does.
    """
    for _ in range(100):
        port = random.SystemRandom().randrange(*_PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("No free port was found on this machine.")


@contextlib.contextmanager
def running_server(
    command: Sequence[str],
    *,
    log: Path,
    port: int | None = None,
    ready_path: str = "/",
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Iterator[RunningServer]:
    """Run a server until the block ends. `{port}` in the command becomes the port that it listens on.

    `environment` is added to this process's own. Raises AssertionError with the end of the log when the
    server does not answer ready_path with a status below 500 in time.
    """
    port = port or free_port()
    arguments = [*ended_with_parent(), *(word.replace("{port}", str(port)) for word in command)]
    with log.open("ab") as output:
        process = subprocess.Popen(
            arguments,
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = RunningServer(process=process, port=port, log=log)
    try:
        wait_until_ready(server, ready_path)
        yield server
    finally:
        server.stop()


def ended_with_parent() -> list[str]:
    """Prefix under which a command is stopped even when the tests are killed outright (Linux)."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM"] if setpriv else []


def wait_until_ready(server: RunningServer, path: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not answers(server.port, path):
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.process.wait(timeout=0.05)
        ended, late = server.process.returncode is not None, time.monotonic() > deadline
        if ended or late:
            why = f"ended with status {server.process.returncode}" if ended else f"was silent for {READY_SECONDS} s"
            raise AssertionError(f"the server {why}. The end of {server.log}:\n{server.log_text()[-4000:]}")


def answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[Callable[..., RunningServer]]:
    """`start_server(command, **options)`, as running_server; everything started is stopped after the test."""
    with contextlib.ExitStack() as stack:
        numbers = itertools.count(1)

        def start(command: Sequence[str], **options: Any) -> RunningServer:
            options.setdefault("log", tmp_path / f"server-{next(numbers)}.log")
            return stack.enter_context(running_server(command, **options))

        yield start
