"""The tutorials, followed step by step with what stands on their pages."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import sysconfig
import urllib.request
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from entrepot import web
from entrepot.app import create_app
from entrepot.checkout import carts, service
from entrepot.cli import cli
from entrepot.cli.new import new
from entrepot.engine.runtime import Runtime
from entrepot.kernel.address import Address
from entrepot.kernel.money import Money
from entrepot.orders import fulfilment
from entrepot.orders.queries import order_view
from entrepot.payments import service as payments
from entrepot.settings import load_settings
from entrepot.storage.session import db
from support.pages import ROOT, blocks, write_files
from support.servers import free_port

TUTORIALS = ROOT / "docs" / "tutorials"
MERCHANT, INTEGRATOR, OWNER = (TUTORIALS / f"{name}.md" for name in ("merchant", "integrator", "store-owner"))
PLUGINS = "payment-bank-transfer,carrier-table-rates,customs-eu"
MISTAKE = '        if answer["currency"] != currency:\n            return []\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The merchant's folder after the steps at the command line."""
    for name in ("ENTREPOT_DATA_DIR", "DATABASE_URL", "ENTREPOT_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ENTREPOT_PLUGINS", PLUGINS)
    write_files(MERCHANT, tmp_path)
    entrepot(tmp_path, "init", "--name", "Tea and Tar", "--currency", "EUR")
    entrepot(tmp_path, "setup", str(tmp_path / "store.toml"))
    entrepot(tmp_path, "import", "products", str(tmp_path / "products.csv"))
    return tmp_path


def entrepot(folder: Path, *arguments: str, status: int = 0) -> str:
    result = CliRunner().invoke(cli, ["--data", str(folder / "entrepot-data"), *arguments])
    assert result.exit_code == status, result.output
    return result.output


@pytest.fixture
def app(folder: Path) -> Iterator[Flask]:
    made = create_app(load_settings(data_dir=folder / "entrepot-data"))
    with made.app_context():
        yield made
        db.session.remove()
        db.engine.dispose()


def runtime() -> Runtime:
    return web.runtime()


def rates_of_the_page() -> str:
    return next(block for block in blocks(MERCHANT, "csv") if block.startswith("zone,"))


@pytest.mark.covers("S2.40")
def test_merchant_imports_again_without_a_change(folder: Path) -> None:
    again = entrepot(folder, "import", "products", str(folder / "products.csv"))

    assert "created: 0, updated: 0, unchanged: 3, failed: 0" in again


def test_merchant_sells_and_ships_at_the_prices_of_the_page(app: Flask) -> None:
    accounts = {
        kind: runtime().accounts.create(kind, provider, label=provider, config=config).id
        for kind, provider, config in (
            ("payment", "bank-transfer", {"beneficiary": "Tea and Tar", "iban": "DE89 3704 0044 0532 0130 00"}),
            ("carrier", "table-rates", {"rates": rates_of_the_page()}),
            ("tax", "eu", {"established_in": "DE"}),
        )
    }
    order = order_tea(accounts)
    confirm_and_ship(order, accounts["carrier"])

    shown = order_view(number=order.number)
    page = MERCHANT.read_text(encoding="utf-8")
    assert shown is not None
    assert (shown.total, shown.status) == (Money(1380, "EUR"), "shipped")
    assert [line.amount for line in shown.totals if line.kind == "tax_included"] == [Money(220, "EUR")]
    assert all(amount in page for amount in ("€8.90", "€4.90", "€13.80", "€2.20"))


def order_tea(accounts: dict[str, str]) -> service.PlacedOrder:
    from entrepot.inventory.queries import stocked_variant

    tea = db.session.execute(stocked_variant.select().where(stocked_variant.c.sku == "PST-100")).one().id
    token = carts.start_cart(runtime(), market="eu", locale="en")
    carts.add(runtime(), token, variant_id=tea, quantity=1)
    home = Address("DE", name="Anna Berg", street="Am Kai 1", postcode="20457", city="Hamburg")
    carts.set_address(runtime(), token, email="anna@example.com", shipping=home)
    quote = service.choose_shipping(runtime(), token, account_id=accounts["carrier"], service="standard")
    return service.place_order(
        runtime(),
        cart_token=token,
        quote_id=quote.id,
        expected_total=quote.total,
        payment_account_id=accounts["payment"],
        idempotency_key="once",
        return_url=lambda attempt: f"http://shop.test/pay/{attempt}",
    )


