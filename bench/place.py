"""Where measurements happen: a store of its own and the floor beside it, served as in production, gone afterwards."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench import cpu
from judges.place import fresh_store
from support.databases import ADDRESS_VARIABLE, PostgresDatabases
from support.servers import RunningServer, running_server
from support.store import StoreOnDisk

WORKERS = 2
ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Served:
    """A running server, and the processes whose time counts as its own."""

    server: RunningServer
    processes: tuple[int, ...]

    @property
    def url(self) -> str:
        return self.server.url

    def cpu_ms(self) -> float:
        return cpu.milliseconds(*self.processes)


@contextlib.contextmanager
def served_shop(database: str, *, products: int) -> Iterator[tuple[StoreOnDisk, Served]]:
    """A fresh shop with so many products of one variant, behind ``entrepot run --workers 2``."""
    with fresh_store(database) as store:
        fill(store, products)
        with store.served(workers=WORKERS) as server:
            yield store, Served(server, (server.process.pid, *_database_server()))


@contextlib.contextmanager
def served_floor(database: str) -> Iterator[Served]:
    """The floor on a database of the same kind, behind two gunicorn workers."""
    with tempfile.TemporaryDirectory(prefix="entrepot-floor-") as name, _floor_database(database, name) as url:
        environment = {"FLOOR_DATABASE": url, "PYTHONPATH": str(ROOT)}
        subprocess.run(
            [sys.executable, "-m", "bench.floor"], env={**os.environ, **environment}, check=True, timeout=120
        )
        gunicorn = [sys.executable, "-m", "gunicorn", "--workers", str(WORKERS), "--bind", "127.0.0.1:{port}"]
        with running_server(
            [*gunicorn, "bench.floor:app"], log=Path(name) / "floor.log", ready_path="/ready", environment=environment
        ) as server:
            yield Served(server, (server.process.pid, *_database_server()))


def fill(store: StoreOnDisk, products: int, *, stock: int = 10**6) -> None:
    """Products ``thing-0`` … with stock that lasts, unless it is said."""
    from entrepot.catalog.records import PriceRecord, ProductRecord, VariantRecord
    from entrepot.catalog.service import save_product

    with store.opened() as runtime:
        for number in range(products):
            variant = VariantRecord(
                f"THING-{number}", prices={"eu": PriceRecord(1990)}, stock={"hamburg": stock}, weight_g=300
            )
            name = {"en": f"Thing {number}"}
            save_product(runtime, ProductRecord(f"thing-{number}", name, (variant,), categories=(("Things",),)))


@contextlib.contextmanager
def _floor_database(kind: str, folder: str) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{Path(folder) / 'floor.db'}"
        return
    databases = PostgresDatabases(os.environ[ADDRESS_VARIABLE])
    url = databases.create()
    try:
        yield url.replace("postgresql://", "postgresql+psycopg://")
    finally:
        databases.drop(url)
        databases.close()


def _database_server() -> tuple[int, ...]:
    """The PostgreSQL server's process, where there is one; only one loaded shop uses it at a time."""
    address = os.environ.get(ADDRESS_VARIABLE)
    if not address:
        return ()
    import psycopg

    with psycopg.connect(address) as connection:
        row = connection.execute("SHOW data_directory").fetchone()
    assert row is not None
    return (int((Path(row[0]) / "postmaster.pid").read_text().split()[0]),)
