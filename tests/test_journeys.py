"""A guest buys in a real browser, staff ship, the buyer follows the parcel: with real plugins and real processes."""

from __future__ import annotations

import contextlib
import json
import random
import re
import socket
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from support.browsers import DESKTOP, open_page
from support.servers import running_server
from support.store import StoreOnDisk, make_store

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

#: Material that may not be shipped lies beside the project.
SHARED = Path(__file__).resolve().parents[2] / "shared"
SHOPIFY_FILE = "data/shop-products/shopify-apparel.csv"
OWNER, PASSWORD = "owner@quay.example", "a long enough password"
TRACKING = "RR123456785DE"


@dataclass(frozen=True)
class OpenShop:
    """A served store with a payment service and a mailbox beside it."""

    store: StoreOnDisk
    url: str
    payment_service: str
    mailbox: str


@pytest.fixture
def open_shop(database_url: str, tmp_path: Path) -> Iterator[OpenShop]:
    file = SHARED / SHOPIFY_FILE
    if not file.is_file():
        pytest.skip(f"the shared product file {SHOPIFY_FILE} is not beside the project")
    store = make_store(tmp_path / "data", database_url)
    store.command("import", "products", str(file))
    store.command("staff", "create", "--email", OWNER, "--name", "Olga Owner", "--password", PASSWORD)
    with ExitStack() as stack:
        payments = stack.enter_context(_simulator("entrepot_payment_sandbox.simulator", tmp_path / "psp"))
        mails = stack.enter_context(_simulator("entrepot_notifier_email.simulator", tmp_path / "mail"))
        _connect(store, payments, mails)
        server = stack.enter_context(store.served(worker=True))
        yield OpenShop(store, server.url, payments, mails)


@contextmanager
def _simulator(module: str, folder: Path) -> Iterator[str]:
    import sys

    folder.mkdir()
    command = [sys.executable, "-m", module, "--port", "{port}", "--data", str(folder)]
    with running_server(command, log=folder / "log.txt", port=_pair_of_free_ports()) as server:
        yield server.url


def _pair_of_free_ports() -> int:
    """The mail catcher takes the port after its page's for SMTP: two below those that connections are given."""
    for _ in range(200):
        port = random.SystemRandom().randrange(20_000, 32_000, 2)
        with contextlib.suppress(OSError), socket.socket() as page, socket.socket() as smtp:
            page.bind(("127.0.0.1", port))
            smtp.bind(("127.0.0.1", port + 1))
            return port
    raise AssertionError("no two free ports beside each other")


def _connect(store: StoreOnDisk, payments: str, mails: str) -> None:
    sandbox = {"base_url": payments, "api_key": "sandbox-demo-key", "webhook_secret": "sandbox-demo-secret"}
    smtp = {"host": "127.0.0.1", "port": urlsplit(mails).port + 1, "security": "none", "sender": "shop@quay.example"}
    with store.opened() as runtime:
        runtime.accounts.create("payment", "sandbox", label="Sandbox", config=sandbox, position=1)
        runtime.accounts.create("notifier", "email", label="E-mail", config=smtp)


