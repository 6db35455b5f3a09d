"""A price list that follows another: by which rate of which day, by which rule, and what stays when there is none."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from entrepot.catalog.editing import edit_product
from entrepot.catalog.following import Following, FollowsNone, PriceListInvalid, Recomputed, recompute, save_price_list
from entrepot.catalog.queries import product_page
from entrepot.catalog.windows import windowed_price
from entrepot.checkout import carts, quoting
from entrepot.kernel.address import Address
from entrepot.kernel.money import Money
from entrepot.markets.queries import price_lists, store
from entrepot.markets.service import save_market
from entrepot.pricing.models import PriceHistory
from entrepot.pricing.service import save_rates
from entrepot.storage.session import reader
from entrepot.testkit.small_shop import SmallShop

pytestmark = [pytest.mark.databases, pytest.mark.usefixtures("database_url"), pytest.mark.covers("S0.34", "S1.38")]

RATES = {"JPY": "163.4", "KWD": "0.3312", "CHF": "0.93", "USD": "1.08"}


def market_of(shop: SmallShop, currency: str, country: str, *, includes_tax: bool = True) -> str:
    code = currency.lower()
    save_market(
        shop.runtime,
        code=code,
        name={"en": currency},
        currency=currency,
        locales=["en"],
        countries=[country],
        default_country=country,
        includes_tax=includes_tax,
    )
    return code


def follow(shop: SmallShop, code: str, how: Following, *, tax: str = "0", includes_tax: bool = True) -> None:
    eu = price_lists()["eu"]
    save_price_list(shop.runtime, "eu", currency=eu.currency, includes_tax=True, tax_rates={"standard": "19"})
    currency = price_lists()[code].currency
    rates = {"standard": tax}
    save_price_list(shop.runtime, code, currency=currency, includes_tax=includes_tax, tax_rates=rates, follows=how)


def rates(shop: SmallShop, source: str = "ECB", **changed: str) -> None:
    today = shop.clock.now().date()
    save_rates(shop.runtime, base="EUR", rates=RATES | changed, on=today, source=source)


def price(shop: SmallShop, code: str) -> Money:
    return windowed_price(code, "MUG", at=shop.clock.now()).asked


@pytest.mark.parametrize(
    ("currency", "country", "how", "tax", "includes_tax", "expected"),
    [
        ("CHF", "CH", Following("eu", "hold_gross"), "8.1", True, 1851),  # 19.90 x 0.93
        ("CHF", "CH", Following("eu", "hold_net"), "8.1", True, 1681),  # 19.90 / 1.19 x 1.081 x 0.93
        ("CHF", "CH", Following("eu", "hold_gross"), "8.1", False, 1712),  # 19.90 / 1.081 x 0.93
        ("CHF", "CH", Following("eu", "hold_net"), "8.1", False, 1555),  # 19.90 / 1.19 x 0.93
        ("JPY", "JP", Following("eu", "hold_gross"), "10", True, 3252),  # 3251.66
        ("JPY", "JP", Following("eu", "hold_gross", rounding_step="100"), "10", True, 3300),
        ("KWD", "KW", Following("eu", "hold_gross"), "0", True, 6591),  # 6.59088
        ("KWD", "KW", Following("eu", "hold_gross", rounding_step="0.25"), "0", True, 6500),
        ("CHF", "CH", Following("eu", "hold_gross", percent="5", rounding_ending="0.95"), "8.1", True, 1895),
    ],
)
def test_prices_are_taken_over_by_mode_rate_and_rounding(
    shop: SmallShop,
    currency: str,
    country: str,
    how: Following,
    tax: str,
    includes_tax: bool,
    expected: int,
) -> None:
    code = market_of(shop, currency, country, includes_tax=includes_tax)
    follow(shop, code, how, tax=tax, includes_tax=includes_tax)
    rates(shop)
    assert recompute(shop.runtime) == [Recomputed(code, 2)]
    assert price(shop, code) == Money(expected, currency)


def test_a_later_rate_changes_only_what_is_recomputed_afterwards(shop: SmallShop) -> None:
    code = market_of(shop, "CHF", "CH")
    follow(shop, code, Following("eu", "hold_gross"), tax="8.1")
    rates(shop)
    recompute(shop.runtime)
    first = shop.clock.now()
    shop.clock.move(timedelta(days=1))
    rates(shop, CHF="0.95")
    assert price(shop, code) == Money(1851, "CHF")
    recompute(shop.runtime, code)
    assert price(shop, code) == Money(1891, "CHF")
    row = PriceHistory
    noted = select(row.since, row.amount).where(row.variant_id == shop.mug).order_by(row.since)
    found = reader().execute(noted.where(row.price_list_id == price_lists()[code].id))
    assert [tuple(each) for each in found] == [(first, 1851), (shop.clock.now(), 1891)]
    assert recompute(shop.runtime) == [Recomputed(code, 0)]


def test_without_a_fresh_rate_nothing_changes_and_the_list_says_why(shop: SmallShop) -> None:
    code = market_of(shop, "CHF", "CH")
    follow(shop, code, Following("eu", "hold_gross"), tax="8.1")
    (refused,) = recompute(shop.runtime)
    assert "No rate EUR/CHF" in refused.problem and price_lists()[code].problem == refused.problem
    rates(shop)
    recompute(shop.runtime)
    assert price_lists()[code].problem == ""
    shop.clock.move(timedelta(days=6))
    edit_product(
        shop.runtime, "tableware", names={"en": "T"}, published=True, prices={(shop.mug, price_lists()["eu"].id): 2990}
    )
    (refused,) = recompute(shop.runtime)
    assert "6 days ago" in refused.problem and price_lists()[code].problem == refused.problem
    assert price(shop, code) == Money(1851, "CHF")


def test_what_was_entered_by_hand_stays_and_what_the_source_drops_goes(shop: SmallShop) -> None:
    code = market_of(shop, "CHF", "CH")
    follow(shop, code, Following("eu", "hold_gross"), tax="8.1")
    rates(shop)
    recompute(shop.runtime)
    lists = price_lists()
    own = {(shop.mug, lists[code].id): 1800, (shop.bowl, lists["eu"].id): None}
    edit_product(shop.runtime, "tableware", names={"en": "T"}, published=True, prices=own)
    assert recompute(shop.runtime) == [Recomputed(code, 1)]
    market = store().market(code)
    assert market is not None
    page = product_page("tableware", market, "en", at=shop.clock.now())
    assert page is not None
    shown = {variant.sku: variant.price and variant.price.amount.minor for variant in page.variants}
    assert shown == {"MUG": 1800, "BOWL": None}


def test_the_quote_names_list_rate_and_date(shop: SmallShop) -> None:
    code = market_of(shop, "CHF", "CH")
    how = Following("eu", "hold_net", percent="5", rounding_ending="0.95")
    follow(shop, code, how, tax="8.1")
    rates(shop)
    recompute(shop.runtime)
    token = carts.start_cart(shop.runtime, market=code, locale="en")
    carts.add(shop.runtime, token, variant_id=shop.mug, quantity=1)
    offer = quoting.price(shop.runtime, carts.content(token), destination=Address(country="CH"))
    told = [step.text for step in offer.quote.trace if step.step == "prices"]
    today = shop.clock.now().date()
    assert told[1] == (
        f"MUG: price list chf follows eu: EUR 19.90; hold_net, tax 19 % to 8.1 %; 1 EUR = 0.93 CHF of {today} (ECB); "
        "adjusted by 5 %; rounded ending 0.95"
    )


def test_a_list_follows_one_whose_prices_are_entered(shop: SmallShop) -> None:
    def refuse(code: str, how: Following, match: str) -> None:
        currency = price_lists()[code].currency
        with pytest.raises(PriceListInvalid, match=match):
            save_price_list(shop.runtime, code, currency=currency, includes_tax=True, follows=how)

    follow(shop, "us", Following("eu", "hold_gross"))
    refuse("eu", Following("us", "hold_gross"), "cannot follow")
    refuse("us", Following("us", "hold_gross"), "cannot follow")
    refuse("us", Following("nowhere", "hold_gross"), "There is no price list")
    refuse("us", Following("eu", "hold_hands"), "no way to follow")
    refuse("us", Following("eu", "hold_net", percent="much"), "adjustment")
    refuse("us", Following("eu", "hold_net", rounding_step="0"), "rounding step")
    with pytest.raises(FollowsNone):
        recompute(shop.runtime, "eu")
