"""Placing an order: agreed total, one order per key and per cart, nothing half-written."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select, update

from entrepot.catalog.models import Price
from entrepot.checkout import carts, queries, quoting, service
from entrepot.checkout.errors import (
    AlreadyOrdered,
    CartEmpty,
    CartMissing,
    ChoiceGone,
    InvalidFields,
    InvalidQuantity,
    KeyReused,
    NotEnough,
    QuoteTampered,
    TotalChanged,
)
from entrepot.checkout.models import Quote as QuoteRow
from entrepot.inventory.queries import available
from entrepot.kernel.address import Address
from entrepot.kernel.money import Money
from entrepot.markets.service import change_store
from entrepot.orders import queries as orders
from entrepot.orders.models import Order, OrderEvent
from entrepot.payments.models import PaymentAttempt
from entrepot.sdk import PaymentRequest, PaymentResult, ProviderUnavailable
from entrepot.storage.session import db, reader, unit_of_work
from entrepot.testkit.providers import ByHand
from entrepot.testkit.small_shop import SmallShop

pytestmark = pytest.mark.databases


def number_of(table: type) -> int:
    return int(reader().execute(select(func.count()).select_from(table)).scalar_one())


def quoted(shop: SmallShop, token: str) -> service.Quote:
    return service.choose_shipping(shop.runtime, token, account_id=shop.accounts["flat"], service="standard")


def place(
    shop: SmallShop,
    token: str,
    quote: service.Quote,
    *,
    key: str = "k",
    total: Money | None = None,
    pay_by: str = "scripted",
) -> service.PlacedOrder:
    return service.place_order(
        shop.runtime,
        cart_token=token,
        quote_id=quote.id,
        expected_total=total or quote.total,
        payment_account_id=shop.accounts[pay_by],
        idempotency_key=key,
        return_url=lambda attempt_id: f"http://shop.test/{attempt_id}",
    )


@contextmanager
def commits() -> Iterator[list[object]]:
    """One entry for each commit to the database inside the block."""
    seen: list[object] = []

    def count(connection: object) -> None:
        seen.append(connection)

    event.listen(db.engine, "commit", count)
    try:
        yield seen
    finally:
        event.remove(db.engine, "commit", count)


@pytest.mark.covers("S2.1", "G15")
def test_order_payment_attempt_and_what_the_buyer_must_do_are_one_commit(shop: SmallShop) -> None:
    token = shop.cart()
    quote = quoted(shop, token)
    with commits() as seen:
        placed = place(shop, token, quote, pay_by="by-hand")
    assert len(seen) == 1
    assert placed.payment is not None
    assert placed.payment.state == "pending"
    assert [line.value for line in placed.payment.instructions] == [placed.number]
    assert [row.kind for row in reader().scalars(select(OrderEvent).order_by(OrderEvent.id))] == [
        "placed",
        "allocated",
        "payment_pending",
    ]


def test_an_offline_provider_that_fails_is_asked_again_after_the_commit(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = shop.cart()
    quote = quoted(shop, token)
    start, asked = ByHand.start, []

    def fails_at_first(provider: ByHand, request: PaymentRequest) -> PaymentResult:
        asked.append(request.idempotency_key)
        if len(asked) == 1:
            raise RuntimeError("not yet")
        return start(provider, request)

    monkeypatch.setattr(ByHand, "start", fails_at_first)
    placed = place(shop, token, quote, pay_by="by-hand")
    assert placed.payment is not None
    assert placed.payment.state == "pending"
    assert len(asked) == 2
    assert len(set(asked)) == 1


def test_a_provider_that_says_offline_and_asks_the_network_holds_up_nobody(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = shop.cart()
    quote = quoted(shop, token)
    inside: list[str] = []

    def phones(provider: ByHand, request: PaymentRequest) -> PaymentResult:
        try:
            provider.ctx.http.get("http://127.0.0.1:9/")
        except ProviderUnavailable as error:
            inside.append(str(error))
            raise
        raise AssertionError("somebody answered")

    monkeypatch.setattr(ByHand, "start", phones)
    placed = place(shop, token, quote, pay_by="by-hand")
    assert "was not sent" in inside[0]
    assert placed.payment is not None
    assert placed.payment.state == "unknown"


@pytest.mark.covers("S2.1", "S1.16", "S1.19", "S2.2")
def test_an_order_is_a_snapshot_of_what_was_quoted(shop: SmallShop) -> None:
    placed = shop.place(quantity=2)
    order = orders.order_view(token=placed.token)
    assert order.status == "to_pay"
    assert [(line.kind, str(line.amount)) for line in order.totals] == [
        ("goods", "EUR 39.80"),
        ("shipping", "EUR 5.00"),
        ("tax_included", "EUR 4.07"),
        ("total", "EUR 44.80"),
    ]
    assert available([shop.mug])[shop.mug] == 13


@pytest.mark.covers("S0.46", "S0.9")
def test_the_same_key_gives_the_same_order(shop: SmallShop) -> None:
    token = shop.cart()
    quote = quoted(shop, token)
    first, second = place(shop, token, quote), place(shop, token, quote)
    assert first.number == second.number
    assert (number_of(Order), number_of(PaymentAttempt)) == (1, 1)


def test_the_same_key_with_another_body_is_refused(shop: SmallShop) -> None:
    token = shop.cart()
    quote = quoted(shop, token)
    place(shop, token, quote)
    with pytest.raises(KeyReused):
        place(shop, token, quote, total=Money(1, "EUR"))


def test_a_cart_becomes_one_order_whatever_the_keys(shop: SmallShop) -> None:
    token = shop.cart()
    quote = quoted(shop, token)
    place(shop, token, quote, key="one")
    with pytest.raises(AlreadyOrdered):
        place(shop, token, quote, key="two")
    assert number_of(Order) == 1


@pytest.mark.covers("S0.46")
def test_a_total_that_the_buyer_has_not_seen_is_not_charged(shop: SmallShop) -> None:
    token = shop.cart()
    quote = quoted(shop, token)
    with unit_of_work() as session:
        session.execute(update(Price).where(Price.variant_id == shop.mug).values(amount=2500))
    shop.clock.move(quoting.VALID_FOR + timedelta(seconds=1))
    with pytest.raises(TotalChanged) as refused:
        place(shop, token, quote)
    assert refused.value.quote.total == Money(3000, "EUR")
    assert number_of(Order) == 0
    assert place(shop, token, refused.value.quote, key="again").number


def test_a_quote_holds_its_price_until_it_runs_out(shop: SmallShop) -> None:
    token = shop.cart()
    quote = quoted(shop, token)
    with unit_of_work() as session:
        session.execute(update(Price).where(Price.variant_id == shop.mug).values(amount=2500))
    shop.clock.move(quoting.VALID_FOR - timedelta(seconds=1))
    assert place(shop, token, quote).number


def test_a_changed_cart_does_not_sell_at_the_old_quote(shop: SmallShop) -> None:
    token = shop.cart()
    quote = quoted(shop, token)
    carts.set_quantity(shop.runtime, token, variant_id=shop.mug, quantity=3)
    with pytest.raises(TotalChanged):
        place(shop, token, quote)


def test_a_tampered_quote_is_refused(shop: SmallShop) -> None:
    token = shop.cart()
    quote = quoted(shop, token)
    with unit_of_work() as session:
        row = session.get(QuoteRow, quote.id)
        row.content = {**row.content, "total": [1, "EUR"]}
    with pytest.raises(QuoteTampered):
        place(shop, token, quote, total=Money(1, "EUR"))


def test_another_carts_quote_is_refused(shop: SmallShop) -> None:
    mine, others = shop.cart(), shop.cart(quantity=2)
    quoted(shop, mine)
    foreign = quoted(shop, others)
    with pytest.raises(QuoteTampered):
        place(shop, mine, foreign)


def test_a_carrier_that_is_not_offered_cannot_be_chosen(shop: SmallShop) -> None:
    with pytest.raises(ChoiceGone):
        service.choose_shipping(shop.runtime, shop.cart(), account_id=shop.accounts["flat"], service="rocket")


def test_where_no_carrier_goes_nothing_is_offered(shop: SmallShop) -> None:
    token = shop.cart()
    address = Address("AQ", name="Anna", street="Station 1", city="McMurdo")
    carts.set_address(shop.runtime, token, email="anna@example.com", shipping=address)
    page = queries.delivery_page(shop.runtime, token)
    assert [choice.options for choice in page.shipments] == [()] and not page.is_possible


def test_an_empty_cart_is_not_ordered(shop: SmallShop) -> None:
    token = shop.cart()
    quote = quoted(shop, token)
    carts.remove(shop.runtime, token, variant_id=shop.mug)
    with pytest.raises(CartEmpty):
        place(shop, token, quote)


def test_an_unknown_cart_says_so(shop: SmallShop) -> None:
    with pytest.raises(CartMissing):
        queries.cart_page(shop.runtime, "forged")


@pytest.mark.parametrize("quantity", [-1, 10_000])
def test_an_absurd_quantity_is_refused(shop: SmallShop, quantity: int) -> None:
    token = carts.start_cart(shop.runtime, market="eu", locale="en")
    with pytest.raises(InvalidQuantity):
        carts.set_quantity(shop.runtime, token, variant_id=shop.mug, quantity=quantity)


@pytest.mark.covers("S0.43")
def test_more_than_there_is_cannot_be_put_into_the_cart(shop: SmallShop) -> None:
    token = carts.start_cart(shop.runtime, market="eu", locale="en")
    with pytest.raises(NotEnough, match="Only 15"):
        carts.add(shop.runtime, token, variant_id=shop.mug, quantity=16)


@pytest.mark.covers("S0.44", "S0.59")
def test_an_address_is_checked_by_its_countrys_rules(shop: SmallShop) -> None:
    token = shop.cart()
    wrong = Address("DE", name="", street="Am Kai 1", postcode="1234", city="Hamburg")
    with pytest.raises(InvalidFields) as refused:
        carts.set_address(shop.runtime, token, email="nobody", shipping=wrong)
    assert set(refused.value.fields) == {"email", "name", "postcode"}


def test_stock_that_was_sold_meanwhile_is_not_sold_again(shop: SmallShop) -> None:
    slow = shop.cart(quantity=15)
    quote = quoted(shop, slow)
    shop.place(key="faster")
    with pytest.raises(NotEnough):
        place(shop, slow, quote)
    assert number_of(Order) == 1


@pytest.mark.covers("S1.8", "S2.31")
def test_twelve_buyers_of_fifteen_pieces_by_four_make_three_orders(shop: SmallShop) -> None:
    tokens = [shop.cart(quantity=4) for _ in range(12)]
    quotes = [quoted(shop, token) for token in tokens]
    outcomes: list[str] = []

    def buy(token: str, quote: service.Quote) -> None:
        with shop.app.app_context():
            try:
                outcomes.append(place(shop, token, quote).number)
            except NotEnough:
                outcomes.append("")

    threads = [threading.Thread(target=buy, args=pair) for pair in zip(tokens, quotes, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(outcomes) == 12
    assert len({number for number in outcomes if number}) == 3
    assert available([shop.mug])[shop.mug] == 3


def test_one_key_sent_by_eight_threads_makes_one_order(shop: SmallShop) -> None:
    token = shop.cart()
    quote = quoted(shop, token)
    numbers: list[str] = []

    def buy() -> None:
        with shop.app.app_context():
            numbers.append(place(shop, token, quote).number)

    threads = [threading.Thread(target=buy) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(numbers) == 8
    assert len(set(numbers)) == 1
    assert (number_of(Order), number_of(PaymentAttempt)) == (1, 1)


def test_a_store_says_how_many_pieces_a_line_may_have(shop: SmallShop) -> None:
    change_store(settings={"most_per_line": 3})
    token = shop.cart(quantity=3)
    with pytest.raises(InvalidQuantity, match="from 1 to 3"):
        carts.add(shop.runtime, token, variant_id=shop.mug)
    assert queries.cart_page(shop.runtime, token).lines[0].max_quantity == 3
