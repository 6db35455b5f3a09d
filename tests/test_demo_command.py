"""``entrepot demo`` as people run it: real processes on this machine, started, used, stopped."""

from __future__ import annotations

import http.client
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from support.servers import RunningServer, free_port

pytestmark = pytest.mark.slow

DEMO = [sys.executable, "-P", "-m", "entrepot", "demo"]
#: Waiting is bounded by this; nothing here takes nearly as long.
PATIENCE_S = 60.0


@pytest.fixture
def start_demo(start_server: Callable[..., RunningServer], tmp_path: Path) -> Callable[..., RunningServer]:
    """A demo in one folder, started as often as it is called; told when it is open."""

    def start() -> RunningServer:
        server = start_server([*DEMO, "--port", "{port}", "--data", str(tmp_path / "demo")], folder=tmp_path)
        until(lambda: "Ctrl-C stops everything" in server.log_text())
        return server

    return start


def until(is_so: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline, "this took too long"
        time.sleep(0.05)


def page(address: str) -> tuple[int, str]:
    host, path = re.fullmatch(r"http://([^/]+)(/.*)", address).groups()  # type: ignore[union-attr]
    with closing(http.client.HTTPConnection(host, timeout=30)) as connection:
        connection.request("GET", path)
        reply = connection.getresponse()
        return reply.status, reply.read().decode("utf-8", "replace")


def group_of(server: RunningServer) -> dict[int, str]:
    """Commands of the living processes in the server's group, by process id."""
    listed = subprocess.check_output(["ps", "-e", "-ww", "-o", "pid=,pgid=,stat=,args="], text=True)
    rows = [line.split(None, 3) for line in listed.splitlines()]
    return {int(pid): args for pid, group, state, args in rows if int(group) == server.process.pid and state[0] != "Z"}


def simulators_of(server: RunningServer) -> list[int]:
    """Process ids of the payment service; for a moment none while one starts, as its command is not its own yet."""
    return [pid for pid, args in group_of(server).items() if "entrepot_payment_sandbox" in args]


def stop(server: RunningServer, number: int = signal.SIGTERM) -> int:
    os.kill(server.process.pid, number)
    return server.process.wait(timeout=PATIENCE_S)


def order_tokens(folder: Path) -> set[str]:
    with closing(sqlite3.connect(folder / "entrepot.db")) as database:
        return {row[0] for row in database.execute("SELECT token FROM orders")}


@pytest.mark.covers("S0.1", "G7")
def test_demo_serves_stops_cleanly_and_keeps_its_data(start_demo: Callable[..., RunningServer], tmp_path: Path) -> None:
    server = start_demo()
    told = server.log_text()
    addresses = re.findall(r"http://127\.0\.0\.1:\d+/\S*", told)

    assert len(addresses) == 4  # shop, back office, mailbox, payment service
    assert {page(address)[0] for address in addresses} <= {200, 302, 303}
    assert "owner@demo.example" in told
    assert page(f"{server.url}/admin/login")[0] == 200
    assert "Harbour teapot" in page(f"{server.url}/p/harbour-teapot")[1]
    until(lambda: len(group_of(server)) == 5)  # the demo, shop, worker, two simulators
    tokens = order_tokens(tmp_path / "demo")
    token = next(iter(tokens))
    assert page(f"{server.url}/order/{token}")[0] == 200

    assert stop(server) == 0
    assert group_of(server) == {}

    again = start_demo()
    assert "Making the demo store" not in again.log_text()
    assert order_tokens(tmp_path / "demo") == tokens
    assert page(f"{again.url}/order/{token}")[0] == 200
    assert stop(again, signal.SIGINT) == 0
    assert group_of(again) == {}


def test_process_that_dies_is_started_again_and_nobody_outlives_the_demo(
    start_demo: Callable[..., RunningServer],
) -> None:
    server = start_demo()
    until(lambda: simulators_of(server))
    victim = simulators_of(server)[0]
    os.kill(victim, signal.SIGKILL)

    until(lambda: "Sandbox payment service is started again" in server.log_text())
    until(lambda: len(simulators_of(server)) == 1)
    assert victim not in group_of(server)

    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait(timeout=PATIENCE_S)
    if sys.platform == "linux":
        until(lambda: not group_of(server))


def test_port_in_use_is_said_with_a_free_one(start_server: Callable[..., RunningServer], tmp_path: Path) -> None:
    listener = start_server([sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "{port}"], folder=tmp_path)

    done = run("--port", str(listener.port), "--data", str(tmp_path / "demo"))

    assert done.returncode == 1
    assert re.search(rf"Port {listener.port} is used by another program.*--port \d+", done.stderr)
    assert not (tmp_path / "demo").exists()


def test_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("mine")

    done = run("--port", str(free_port()), "--data", str(tmp_path), "--fresh")

    assert done.returncode == 1
    assert "left alone" in done.stderr
    assert (tmp_path / "letters.txt").read_text() == "mine"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*DEMO, *arguments], capture_output=True, text=True, check=False, timeout=PATIENCE_S)
