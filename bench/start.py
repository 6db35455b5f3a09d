"""``./dev bench start``: seconds from nothing to the first product page, and the memory of a worker, beside a floor.

Floor and shop take turns. A start before the counted ones fills what the shop keeps between starts.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench import cpu
from bench.place import ROOT, WORKERS, fill
from bench.report import Bar, say, verdict
from judges.place import fresh_store
from support.servers import free_port

START = 1.6
MEMORY = 1.5
_PATIENCE_S = 60
_POLL_S = 0.005
_PAGES_BEFORE_WEIGHING = 100
#: Installed packages are compiled; so is everything here after its first start.
_ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


@dataclass(frozen=True)
class Way:
    """One way to serve one page."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    path: str


@dataclass(frozen=True)
class Start:
    """What one start cost."""

    seconds: float
    cpu_ms: float
    #: Of one worker, after some pages: all that it touches, and without what it shares with others.
    memory_mb: float
    own_memory_mb: float


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="./dev bench start", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="starts of each kind (default: 7)")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    options = parser.parse_args(arguments)
    with _ways(options.database) as ways:
        for way in ways:
            start(way)
        rounds = [[start(way) for way in ways] for _ in range(options.rounds)]
    return _report({way.name: starts for way, starts in zip(ways, map(list, zip(*rounds, strict=True)), strict=True)})


def start(way: Way) -> Start:
    """Serve until the first page and a hundred more, then stop."""
    port = free_port()
    command = [part.replace("{port}", str(port)) for part in way.command]
    began = time.perf_counter()
    server = subprocess.Popen(
        command,
        env={**_ENVIRONMENT, **way.environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait_for_page(server, port, way)
        seconds = time.perf_counter() - began
        cpu_ms = cpu.milliseconds(server.pid)
        for _ in range(_PAGES_BEFORE_WEIGHING):
            _status(port, way.path)
        memory, own = zip(*map(_memory_mb, _children(server.pid)), strict=True)
        return Start(seconds, cpu_ms, max(memory), max(own))
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=_PATIENCE_S)


@contextlib.contextmanager
def _ways(database: str) -> Iterator[list[Way]]:
    """The floor first; then the shop, served by its own command and by a gunicorn of one's own."""
    gunicorn = [sys.executable, "-m", "gunicorn", "--workers", str(WORKERS), "--bind", "127.0.0.1:{port}"]
    entrepot = [str(Path(sys.executable).with_name("entrepot")), "run", "--workers", str(WORKERS), "--port", "{port}"]
    with tempfile.TemporaryDirectory(prefix="entrepot-floor-") as folder, fresh_store(database) as store:
        floor = {"FLOOR_DATABASE": f"sqlite:///{folder}/floor.db", "PYTHONPATH": str(ROOT)}
        subprocess.run([sys.executable, "-m", "bench.floor_page"], env={**os.environ, **floor}, check=True, timeout=60)
        fill(store, 40)
        yield [
            Way("floor", [*gunicorn, "bench.floor_page:app"], floor, "/p/1"),
            Way("entrepot run", entrepot, store.environment, "/p/thing-1"),
            Way("gunicorn", [*gunicorn, "--preload", "entrepot.wsgi:app"], store.environment, "/p/thing-1"),
        ]


def _wait_for_page(server: subprocess.Popen[bytes], port: int, way: Way) -> None:
    until = time.perf_counter() + _PATIENCE_S
    while _status(port, way.path) != 200:
        if server.poll() is not None or time.perf_counter() > until:
            raise SystemExit(f"{way.name} does not serve {way.path}: {' '.join(way.command)}")
        time.sleep(_POLL_S)


def _status(port: int, path: str) -> int:
    """The answer's status; 0 while nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _memory_mb(pid: int) -> tuple[float, float]:
    """(resident, proportional) set size."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    sizes = {name: int(rest.split()[0]) / 1024 for name, _, rest in (line.partition(":") for line in lines[1:])}
    return sizes["Rss"], sizes["Pss"]


def _report(starts: Mapping[str, Sequence[Start]]) -> int:
    floor = next(iter(starts.values()))
    bars = []
    for name, found in starts.items():
        seconds = _typical([each.seconds for each in found], [each.seconds for each in floor])
        memory = _typical([each.memory_mb for each in found], [each.memory_mb for each in floor])
        processor = median(each.cpu_ms for each in found)
        own = median(each.own_memory_mb for each in found)
        say(
            f"{name:<13} first page after {seconds[0]:.2f} s ({seconds[1]:.2f} x the floor), {processor:.0f} ms CPU; "
            f"a worker holds {memory[0]:.0f} MB ({memory[1]:.2f} x), its share {own:.0f} MB"
        )
        if found is not floor:
            bars.append(Bar(f"{name}: first page beside the floor", seconds[1], START))
            bars.append(Bar(f"{name}: memory of a worker beside the floor", memory[1], MEMORY))
    return verdict(bars)


def _typical(found: Sequence[float], floor: Sequence[float]) -> tuple[float, float]:
    """(median, median of the ratios of each pair): what slows a machine for a while slows both of a pair."""
    return median(found), median(ours / theirs for ours, theirs in zip(found, floor, strict=True))
