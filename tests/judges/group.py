"""The group of processes that a shop is made of, started together and killed in every way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import httpx2

from judges.place import steady_port
from support.servers import ended_with_parent
from support.store import ENTREPOT, StoreOnDisk

READY_SECONDS = 90
WEB_WORKERS = 2


class Group:
    """Web processes, the background worker and the payment service's simulator."""

    def __init__(self, store: StoreOnDisk) -> None:
        self._store = store
        self.payment_port = steady_port()
        self.payment_folder = store.data_dir.parent / "payments"
        payments = [sys.executable, "-m", "entrepot_payment_sandbox.simulator", "--retry-ms", "200"]
        self._commands = {
            "web": [ENTREPOT, "run", "--port", str(store.port), "--workers", str(WEB_WORKERS)],
            "worker": [ENTREPOT, "worker"],
            "payments": [*payments, "--port", str(self.payment_port), "--data", str(self.payment_folder)],
        }
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        #: How often each ended without being killed.
        self.ended: Counter[str] = Counter()

    @property
    def names(self) -> list[str]:
        return list(self._commands)

    @property
    def log(self) -> Path:
        return self._store.data_dir.parent / "group.log"

    def start(self, *names: str) -> None:
        """Start what does not run: these, or all of them; as a supervisor does, also what has ended by itself."""
        for name in names or self.names:
            process = self._running.get(name)
            if process is not None and process.poll() is not None:
                self.ended[name] += 1
                self.kill(name)
            if name not in self._running:
                self._running[name] = self._started(self._commands[name])

    def start_payments(self) -> None:
        """Start the payment service alone and wait for it: accounts are connected before the shop is open."""
        self.start("payments")
        self._wait_for(f"http://127.0.0.1:{self.payment_port}/control")

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        """End one of them with everything that it started."""
        process = self._running.pop(name, None)
        if process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=30)

    def kill_all(self, number: signal.Signals = signal.SIGKILL) -> None:
        for name in self.names:
            self.kill(name, number)

    def writers(self) -> list[int]:
        """Processes that write to the shop's database: web processes (not the one above them) and the worker."""
        web, worker = self._running.get("web"), self._running.get("worker")
        return (children(web.pid) if web else []) + ([worker.pid] if worker else [])

    def web_processes(self) -> list[int]:
        web = self._running.get("web")
        return children(web.pid) if web else []

    def wait_ready(self) -> None:
        self._wait_for(f"http://127.0.0.1:{self._store.port}/healthz")

    def _wait_for(self, url: str) -> None:
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end:
            with suppress(httpx2.HTTPError):
                if httpx2.get(url, timeout=2).status_code == 200:
                    return
            time.sleep(0.1)
        raise SystemExit(f"{url} did not come back:\n{self.log.read_text(errors='replace')[-4000:]}")

    def _started(self, command: list[str]) -> subprocess.Popen[bytes]:
        own = {"ENTREPOT_SAFE_MODE": "0", "ENTREPOT_WEBHOOKS_PRIVATE": "1"}
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [*ended_with_parent(), *command],
                env={**os.environ, **self._store.environment, **own},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )


def children(parent: int) -> list[int]:
    """Process ids whose parent this is (Linux)."""
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError, IndexError, ValueError):
            if entry.name.isdigit() and int((entry / "stat").read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(entry.name))
    return sorted(found)