def confirm_and_ship(order: service.PlacedOrder, carrier: str) -> None:
    from entrepot.orders.models import Fulfilment

    assert order.payment is not None
    payments.confirm_manually(runtime(), order.payment.id, received=Money(1380, "EUR"), actor="staff")
    [box] = db.session.query(Fulfilment).all()
    fulfilment.ship(
        runtime(),
        order.number,
        fulfilment_id=box.id,
        tracking_number="RB123456785GB",
        actor="staff",
        idempotency_key="once",
        account_id=carrier,
    )


@pytest.mark.covers("G24")
def test_store_owner_changes_colour_and_one_block(folder: Path) -> None:
    write_files(OWNER, folder / "entrepot-data", below="themes/")
    assert "0 errors" in entrepot(folder, "theme", "check", "dusk")
    entrepot(folder, "theme", "use", "dusk")

    client = create_app(load_settings(data_dir=folder / "entrepot-data")).test_client()
    page = client.get("/p/pine-smoke-tea").text

    assert '<p class="promise">Sent within a day</p>' in page
    assert "dusk.css" in page
    assert "#5b2a4e" in client.get(stylesheet_in(page)).text


def test_theme_of_the_page_is_as_short_as_it_says() -> None:
    lines = [line for block in blocks(OWNER, "toml") for line in block.splitlines()]
    assert len(lines) == 5
    assert "A theme of five lines" in OWNER.read_text(encoding="utf-8")


def stylesheet_in(page: str) -> str:
    return next(word.split('"')[1] for word in page.split() if "/dusk/" in word and "tokens.css" in word)


@pytest.fixture(scope="module")
def carrier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The integrator's package as the page leaves it."""
    directory = tmp_path_factory.mktemp("integrator")
    made = CliRunner().invoke(new, ["carrier", "my-line", "--directory", str(directory)])
    assert made.exit_code == 0, made.output
    write_files(INTEGRATOR, directory / "entrepot-carrier-my-line")
    return directory / "entrepot-carrier-my-line"


@pytest.fixture(scope="module")
def python(carrier: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An interpreter that has the package installed and borrows everything else from this one."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    interpreter = str(folder / "bin" / "python")
    site = run(interpreter, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").stdout.strip()
    borrowed = f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n"
    (Path(site) / "borrowed.pth").write_text(borrowed, encoding="utf-8")
    offline = ("--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check", "--quiet")
    assert run(interpreter, "-m", "pip", "install", *offline, "--editable", str(carrier)).returncode == 0
    return interpreter


def run(*command: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)


def examine(python: str, carrier: Path) -> subprocess.CompletedProcess[str]:
    return run(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", folder=carrier)


@pytest.mark.slow
@pytest.mark.covers("G7")
def test_integrators_carrier_passes_the_kit(python: str, carrier: Path) -> None:
    done = examine(python, carrier)

    assert done.returncode == 0, done.stdout + done.stderr
    if importlib.util.find_spec("ruff"):  # there once ./dev lint has run
        assert run(sys.executable, "-m", "ruff", "check", "--no-cache", ".", folder=carrier).returncode == 0


@pytest.mark.slow
def test_integrators_mistake_is_found_in_the_words_of_the_page(python: str, carrier: Path) -> None:
    mapping = carrier / "src" / "entrepot_carrier_my_line" / "mapping.py"
    right = mapping.read_text(encoding="utf-8")
    assert MISTAKE in right
    mapping.write_text(right.replace(MISTAKE, ""), encoding="utf-8")
    try:
        told = examine(python, carrier).stdout
    finally:
        mapping.write_text(right, encoding="utf-8")

    [promised] = [block for block in blocks(INTEGRATOR, "text") if "What it costs" in block]
    assert [line for line in promised.splitlines()[1:] if line not in told] == []


@pytest.mark.slow
def test_integrators_simulator_answers(python: str, carrier: Path) -> None:
    port = free_port()
    module = "entrepot_carrier_my_line.simulator"
    with subprocess.Popen(
        [python, "-m", module, "--port", str(port), "--data", "."], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as simulator:
        try:
            assert simulator.stdout is not None
            assert simulator.stdout.readline() == b"ready\n"
            asked = json.dumps({"from": "DE", "to": "FR", "grams": 1200}).encode()
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/quotes", asked, timeout=10) as reply:
                answer = json.loads(reply.read())
        finally:
            simulator.terminate()

    assert answer["offers"][0]["cents"] == 1190
