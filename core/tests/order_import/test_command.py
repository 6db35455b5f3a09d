"""``entrepot import orders`` and ``entrepot import undo``."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result

from entrepot.cli import cli
from entrepot.cli.context import engine
from entrepot.inventory.warehousing import save_warehouse
from entrepot.kernel.address import Address
from entrepot.kernel.clock import SystemClock
from entrepot.markets.service import save_market
from entrepot.settings import load_settings

ORDERS = "Nr,sku,quantity,price,country,email\nK-1,MUG,2,15.00,DE,jo@example.com\nK-2,CUP,1,1,DE,jo@example.com\n"


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--data", str(folder), "import", *arguments])


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of a store with ten mugs."""
    monkeypatch.setenv("ENTREPOT_SAFE_MODE", "1")
    folder = tmp_path / "store"
    assert CliRunner().invoke(cli, ["--data", str(folder), "init"]).exit_code == 0
    with engine(load_settings(data_dir=folder)):
        save_market(
            SimpleNamespace(clock=SystemClock()),
            code="eu",
            name={"en": "Europe"},
            currency="EUR",
            locales=["en"],
            countries=["DE"],
            default_country="DE",
            includes_tax=True,
        )
        save_warehouse(
            SimpleNamespace(clock=SystemClock()), code="hamburg", name="Hamburg", address=Address(country="DE")
        )
    goods = tmp_path / "products.csv"
    goods.write_text("slug,name,sku,price,stock\nmug,Mug,MUG,10,10\n", encoding="utf-8")
    assert run(folder, "products", str(goods)).exit_code == 0
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    return folder


@pytest.mark.covers("S0.10")
def test_orders_are_tried_imported_and_taken_back(shop: Path, tmp_path: Path) -> None:
    file, failed = str(tmp_path / "orders.csv"), tmp_path / "failed.csv"
    refused = run(shop, "orders", file)
    assert refused.exit_code == 1
    assert "no column was found for reference" in refused.output
    named = ("--column", "reference=Nr", "--column", "paid==yes")
    tried = run(shop, "orders", file, *named, "--dry-run", "--channel", "bazaar", "--save-profile", "Bazaar")
    assert "Row 2: K-1 created: 2 × MUG; EUR 30.00, paid" in tried.output
    assert "Would be created: 1, unchanged: 0, failed: 1." in tried.output
    done = run(shop, "orders", file, "--profile", "Bazaar", "--failed", str(failed))
    assert done.exit_code == 1
    assert "Orders created: 1, unchanged: 0, failed: 1." in done.output
    assert "is no SKU of this store" in failed.read_text(encoding="utf-8-sig")
    assert "entrepot import undo 2" in done.output
    assert "unchanged: 1" in run(shop, "orders", file, "--profile", "Bazaar").output
    assert "Cancelled: 1. Left as they are: 0." in run(shop, "undo", "2").output
    assert "no import of orders with the number 1" in run(shop, "undo", "1").output


def test_a_column_that_is_written_wrongly_is_told(shop: Path, tmp_path: Path) -> None:
    done = run(shop, "orders", str(tmp_path / "orders.csv"), "--column", "reference")
    assert "is no FIELD=TITLE" in done.output
