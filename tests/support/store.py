"""A real store on disk with the separately installed plugins, served by real processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask

from entrepot import web
from entrepot.app import create_app
from entrepot.engine.runtime import Runtime
from entrepot.settings import load_settings
from support.servers import RunningServer, free_port, running_server

ENTREPOT = str(Path(sys.executable).with_name("entrepot"))
RATES = """\
zone,countries,service,label,basis,up_to,price,currency,min_days,max_days,free_from
EU,EU,standard,Standard,weight,30,4.90,EUR,2,4,
"""


@dataclass
class StoreOnDisk:
    """A data folder and a database; ``environment`` is what its processes need."""

    data_dir: Path
    database_url: str
    port: int = field(default_factory=free_port)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "ENTREPOT_DATA_DIR": str(self.data_dir),
            "DATABASE_URL": self.database_url,
            "ENTREPOT_BASE_URL": f"http://127.0.0.1:{self.port}",
        }

    def command(self, *arguments: str) -> str:
        """Run an ``entrepot`` command to its end; its output."""
        done = subprocess.run(
            [ENTREPOT, *arguments],
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"entrepot {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}"
        return done.stdout

    @contextmanager
    def opened(self) -> Iterator[Runtime]:
        """The store in this process, to fill it or to look into it."""
        app: Flask = create_app(load_settings(self.environment))
        with app.app_context():
            yield web.runtime()

    @contextmanager
    def served(self, *, workers: int = 1, worker: bool = False) -> Iterator[RunningServer]:
        """Web processes, and the background worker if asked for, until the block ends."""
        log = self.data_dir / "web.log"
        command = [ENTREPOT, "run", "--port", "{port}", "--workers", str(workers)]
        with running_server(
            command, log=log, port=self.port, ready_path="/healthz", environment=self.environment
        ) as server:
            if not worker:
                yield server
                return
            with (self.data_dir / "worker.log").open("wb") as output:
                background = subprocess.Popen(
                    [ENTREPOT, "worker"],
                    env={**os.environ, **self.environment},
                    stdout=output,
                    stderr=subprocess.STDOUT,
                )
                try:
                    yield server
                finally:
                    background.terminate()
                    background.wait(timeout=20)


def make_store(data_dir: Path, database_url: str) -> StoreOnDisk:
    """An initialised store with one EU market, one warehouse, table rates, VAT and bank transfer."""
    url = database_url.replace("postgresql://", "postgresql+psycopg://")
    store = StoreOnDisk(data_dir, url)
    store.command("init", "--name", "Test Quay")
    with store.opened() as runtime:
        _open_market(runtime)
        _open_accounts(runtime)
    return store


def _open_market(runtime: Runtime) -> None:
    from entrepot.inventory.warehousing import save_warehouse
    from entrepot.kernel.address import Address
    from entrepot.markets.service import save_market

    save_market(
        runtime,
        code="eu",
        name={"en": "Europe"},
        currency="EUR",
        locales=["en", "de", "zh-Hans"],
        countries=["DE", "AT", "FR"],
        default_country="DE",
        includes_tax=True,
        time_zone="Europe/Berlin",
    )
    save_warehouse(runtime, code="hamburg", name="Hamburg", address=Address("DE", city="Hamburg", postcode="20457"))


def _open_accounts(runtime: Runtime) -> None:
    accounts: list[tuple[str, str, Mapping[str, object]]] = [
        ("payment", "bank-transfer", {"beneficiary": "Test Quay", "iban": "DE02120300000000202051"}),
        ("carrier", "table-rates", {"rates": RATES, "tracking_url": "https://track.example/{number}"}),
        ("tax", "eu", {"established_in": "DE", "registrations": "OSS DE123456789"}),
    ]
    for kind, provider_id, config in accounts:
        runtime.accounts.create(kind, provider_id, label=provider_id.replace("-", " ").title(), config=config)


def add_product(store: StoreOnDisk, *, slug: str, stock: int, price: int = 1990) -> str:
    """A product with one variant; returns its SKU."""
    from entrepot.catalog.records import PriceRecord, ProductRecord, VariantRecord
    from entrepot.catalog.service import save_product

    variant = VariantRecord(slug.upper(), prices={"eu": PriceRecord(price)}, stock={"hamburg": stock}, weight_g=300)
    record = ProductRecord(slug, {"en": slug.title()}, (variant,), categories=(("Things",),))
    with store.opened() as runtime:
        save_product(runtime, record)
    return variant.sku
