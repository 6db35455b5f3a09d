"""Promotions in a shop: what the cart costs, who may still use them, and that the last use is sold once."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import select

from entrepot.checkout import carts, quoting, service
from entrepot.checkout.errors import TotalChanged
from entrepot.customers import service as customers
from entrepot.kernel.money import Money
from entrepot.markets.queries import MarketView, known_store, store
from entrepot.orders import queries as orders
from entrepot.orders import service as order_service
from entrepot.pricing import queries, redemptions
from entrepot.pricing.definitions import PromotionInvalid
from entrepot.pricing.fx import ConversionImpossible, RateInvalid
from entrepot.pricing.history import ListedPrice, record_prices
from entrepot.pricing.models import Promotion, PromotionCustomer
from entrepot.pricing.rules import Quote
from entrepot.pricing.service import end_cut, end_promotion, limit_discounts, save_cut, save_promotion, save_rates
from entrepot.pricing.strikes import asked_prices, lawful_strike
from entrepot.storage.session import reader, unit_of_work
from entrepot.testkit.small_shop import HAMBURG, SmallShop
from entrepot.testkit.statements import recorded

#: Named here too, because the shop asks for its database while it is opened.
pytestmark = [pytest.mark.databases, pytest.mark.usefixtures("database_url")]

TENNER = {"kind": "order_fixed", "amount": "10.00"}


def market() -> MarketView:
    found = store().market("eu")
    assert found is not None
    return found


def promote(shop: SmallShop, **terms: object) -> None:
    values: dict[str, object] = {"code": "ten", "label": {"en": "Ten off", "de": "Zehn weniger"}, "definition": TENNER}
    save_promotion(shop.runtime, **{**values, **terms})  # type: ignore[arg-type]


def cart_of(shop: SmallShop, email: str = "anna@example.com", *, coupon: str = "", quantity: int = 1) -> str:
    token = shop.cart(quantity=quantity)
    carts.set_address(shop.runtime, token, email=email, shipping=HAMBURG)
    if coupon:
        carts.add_coupon(shop.runtime, token, code=coupon)
    return token


def quoted(shop: SmallShop, token: str) -> Quote:
    return service.choose_shipping(shop.runtime, token, account_id=shop.accounts["flat"], service="standard")


def place(shop: SmallShop, token: str, quote: Quote, *, key: str = "k") -> service.PlacedOrder:
    return service.place_order(
        shop.runtime,
        cart_token=token,
        quote_id=quote.id,
        expected_total=quote.total,
        payment_account_id=shop.accounts["scripted"],
        idempotency_key=key,
        return_url=lambda attempt_id: f"http://shop.test/{attempt_id}",
    )


def uses(code: str = "ten") -> int:
    return int(reader().scalar(select(Promotion.used).where(Promotion.code == code)) or 0)


@pytest.mark.covers("S1.16", "G9")
def test_each_discount_stands_on_the_order_with_its_cause(shop: SmallShop) -> None:
    promote(shop)
    placed = shop.place(quantity=2)
    view = orders.order_view(token=placed.token)
    assert view is not None
    assert [(row.kind, row.label, str(row.amount), row.cause) for row in view.totals][:3] == [
        ("goods", "goods", "EUR 39.80", ""),
        ("discount", "Ten off", "EUR -10.00", "ten"),
        ("shipping", "Standard", "EUR 5.00", view.totals[2].cause),
    ]
    assert (str(view.total), str(view.lines[0].total)) == ("EUR 34.80", "EUR 29.80")


def test_free_delivery_is_taxed_and_charged_as_nothing(shop: SmallShop) -> None:
    promote(shop, definition={"kind": "shipping_percent", "percent": "100"})
    quote = quoted(shop, shop.cart())
    assert (str(quote.total), quote.shipping_charge.minor, quote.shipping_tax.minor) == ("EUR 19.90", 0, 0)


def test_a_coupon_counts_only_while_it_is_in_the_cart(shop: SmallShop) -> None:
    promote(shop, coupon="save")
    token = cart_of(shop, coupon="Save")
    with_coupon = quoted(shop, token)
    carts.remove_coupon(shop.runtime, token, code="SAVE")
    assert not quoting.fits(with_coupon, carts.content(token))
    assert (str(with_coupon.total), str(quoted(shop, token).total)) == ("EUR 14.90", "EUR 24.90")
    assert quoting.coupon_refusal(shop.runtime, carts.content(token), "save") == ""
    assert quoting.coupon_refusal(shop.runtime, carts.content(token), "spend") == "unknown"


def test_a_market_without_an_amount_has_no_promotion(shop: SmallShop) -> None:
    promote(shop, definition={"kind": "order_fixed", "amount": {"USD": "10.00"}})
    assert str(quoted(shop, shop.cart()).total) == "EUR 24.90"


def test_an_ended_promotion_stays_on_the_orders_that_it_was_used_for(shop: SmallShop) -> None:
    promote(shop)
    placed = place(shop, token := shop.cart(), quoted(shop, token))
    end_promotion(shop.runtime, "ten")
    order_service.cancel(shop.runtime, placed.number, reason="Changed mind", actor="buyer")
    view = orders.order_view(token=placed.token)
    assert view is not None and (view.status, str(view.total)) == ("cancelled", "EUR 14.90")
    assert str(quoted(shop, shop.cart()).total) == "EUR 24.90"


@pytest.mark.parametrize(("reusable", "left"), [(True, 0), (False, 1)])
def test_cancelling_gives_the_use_back_once_where_the_promotion_allows_it(
    shop: SmallShop, reusable: bool, left: int
) -> None:
    promote(shop, usage_limit=1, per_customer_limit=1, reusable_after_cancel=reusable)
    placed = place(shop, token := shop.cart(), quoted(shop, token))
    assert uses() == 1
    for _ in range(2):
        order_service.cancel(shop.runtime, placed.number, reason="Changed mind", actor="buyer")
        with unit_of_work() as session:
            redemptions.release(session, order_id=orders.id_of(placed.number) or 0, at=shop.clock.now())
    assert uses() == left
    assert reader().scalar(select(PromotionCustomer.used)) == left
    assert quoted(shop, shop.cart()).discount == Money(0 if left else 1000, "EUR")


def test_a_buyer_uses_it_no_more_often_than_allowed_whatever_the_capitals_of_the_address(shop: SmallShop) -> None:
    promote(shop, per_customer_limit=1)
    place(shop, token := cart_of(shop, "anna@example.com"), quoted(shop, token))
    assert quoted(shop, cart_of(shop, "Anna@Example.com")).discount.is_zero
    assert quoted(shop, cart_of(shop, "berta@example.com")).discount == Money(1000, "EUR")


def test_who_comes_too_late_is_shown_the_new_total_and_nothing_is_ordered(shop: SmallShop) -> None:
    promote(shop, usage_limit=1)
    first, second = cart_of(shop, "a@example.com"), cart_of(shop, "b@example.com")
    early, late = quoted(shop, first), quoted(shop, second)
    place(shop, first, early)
    with pytest.raises(TotalChanged) as refused:
        place(shop, second, late, key="late")
    assert str(refused.value.quote.total) == "EUR 24.90"
    assert carts.content(second).order_number == ""
    assert place(shop, second, refused.value.quote, key="again").number


@pytest.mark.covers("S2.31")
@pytest.mark.parametrize("limit", ["usage_limit", "per_customer_limit"])
def test_buyers_at_the_same_moment_take_no_more_uses_than_there_are(shop: SmallShop, limit: str) -> None:
    promote(shop, **{limit: 3})
    same = limit == "per_customer_limit"
    tokens = [cart_of(shop, f"buyer{0 if same else number}@example.com") for number in range(8)]
    quotes = [quoted(shop, token) for token in tokens]
    placed: list[str] = []
    refused: list[str] = []
    together = threading.Barrier(len(tokens))

    def buy(app: Flask, number: int) -> None:
        with app.app_context():
            together.wait()
            try:
                placed.append(place(shop, tokens[number], quotes[number], key=f"k{number}").number)
            except TotalChanged as error:
                refused.append(str(error))

    threads = [threading.Thread(target=buy, args=(shop.app, number)) for number in range(len(tokens))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(placed), len(refused), uses()) == (3, 5, 3)


def test_a_promotion_for_the_nth_order_counts_only_orders_that_stand(shop: SmallShop) -> None:
    promote(shop, definition={**TENNER, "nth_order": 2})
    assert quoted(shop, shop.cart()).discount.is_zero
    placed = place(shop, token := shop.cart(), quoted(shop, token))
    assert quoted(shop, shop.cart()).discount == Money(1000, "EUR")
    order_service.cancel(shop.runtime, placed.number, reason="Changed mind", actor="buyer")
    assert quoted(shop, shop.cart()).discount.is_zero


def test_categories_floors_and_what_is_not_discountable_come_from_the_shop(shop: SmallShop) -> None:
    promote(shop, definition={"kind": "unit_percent", "percent": "50", "category": "kitchen"})
    assert quoted(shop, shop.cart()).discount == Money(995, "EUR")
    limit_discounts(shop.runtime, variant_id=shop.mug, floors={"EUR": "15.00"})
    assert quoted(shop, shop.cart()).discount == Money(490, "EUR")
    limit_discounts(shop.runtime, variant_id=shop.mug, discountable=False)
    assert quoted(shop, shop.cart()).discount.is_zero


@pytest.mark.covers("G15")
def test_a_catalogue_cut_lowers_the_price_within_its_window(shop: SmallShop) -> None:
    now = shop.clock.now()
    save_cut(
        shop.runtime,
        code="sale",
        label={"en": "Sale"},
        definition={"percent": "15", "category": "kitchen"},
        starts_at=now + timedelta(hours=1),
        ends_at=now + timedelta(hours=2),
    )
    prices = []
    for _ in range(3):
        line = quoted(shop, shop.cart()).lines[0]
        prices.append((line.unit_price.minor, line.list_price and line.list_price.minor))
        shop.clock.move(timedelta(hours=1))
    assert prices == [(1990, None), (1692, 1990), (1990, None)]


@pytest.mark.covers("G16")
def test_an_ended_cut_stays_on_record_for_the_price_that_may_be_struck(shop: SmallShop) -> None:
    def note(amount: int) -> None:
        with unit_of_work() as session:
            record_prices(session, [ListedPrice(market().price_list_id, shop.mug, amount)], at=shop.clock.now())

    def strike() -> int | None:
        now = shop.clock.now()
        since = now - timedelta(days=60)
        listed = queries.price_history([shop.mug], market(), since=since)[shop.mug]
        article = queries.articles([shop.mug], market())[shop.mug]
        cuts = queries.past_cuts(market(), "en", since=since)
        return lawful_strike(asked_prices(listed, article, cuts, currency="EUR", until=now), now)

    note(1990)
    note(1990)
    shop.clock.move(timedelta(days=40))
    save_cut(shop.runtime, code="sale", label={"en": "Sale"}, definition={"percent": "10"})
    assert strike() == 1990
    shop.clock.move(timedelta(days=5))
    end_cut(shop.runtime, "sale")
    shop.clock.move(timedelta(days=5))
    save_cut(shop.runtime, code="sale", label={"en": "Sale"}, definition={"percent": "20"})
    assert strike() == 1791
    assert len(queries.price_history([shop.mug], market(), since=shop.clock.now())[shop.mug]) == 1


def test_the_market_decides_where_tax_is_rounded(shop: SmallShop) -> None:
    token = shop.cart(quantity=6)
    quoted(shop, token)
    cart = carts.content(token)
    taxes = {
        mode: quoting.price(shop.runtime, replace(cart, market=replace(cart.market, tax_rounding=mode))).quote.tax.minor
        for mode in ("per_line", "per_unit", "per_order")
    }
    assert taxes == {"per_line": 1085 + 45, "per_unit": 6 * 181 + 45, "per_order": 1131}


def test_a_shop_without_promotions_asks_nothing_about_them(shop: SmallShop) -> None:
    cart = carts.content(shop.cart())
    quoting.price(shop.runtime, cart)
    with recorded() as statements:
        quoting.price(shop.runtime, cart)
    assert not [statement for statement in statements if "promotion" in statement or "catalogue_cut" in statement]


@pytest.mark.covers("S1.37")
def test_the_newest_rate_of_the_day_or_before_is_used_in_either_direction(shop: SmallShop) -> None:
    friday = date(2026, 10, 30)
    save_rates(shop.runtime, base="EUR", rates={"USD": "1.0834", "JPY": Decimal("163.5")}, on=friday, source="ecb")
    save_rates(shop.runtime, base="EUR", rates={"USD": "9"}, on=friday, source="ecb")
    found = queries.fx_rate("USD", "EUR", on=friday + timedelta(days=1))
    assert (found.base, str(found.rate), found.on, found.source) == ("EUR", "1.0834", friday, "ecb")
    with pytest.raises(ConversionImpossible, match="No rate EUR/USD"):
        queries.fx_rate("EUR", "USD", on=friday - timedelta(days=1))
    with pytest.raises(RateInvalid):
        save_rates(shop.runtime, base="EUR", rates={"USD": "0"}, on=friday, source="typed")


def test_what_cannot_apply_is_not_saved(shop: SmallShop) -> None:
    with pytest.raises(PromotionInvalid, match="no amount in"):
        promote(shop, definition={"kind": "order_fixed", "amount": {"CHF": "10.00"}})
    with pytest.raises(PromotionInvalid, match="before it begins"):
        promote(shop, starts_at=shop.clock.now(), ends_at=shop.clock.now())
    with pytest.raises(PromotionInvalid, match="either"):
        save_cut(shop.runtime, code="x", label={}, definition={"sku": "MUG"})
    assert known_store().name and reader().scalar(select(Promotion.id)) is None


def test_a_group_gets_its_own_promotion(shop: SmallShop) -> None:
    promote(shop, definition={**TENNER, "customer_groups": ["trade"]})
    customers.save_group("trade", "Trade")
    customers.create(shop.runtime, "anna@example.com", customers.Details(group="trade"))
    assert str(quoted(shop, cart_of(shop, "Anna@example.com")).total) == "EUR 14.90"
    assert str(quoted(shop, cart_of(shop, "bert@example.com")).total) == "EUR 24.90"
