"""Where a judge works: a store of its own on the database that the command line names."""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from support.databases import ADDRESS_VARIABLE, PostgresDatabases
from support.store import StoreOnDisk, make_store


def parser(name: str, description: str) -> argparse.ArgumentParser:
    """Options that every judge has."""
    found = argparse.ArgumentParser(prog=f"./dev {name}", description=description)
    found.add_argument("--database", default="sqlite", choices=["sqlite", "postgresql"])
    found.add_argument("--seed", type=int, default=1, help="the same seed makes the same plan")
    found.add_argument("--seeds", type=int, default=1, help="so many runs, with growing seeds")
    return found


def say(text: str) -> None:
    """Tell the person at the terminal, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


@contextlib.contextmanager
def fresh_store(database: str) -> Iterator[StoreOnDisk]:
    """A store that nobody else uses; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="entrepot-judge-") as folder, _database(database, Path(folder)) as url:
        store = make_store(Path(folder) / "data", url)
        store.port = steady_port()
        yield store


def steady_port() -> int:
    """A free loopback port below those that outgoing connections are given: it stays free while its server is dead."""
    for port in random.SystemRandom().sample(range(20_000, 32_000), 200):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
    raise SystemExit("No free port between 20000 and 32000.")


@contextlib.contextmanager
def _database(kind: str, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'judge.db'}"
        return
    server = os.environ.get(ADDRESS_VARIABLE)
    if not server:
        raise SystemExit(f"{ADDRESS_VARIABLE} is not set. Run this through ./dev, which starts a PostgreSQL.")
    databases = PostgresDatabases(server)
    url = databases.create()
    try:
        yield url
    finally:
        databases.drop(url)
        databases.close()
