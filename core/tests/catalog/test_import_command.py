"""``entrepot import products``: options, what it says, and how it ends."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result

from entrepot.catalog.queries import product_page
from entrepot.cli import cli
from entrepot.cli.context import engine
from entrepot.inventory.warehousing import save_warehouse
from entrepot.kernel.address import Address
from entrepot.kernel.clock import SystemClock
from entrepot.markets.queries import store
from entrepot.markets.service import save_market
from entrepot.settings import load_settings

TABLE = "slug,name,price\nmug,Mug,10\n"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of a store with two markets."""
    monkeypatch.setenv("ENTREPOT_SAFE_MODE", "1")
    folder = tmp_path / "store"
    assert run(folder, "init").exit_code == 0
    runtime = SimpleNamespace(clock=SystemClock())
    with engine(load_settings(data_dir=folder)):
        for code, currency, country, locale in (("eu", "EUR", "DE", "de"), ("us", "USD", "US", "en")):
            save_market(
                runtime,
                code=code,
                name={"en": code},
                currency=currency,
                locales=[locale],
                countries=[country],
                default_country=country,
                includes_tax=True,
            )
        save_warehouse(runtime, code="hamburg", name="Hamburg", address=Address(country="DE"))
    return folder


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--data", str(folder), *arguments])


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "products.csv"
    path.write_text(TABLE)
    return path


def test_a_file_is_imported_once(shop, table):
    assert (
        "Products created: 1, updated: 0, unchanged: 0, failed: 0."
        in run(shop, "import", "products", str(table)).output
    )
    assert (
        "Products created: 0, updated: 0, unchanged: 1, failed: 0."
        in run(shop, "import", "products", str(table)).output
    )


def test_a_dry_run_says_so(shop, table):
    for _ in range(2):
        result = run(shop, "import", "products", "--dry-run", str(table))
        assert "Would be created: 1" in result.output


def test_a_market_decides_price_list_and_language(shop, table):
    assert run(shop, "import", "products", "--market", "us", str(table)).exit_code == 0
    with engine(load_settings(data_dir=shop)):
        page = product_page("mug", store().market("us"), "en")
    assert str(page.price.amount) == "USD 10.00"


def test_failed_rows_are_said_and_written_and_the_command_ends_with_1(shop, table, tmp_path):
    table.write_text(TABLE + "cup,Cup,x\n")
    failed = tmp_path / "failed.csv"
    result = run(shop, "import", "products", "--failed", str(failed), str(table))
    assert result.exit_code == 1
    assert "Row 3: price 'x' is not an amount. Write it like 12.50." in result.output
    assert "created: 1, updated: 0, unchanged: 0, failed: 1" in result.output
    assert "cup" in failed.read_text()


@pytest.mark.parametrize("arguments", [["--market", "moon"], ["--price-list", "moon"], ["--format", "moon"]])
def test_what_is_unknown_is_refused_without_a_traceback(shop, table, arguments):
    result = run(shop, "import", "products", *arguments, str(table))
    assert result.exit_code != 0
    assert "'moon'" in result.output
    assert "Traceback" not in result.output


def test_a_damaged_file_is_refused_without_a_traceback(shop, table):
    table.write_bytes(b"\0")
    result = run(shop, "import", "products", str(table))
    assert (result.exit_code, "NUL bytes" in result.output) == (1, True)
