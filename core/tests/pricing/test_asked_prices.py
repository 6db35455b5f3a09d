"""What buyers are asked is the same on every page, and what is struck through was really asked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from entrepot.catalog.editing import edit_product
from entrepot.catalog.models import Price, Product
from entrepot.catalog.noting import refresh_listing_prices
from entrepot.catalog.queries import category_page, home_page, product_page, search, sellable
from entrepot.catalog.views import ProductCard, ProductPage
from entrepot.checkout import carts, quoting
from entrepot.checkout.queries import cart_lines
from entrepot.kernel.money import Money
from entrepot.markets.queries import MarketView, store
from entrepot.pricing.models import PriceHistory
from entrepot.pricing.service import end_cut, limit_discounts, save_cut
from entrepot.storage.session import reader, unit_of_work
from entrepot.testkit.small_shop import SmallShop
from entrepot.testkit.statements import recorded

pytestmark = [pytest.mark.databases, pytest.mark.usefixtures("database_url")]

A_MONTH = timedelta(days=31)


def market() -> MarketView:
    found = store().market("eu")
    assert found is not None
    return found


def ask(shop: SmallShop, amount: int) -> None:
    """Change the mug's listed price as staff do."""
    names = {"en": "Tableware"}
    key = (shop.mug, market().price_list_id)
    edit_product(shop.runtime, "tableware", names=names, published=True, prices={key: amount})


def wish(shop: SmallShop, compare_at: int) -> None:
    with unit_of_work() as session:
        session.get_one(Price, (market().price_list_id, shop.mug)).compare_at = compare_at
        session.flush()
        refresh_listing_prices(session, list(session.scalars(select(Product.id))), at=shop.clock.now())


def reduce(shop: SmallShop, **definition: str) -> None:
    save_cut(shop.runtime, code="sale", label={"en": "Sale"}, definition={"percent": "15", **definition})


def page(shop: SmallShop) -> ProductPage:
    found = product_page("tableware", market(), "en", at=shop.clock.now())
    assert found is not None
    return found


def mug(shop: SmallShop) -> tuple[int, int | None, int]:
    """(price, struck, listed) of the mug on its page."""
    variant = next(variant for variant in page(shop).variants if variant.id == shop.mug)
    assert variant.price and variant.list_price
    struck = variant.price.compare_at
    return variant.price.amount.minor, struck.minor if struck else None, variant.list_price.minor


def cards(shop: SmallShop) -> list[ProductCard]:
    """The product's card wherever it stands."""
    now = shop.clock.now()
    category = category_page("kitchen", market(), "en", at=now)
    assert category is not None
    found = search("tableware", market(), "en", at=now)
    return [category.cards[0], home_page(market(), "en", at=now).featured[0], found.cards[0]]


@pytest.mark.covers("G15", "G16")
def test_the_reduced_price_is_the_same_on_every_page_and_in_the_cart(shop: SmallShop) -> None:
    ask(shop, 1990)
    shop.clock.move(A_MONTH)
    reduce(shop, category="kitchen")
    cart = carts.content(shop.cart(quantity=2))
    line = cart_lines(cart, at=shop.clock.now())[0]
    quoted = quoting.price(shop.runtime, cart).quote.lines[0]
    assert mug(shop) == (1692, 1990, 1990)
    assert {(line.unit_price, line.total), (quoted.unit_price, quoted.total)} == {
        (Money(1692, "EUR"), Money(3384, "EUR"))
    }
    assert sellable([shop.mug], market(), "en")[shop.mug].unit_price == Money(1990, "EUR")


@pytest.mark.covers("G16")
def test_a_card_shows_the_cheapest_variant_after_cuts(shop: SmallShop) -> None:
    bowl = next(variant.price for variant in page(shop).variants if variant.id == shop.bowl)
    assert bowl is not None
    ask(shop, bowl.amount.minor + 100)
    shop.clock.move(A_MONTH)
    reduce(shop, sku="MUG", percent="50")
    cheapest = Money((bowl.amount.minor + 100) // 2, "EUR")
    for card in cards(shop):
        assert card.price is not None and card.price.amount == cheapest and card.price_varies
        assert card.price.compare_at == Money(bowl.amount.minor + 100, "EUR")
    assert page(shop).price == cards(shop)[0].price


@pytest.mark.covers("G16", "S1.11")
def test_the_merchants_former_price_is_shown_only_when_it_was_asked(shop: SmallShop) -> None:
    wish(shop, 9900)
    ask(shop, 2500)
    assert mug(shop)[:2] == (2500, None)
    shop.clock.move(A_MONTH)
    ask(shop, 1990)
    assert mug(shop)[:2] == (1990, 2500)  # the lowest of 30 days, not the wish
    wish(shop, 2200)
    assert mug(shop)[:2] == (1990, 2200)  # less than what is lawful is lawful
    wish(shop, 1990)
    assert mug(shop)[:2] == (1990, None)  # nothing is announced


@pytest.mark.covers("G16")
def test_a_second_sale_is_measured_by_the_first_and_an_old_one_is_no_news(shop: SmallShop) -> None:
    ask(shop, 2000)
    shop.clock.move(A_MONTH)
    reduce(shop, percent="10")
    shop.clock.move(timedelta(days=5))
    end_cut(shop.runtime, "sale")
    shop.clock.move(timedelta(days=5))
    reduce(shop, percent="20")
    assert mug(shop) == (1600, 1800, 2000)
    shop.clock.move(timedelta(days=91))
    assert mug(shop) == (1600, None, 2000)


def test_what_no_discount_may_touch_is_not_reduced(shop: SmallShop) -> None:
    ask(shop, 1990)
    shop.clock.move(A_MONTH)
    limit_discounts(shop.runtime, variant_id=shop.mug, floors={"EUR": "18.00"})
    reduce(shop)
    assert mug(shop) == (1800, 1990, 1990)
    limit_discounts(shop.runtime, variant_id=shop.mug, discountable=False)
    assert mug(shop) == (1990, None, 1990)


@pytest.mark.covers("S2.31")
def test_reduced_prices_cost_each_page_one_query_and_others_none(shop: SmallShop) -> None:
    def spent() -> list[int]:
        page(shop), cards(shop)  # loads what a process keeps
        counts = []
        now = shop.clock.now()
        for show in (
            lambda: product_page("tableware", market(), "en", at=now),
            lambda: category_page("kitchen", market(), "en", at=now),
            lambda: home_page(market(), "en", at=now),
        ):
            with recorded() as statements:
                show()
            counts.append(len(statements))
        return counts

    ask(shop, 1990)
    usual = spent()
    reduce(shop)
    assert [more - less for more, less in zip(spent(), usual, strict=True)] == [1, 1, 1]


def test_every_change_of_a_price_is_noted_once(shop: SmallShop) -> None:
    for amount in (1990, 1990, 1790):
        ask(shop, amount)
        shop.clock.move(timedelta(days=1))
    noted = select(PriceHistory.amount).where(PriceHistory.variant_id == shop.mug).order_by(PriceHistory.since)
    assert reader().scalars(noted).all() == [1990, 1790]