def control(shop: OpenShop, **faults: object) -> None:
    """Tell the payment service how to misbehave."""
    body = json.dumps({"faults": faults}).encode()
    request = urllib.request.Request(
        f"{shop.payment_service}/control", body, {"Content-Type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 200


def until(what: Callable[[], bool], *, seconds: float = 30) -> None:
    """Wait for another process; bounded."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.2)


def buy(page: Page, shop: OpenShop, slug: str) -> None:
    """From the product to the payment service's page."""
    page.goto(f"{shop.url}/p/{slug}")
    page.locator("form[action='/cart/add'] button[type=submit]").first.click()
    page.goto(f"{shop.url}/checkout")
    for name, value in {
        "email": "anna@example.com",
        "name": "Anna Berg",
        "street": "Am Kai 1",
        "postcode": "20457",
        "city": "Hamburg",
    }.items():
        page.locator(f"[name={name}]").first.fill(value)
    page.locator("main form[action='/checkout/address'] button.button--primary").click()
    page.wait_for_url(re.compile("/checkout/(shipping|payment)$"))
    if page.url.endswith("/checkout/shipping"):
        page.locator("main form[action='/checkout/shipping'] button.button--primary").click()
    page.locator("main form[action='/checkout/place'] button[name=payment]").first.click()


def pay(page: Page) -> None:
    page.locator("button[name=action][value=pay]").click()


def status_of(shop: OpenShop, token: str) -> str:
    from entrepot.orders.queries import order_view

    with shop.store.opened():
        order = order_view(token=token)
        assert order is not None
        return order.status


def order_token(page: Page, shop: OpenShop) -> str:
    page.wait_for_url(f"{shop.url}/order/*")
    return urlsplit(page.url).path.rsplit("/", 1)[1]


def staff_ship(browser: Browser, shop: OpenShop, number: str) -> None:
    with open_page(browser, viewport=DESKTOP) as desk:
        desk.goto(f"{shop.url}/admin/login")
        desk.fill("[name=email]", OWNER)
        desk.fill("[name=password]", PASSWORD)
        desk.locator("main button[type=submit], form button[type=submit]").last.click()
        desk.goto(f"{shop.url}/admin/orders/{number}")
        desk.locator("[name=tracking_number]").first.fill(TRACKING)
        desk.locator("form:has([name=tracking_number]) button[type=submit]").first.click()
        assert TRACKING in desk.content()


def number_of(shop: OpenShop, token: str) -> str:
    from entrepot.orders.queries import order_view

    with shop.store.opened():
        order = order_view(token=token)
        assert order is not None
        return order.number


def mails(shop: OpenShop) -> list[dict[str, str]]:
    with urllib.request.urlopen(f"{shop.mailbox}/mails.json", timeout=10) as answer:
        found: list[dict[str, str]] = json.load(answer)
        return found


@pytest.mark.databases
@pytest.mark.browser
@pytest.mark.covers("S0.2", "S0.18", "S0.44", "S0.46", "S0.47", "S0.49", "S0.50", "S1.22", "S1.35", "S1.41", "S2.1")
def test_a_guest_buys_an_imported_product_and_follows_its_parcel(browser: Browser, open_shop: OpenShop) -> None:
    with open_page(browser, viewport=DESKTOP) as page:
        buy(page, open_shop, "ocean-blue-shirt")
        pay(page)
        token = order_token(page, open_shop)
        until(lambda: status_of(open_shop, token) == "to_ship")
        staff_ship(browser, open_shop, number_of(open_shop, token))
        page.reload()
        assert TRACKING in page.locator("main").inner_text()
        until(
            lambda: any(TRACKING in json.dumps(mail) or "way" in mail.get("subject", "") for mail in mails(open_shop))
        )


@pytest.mark.browser
@pytest.mark.covers("S2.38", "S0.43")
def test_the_same_purchase_without_a_line_of_script(browser: Browser, open_shop: OpenShop) -> None:
    with open_page(browser, viewport=DESKTOP, java_script_enabled=False) as page:
        buy(page, open_shop, "ocean-blue-shirt")
        pay(page)
        page.wait_for_url(lambda url: url.startswith(open_shop.url))
        token = newest_order(open_shop)
        until(lambda: status_of(open_shop, token) == "to_ship")
        page.goto(f"{open_shop.url}/order/{token}")
        staff_ship(browser, open_shop, number_of(open_shop, token))
        page.reload()
        assert TRACKING in page.locator("main").inner_text()


@pytest.mark.browser
@pytest.mark.databases
@pytest.mark.covers("S2.14", "G8")
def test_return_page_and_webhook_in_any_order_pay_once(browser: Browser, open_shop: OpenShop) -> None:
    """Webhook first, return page first, no webhook at all, three of them: each order is paid once."""
    orders: list[dict[str, object]] = [{"before_return": True}, {"late": 2}, {"lost": True}, {"duplicate": 3}]
    for bought, faults in enumerate(orders, start=1):
        control(open_shop, **faults)
        with open_page(browser, viewport=DESKTOP) as page:
            buy(page, open_shop, "ocean-blue-shirt")
            pay(page)
            page.wait_for_url(lambda url: url.startswith(open_shop.url))
        token = newest_order(open_shop)
        until(lambda token=token: status_of(open_shop, token) == "to_ship", seconds=60)  # type: ignore[misc]
        assert captures(open_shop) == bought


def newest_order(shop: OpenShop) -> str:
    from entrepot.orders.listing import order_list
    from entrepot.orders.queries import order_view

    with shop.store.opened():
        order = order_view(number=order_list().rows[0].number)
        assert order is not None
        return order.token


def captures(shop: OpenShop) -> int:
    from sqlalchemy import func, select

    from entrepot.storage.models import FactRow
    from entrepot.storage.session import reader

    with shop.store.opened():
        query = select(func.count()).select_from(FactRow).where(FactRow.kind == "payment_captured")
        return int(reader().execute(query).scalar_one())
