"""``entrepot setup``: a store from a file, or a clear refusal that leaves nothing behind."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from entrepot.cli import cli
from entrepot.cli.context import database
from entrepot.inventory.queries import warehouses
from entrepot.markets.queries import StoreView, store
from entrepot.settings import load_settings

SETUP = """
[store]
theme = "harbour"
settings = { contact_email = "hello@shop.example" }

[[market]]
code = "eu"
name = { en = "Europe" }
currency = "EUR"
includes_tax = true
locales = ["en", "de"]
countries = ["DE", "FR"]
default_country = "DE"

[[warehouse]]
code = "hamburg"
name = "Hamburg"
address = { country = "DE", city = "Hamburg" }
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("ENTREPOT_DATA_DIR", "DATABASE_URL", "ENTREPOT_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ENTREPOT_PLUGINS", "payment-bank-transfer")
    assert run(tmp_path, "init", "--name", "Quay")[0] == 0
    return tmp_path


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli, ["--data", str(folder / "shop"), *arguments])
    return result.exit_code, result.output


def set_up(folder: Path, text: str) -> tuple[int, str]:
    (folder / "store.toml").write_text(text, encoding="utf-8")
    return run(folder, "setup", str(folder / "store.toml"))


def stored(folder: Path) -> tuple[StoreView, list[str]]:
    with database(load_settings(data_dir=folder / "shop")).app_context():
        return store(), [warehouse.code for warehouse in warehouses()]


def test_markets_and_warehouses_are_made_and_the_rest_is_kept(folder: Path) -> None:
    assert set_up(folder, SETUP)[0] == 0

    found, codes = stored(folder)

    assert (found.name, found.theme, found.settings["contact_email"]) == ("Quay", "harbour", "hello@shop.example")
    assert [(market.code, market.currency, market.includes_tax) for market in found.markets] == [("eu", "EUR", True)]
    assert codes == ["hamburg"]


def test_same_file_again_leads_to_the_same_store(folder: Path) -> None:
    set_up(folder, SETUP)
    first = stored(folder)

    assert set_up(folder, SETUP)[0] == 0

    assert [market.code for market in stored(folder)[0].markets] == [market.code for market in first[0].markets]
    assert stored(folder)[1] == first[1]


@pytest.mark.parametrize(
    ("written", "instead", "told"),
    [
        ('currency = "EUR"', 'currncy = "EUR"', "market 1 currncy: Unknown field"),
        ('currency = "EUR"', 'currency = "EURO"', "'EURO' is not an ISO 4217 currency code"),
        ('"DE", "FR"', '"FR"', "does not serve its default country 'DE'"),
        ('country = "DE"', 'land = "DE"', "warehouse 1 address country"),
        ('code = "eu"', 'code = "eu', "is not valid TOML"),
    ],
)
def test_mistake_is_named_and_nothing_is_half_written(folder: Path, written: str, instead: str, told: str) -> None:
    status, output = set_up(folder, SETUP.replace(written, instead))

    assert status == 1
    assert told in output
    assert "Traceback" not in output
    found, codes = stored(folder)
    assert (found.theme, list(found.markets), codes) == ("", [], [])
