"""The pages of a return: the buyer asks or withdraws in two steps, staff settle, both read the documents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextvars import Context
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from entrepot.markets.service import change_store
from entrepot.orders import fulfilment, queries
from entrepot.orders.detail import order_detail
from entrepot.returns.queries import return_view
from entrepot.staff import service as staff
from entrepot.storage.session import release_reader
from entrepot.testkit.small_shop import SmallShop, small_shop

PASSWORD = "a long enough password"


class Browser(FlaskClient):
    """Keeps the page and sends forms with its token."""

    page = ""

    def open(self, *args: Any, **options: Any) -> Any:
        response = Context().run(super().open, *args, **{**options, "buffered": True})
        if response.mimetype == "text/html" and response.status_code < 300:
            self.page = response.text
        return response

    def send(self, path: str, **form: object) -> Any:
        tokens = re.findall(r'name="csrf_token" value="([^"]+)"', self.page)
        return self.post(path, data={"csrf_token": tokens[-1], **form}, follow_redirects=True)

    def hidden(self, name: str) -> str:
        return unescape(re.findall(rf'name="{name}" value="([^"]*)"', self.page)[0])


@pytest.fixture
def shop(database_url: str, tmp_path: Path) -> Iterator[SmallShop]:
    with small_shop(database_url, tmp_path, web=True) as opened:
        opened.app.testing = True
        yield opened


@pytest.fixture
def browser(shop: SmallShop) -> Browser:
    return Browser(shop.app, shop.app.response_class, use_cookies=True)


@pytest.fixture
def order(shop: SmallShop) -> queries.OrderView:
    number = shop.paid(quantity=2).number
    part = order_detail(shop.runtime, number).fulfilments[0]
    fulfilment.ship(
        shop.runtime, number, fulfilment_id=part.id, tracking_number="T", carrier="Post", actor="x", idempotency_key="p"
    )
    found = queries.order_view(number=number)
    assert found is not None
    return found


def sign_in(shop: SmallShop, browser: Browser) -> None:
    staff.create(shop.runtime, email="a@shop.example", name="Anna", password=PASSWORD, permissions=("*",), locale="en")
    browser.get("/admin/login")
    browser.send("/admin/login", email="a@shop.example", password=PASSWORD)


@pytest.mark.covers("S1.49")
def test_a_guest_withdraws_in_two_steps(browser: Browser, order: queries.OrderView) -> None:
    page = browser.get(f"/order/{order.token}").text
    assert f"/order/{order.token}/returns" in page
    assert "Withdraw from contract here" in browser.get(f"/order/{order.token}/returns").text
    line = f"quantity-{order.lines[0].id}"
    browser.get(f"/order/{order.token}/withdraw")
    assert "I withdraw from the contract" in browser.send(f"/order/{order.token}/withdraw", **{line: 2}).text
    form = {line: 2, "key": browser.hidden("key"), "reason": ""}
    done = browser.send(f"/order/{order.token}/withdraw/confirm", **form).text
    assert f"We have received your withdrawal. Its number is {order.number}-R1." in done
    release_reader()
    assert return_view(f"{order.number}-R1").withdrawal


@pytest.mark.covers("S1.50", "S2.17", "G18")
def test_staff_see_the_plan_before_they_settle(shop: SmallShop, browser: Browser, order: queries.OrderView) -> None:
    line = order.lines[0].id
    browser.get(f"/order/{order.token}/returns")
    form = {f"quantity-{line}": 1, "key": browser.hidden("key"), "reason": "Small"}
    assert "We have received your request." in browser.send(f"/order/{order.token}/returns", **form).text
    sign_in(shop, browser)
    number = f"{order.number}-R1"
    assert number in browser.get("/admin/returns").text
    assert "/returns" in browser.get(f"/admin/orders/{order.number}").text
    browser.get(f"/admin/returns/{number}")
    browser.send(f"/admin/returns/{number}/approve")
    browser.send(f"/admin/returns/{number}/receive")
    decisions = {f"resolution-{line}": "refund", f"grade-{line}": "used", "fee": "10"}
    assert "Settle and give back €17.91" in browser.send(f"/admin/returns/{number}/settle", **decisions).text
    settled = browser.send(f"/admin/returns/{number}/settle", **decisions, expected="17.91").text
    assert "Settled" in settled
    documents = browser.get(f"/admin/orders/{order.number}/returns").text
    credit = re.findall(r"/admin/orders/[^\"]+/documents/[^\"]+", documents)[-1]
    assert "Credit note CN-" in browser.get(credit).text
    printed = browser.get(f"/order/{order.token}/documents/{credit.rpartition('/')[2]}").text
    assert "corrects invoice INV-" in printed
    assert browser.get(f"/order/{order.token}/documents/nothing").status_code == 404


@pytest.mark.covers("S1.49", "S1.51")
def test_a_buyer_reads_what_was_agreed_and_what_became_better(browser: Browser, order: queries.OrderView) -> None:
    page = browser.get(f"/order/{order.token}/returns").text
    assert "within 30 days of delivery" in page and f'href="/order/{order.token}/policies"' in page
    assert "better for you" not in page
    change_store(settings={"returns": {"days": 90, "fee_percent": 50}})
    page = browser.get(f"/order/{order.token}/returns").text
    assert "within 90 days of delivery" in page and "We keep" not in page
    assert "Where our promises of today are better for you, they hold." in page
