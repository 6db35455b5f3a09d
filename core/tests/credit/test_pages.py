"""Cards on the pages: issued and blocked at the desk, entered in the cart, spent at the last step."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextvars import Context
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from entrepot.background import CONSUMERS
from entrepot.catalog.models import Variant
from entrepot.catalog.records import PriceRecord, ProductRecord, VariantRecord
from entrepot.catalog.service import save_products
from entrepot.checkout import credits
from entrepot.checkout import service as checkout
from entrepot.credit import queries
from entrepot.credit import service as credit
from entrepot.engine.worker import work_once
from entrepot.kernel.money import Money
from entrepot.ledger import disputes
from entrepot.ledger.service import book
from entrepot.notifications.service import without_codes
from entrepot.orders import gift_cards
from entrepot.orders import queries as orders
from entrepot.payments import queries as payments
from entrepot.sdk.payments import DisputeNews, DisputeState, Outcome
from entrepot.staff import service as staff
from entrepot.storage.session import reader, release_reader, unit_of_work
from entrepot.testkit.providers import BANK, Postbox, dispute_webhook
from entrepot.testkit.small_shop import SmallShop, small_shop

PASSWORD = "a long enough password"
ADDRESS = {
    "email": "anna@example.com", "country": "DE", "name": "Anna", "street": "Am Kai 1", "postcode": "20457",
    "city": "Hamburg",
}  # fmt: skip


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
        return unescape(re.findall(rf'name="{name}" value="([^"]*)"', self.page)[-1])


@pytest.fixture
def shop(database_url: str, tmp_path: Path) -> Iterator[SmallShop]:
    with small_shop(database_url, tmp_path, web=True) as opened:
        opened.app.testing = True
        yield opened


@pytest.fixture
def browser(shop: SmallShop) -> Browser:
    return Browser(shop.app, shop.app.response_class, use_cookies=True)


def sign_in(shop: SmallShop, browser: Browser) -> None:
    staff.create(shop.runtime, email="a@shop.example", name="Anna", password=PASSWORD, permissions=("*",), locale="en")
    browser.get("/admin/login")
    browser.send("/admin/login", email="a@shop.example", password=PASSWORD)


def only_card(shop: SmallShop) -> queries.CreditView:
    release_reader()
    [card] = queries.credit_list(shop.clock.now())
    return card


def test_the_desk_issues_finds_and_blocks_a_card(shop: SmallShop, browser: Browser) -> None:
    sign_in(shop, browser)
    assert "No card here" in browser.get("/admin/credits").text
    form = {"kind": "gift_card", "amount": "25,00", "currency": "EUR", "paid_from": "bank", "key": "k1"}
    assert "The card is issued." in browser.send("/admin/credits", **form).text
    browser.send("/admin/credits", **form)
    card = only_card(shop)
    assert card.balance == Money(2500, "EUR")
    code = credit.code_of(shop.runtime, card.id)
    assert card.code_end in browser.get(f"/admin/credits?q={code}").text
    assert code in browser.get(f"/admin/credits/{card.id}").text
    browser.send(f"/admin/credits/{card.id}/block", blocked="true")
    assert only_card(shop).state == "blocked"
    assert browser.get("/admin/credits/none").status_code == 404
    assert "above zero" in browser.send("/admin/credits", **{**form, "amount": "0", "key": "k2"}).text


@pytest.mark.covers("S1.50")
def test_a_guest_pays_everything_with_a_card_without_a_script(shop: SmallShop, browser: Browser) -> None:
    card = credit.issue(shop.runtime, credit.Issue("gift_card", Money(10_000, "EUR"), "k"), actor="staff:anna")
    browser.get("/p/tableware")
    browser.send("/cart/add", sku="MUG", quantity=1)
    assert "There is no gift card" in browser.send("/cart/credit", code="WRONG").text
    assert "Enter the code" in browser.send("/cart/credit", code="").text
    shown = browser.send("/cart/credit", code=credit.code_of(shop.runtime, card).lower()).text
    assert "Gift card" in shown
    browser.get("/checkout/address")
    browser.send("/checkout/address", **ADDRESS)
    browser.send("/checkout/shipping", option=f"{shop.accounts['flat']}|standard")
    page = browser.get("/checkout/payment").text
    assert "Place the order, nothing to pay" in page
    form = {name: browser.hidden(name) for name in ("quote_id", "expected_total", "expected_due", "key")}
    placed = browser.send("/checkout/place", **form).text
    assert "We are packing your order" in placed
    release_reader()
    assert queries.credit_view(card, shop.clock.now()).balance == Money(10_000 - 2490, "EUR")


def test_a_card_is_taken_out_again_at_the_last_step(shop: SmallShop, browser: Browser) -> None:
    card = credit.issue(shop.runtime, credit.Issue("store_credit", Money(500, "EUR"), "k"), actor="staff:anna")
    browser.get("/p/tableware")
    browser.send("/cart/add", sku="MUG", quantity=1)
    browser.get("/checkout/address")
    browser.send("/checkout/address", **ADDRESS)
    browser.send("/checkout/shipping", option=f"{shop.accounts['flat']}|standard")
    browser.get("/checkout/payment")
    code = credit.code_of(shop.runtime, card)
    assert "€19.90" in browser.send("/cart/credit", code=code, screen="payment").text
    assert "Store credit ••••" not in browser.send("/cart/credit/remove", credit=card, screen="payment").text


@pytest.mark.covers("S0.9")
def test_the_api_takes_a_card_and_says_what_is_left(shop: SmallShop, browser: Browser) -> None:
    card = credit.issue(shop.runtime, credit.Issue("gift_card", Money(1000, "EUR"), "k"), actor="staff:anna")
    token = shop.cart()
    path = f"/api/v1/carts/{token}/credits"
    cart = browser.post(path, json={"code": credit.code_of(shop.runtime, card)}).get_json()
    assert [each["id"] for each in cart["credits"]] == [card]
    prices = browser.get(f"/api/v1/carts/{token}/prices").get_json()
    assert [use["credit_id"] for use in prices["due"]["uses"]] == [card]
    assert browser.post(path, json={"code": "NONE"}).status_code == 422
    assert browser.delete(f"{path}/{card}").get_json()["credits"] == []


@pytest.mark.covers("G5")
def test_a_lost_dispute_is_written_off_at_the_desk(shop: SmallShop, browser: Browser) -> None:
    number = shop.paid().number
    order_id = orders.id_of(number)
    amount = Money(500, "EUR")
    with unit_of_work() as session:
        book(
            session,
            order_id=order_id,
            kind="settlement",
            source="t",
            at=shop.clock.now(),
            postings=[("payout", -amount), ("disputes", amount)],
        )
    sign_in(shop, browser)
    assert "€5.00" in browser.get(f"/admin/orders/{number}/returns").text
    assert "is written off" in browser.send(f"/admin/orders/{number}/dispute-lost").text
    release_reader()
    assert disputes.held(order_id) == []


@pytest.mark.covers("S1.35", "G5")
def test_the_order_page_shows_a_dispute_with_its_due_date(shop: SmallShop, browser: Browser) -> None:
    number = shop.paid().number
    attempt = payments.attempts(orders.id_of(number))[0]
    news = DisputeNews(
        DisputeState.OPENED, "dp-1", Money(500, "EUR"), Money(1500, "EUR"), "Not received", shop.clock.now()
    )
    body, headers = dispute_webhook("evt", attempt.reference, news, paid=attempt.amount)
    assert browser.post(f"/hooks/payments/{attempt.account_id}", data=body, headers=headers).status_code == 200
    sign_in(shop, browser)
    page = unescape(browser.get(f"/admin/orders/{number}").text)
    assert "Dispute over €5.00" in page and "The provider takes your answer until" in page
    assert "The buyer's bank disputes EUR 5.00 (dp-1): Not received." in page
    assert "Write the dispute off" in page and "The buyer's bank takes money back" in page


def sold_card(shop: SmallShop) -> tuple[str, str, str]:
    """(order number, private token, card) of a paid order of one card over 50.00."""
    BANK.start = Outcome.CAPTURED
    record = ProductRecord(
        slug="card",
        name={"en": "Card"},
        variants=(VariantRecord(sku="CARD", prices={"eu": PriceRecord(5000)}),),
        tax_category="gift_card",
    )
    save_products(shop.runtime, [record])
    token = shop.cart(variant=reader().execute(select(Variant.id).where(Variant.sku == "CARD")).scalar_one())
    quote = checkout.requote(shop.runtime, token)
    placed = checkout.place_order(
        shop.runtime,
        cart_token=token,
        quote_id=quote.id,
        expected_total=quote.total,
        payment_account_id=shop.accounts["scripted"],
        idempotency_key="key-1",
        return_url=lambda _id: "http://shop.test/",
    )
    [card] = gift_cards.cards_of(placed.number)
    return placed.number, placed.token, card.id


@pytest.mark.covers("S0.9")
def test_the_buyer_reads_the_code_behind_the_private_link_and_by_mail_and_the_log_keeps_none(
    shop: SmallShop, browser: Browser
) -> None:
    number, token, card = sold_card(shop)
    code = credit.code_of(shop.runtime, card)
    page = browser.get(f"/order/{token}").text
    assert code in page and "Your gift card" in page
    [own] = browser.get(f"/api/v1/my-orders/{token}/gift-cards").get_json()["items"]
    assert (own["code"], own["state"], own["issued"]["amount"]) == (code, "unused", "50.00")
    work_once(shop.runtime, CONSUMERS)
    [sent] = [each for each in Postbox.sent if each.kind == "gift_cards_issued"]
    assert [(each.code, each.amount) for each in sent.context["cards"]] == [(code, Money(5000, "EUR"))]
    assert without_codes(f"Your code: {code}", sent.context["cards"]) == f"Your code: •••• {code[-4:]}"
    sign_in(shop, browser)
    desk = browser.get(f"/admin/orders/{number}").text
    assert "Gift cards of this order" in desk and code not in desk
    assert "is taken back" in browser.send(f"/admin/orders/{number}/gift-cards/{card}", reason="Asked for it").text
    assert code not in browser.get(f"/order/{token}").text


def test_the_desk_reads_why_a_used_card_is_not_taken_back(shop: SmallShop, browser: Browser) -> None:
    number, _, card = sold_card(shop)
    token = shop.cart()
    credits.use_credit(shop.runtime, token, code=credit.code_of(shop.runtime, card))
    shop.place(token, key="key-2")
    sign_in(shop, browser)
    browser.get(f"/admin/orders/{number}")
    refused = browser.send(f"/admin/orders/{number}/gift-cards/{card}", reason="Asked for it").text
    assert "EUR 24.90 of EUR 50.00 is gone" in refused
