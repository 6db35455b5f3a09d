"""A price that holds from one instant until another: the same everywhere, noted at its edges, never two at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from entrepot.catalog.editing import edit_product
from entrepot.catalog.queries import category_page, product_page, sellable
from entrepot.catalog.windows import PriceUnknown, apply_due_windows, set_windows, windowed_price
from entrepot.checkout import carts, quoting
from entrepot.checkout.queries import cart_lines
from entrepot.kernel.money import Money
from entrepot.markets.queries import MarketView, store
from entrepot.pricing.models import PriceHistory
from entrepot.pricing.windows import PriceWindow, WindowInvalid, instant
from entrepot.storage.session import reader
from entrepot.testkit.small_shop import SmallShop
from entrepot.testkit.statements import recorded

A_SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
on_databases = [pytest.mark.databases, pytest.mark.usefixtures("database_url")]


def market() -> MarketView:
    found = store().market("eu")
    assert found is not None
    return found


def ask(shop: SmallShop, amount: int) -> None:
    key = (shop.mug, market().price_list_id)
    edit_product(shop.runtime, "tableware", names={"en": "Tableware"}, published=True, prices={key: amount})


def on_page(shop: SmallShop) -> tuple[int, int | None]:
    """(price, struck) of the mug on its page."""
    page = product_page("tableware", market(), "en", at=shop.clock.now())
    assert page is not None
    price = next(variant.price for variant in page.variants if variant.id == shop.mug)
    assert price is not None
    return price.amount.minor, price.compare_at.minor if price.compare_at else None


def on_card(shop: SmallShop) -> int:
    found = category_page("kitchen", market(), "en", at=shop.clock.now())
    assert found is not None and found.cards[0].price is not None
    return found.cards[0].price.amount.minor


def everywhere(shop: SmallShop, cart_token: str) -> set[int]:
    """What the mug costs on its page, on a card, to checkout, in the cart and in a quote."""
    now = shop.clock.now()
    cart = carts.content(cart_token)
    sold = sellable([shop.mug], market(), "en", at=now)[shop.mug].unit_price
    line = cart_lines(cart, at=now)[0].unit_price
    assert sold is not None and line is not None
    quoted = quoting.price(shop.runtime, cart).quote.lines[0].unit_price
    return {on_page(shop)[0], on_card(shop), sold.minor, line.minor, quoted.minor}


def noted(shop: SmallShop) -> list[tuple[datetime, int]]:
    row = PriceHistory
    query = select(row.since, row.amount).where(row.variant_id == shop.mug).order_by(row.since)
    return [(each.since, each.amount) for each in reader().execute(query)]


@pytest.mark.covers("S0.10", "G15", "G16")
@pytest.mark.parametrize("with_worker", [True, False], ids=["worker", "no-worker"])
class TestWindows:
    pytestmark = on_databases

    def test_a_window_is_half_open_to_the_second_everywhere(self, shop: SmallShop, with_worker: bool) -> None:
        cart = shop.cart(quantity=1)
        begin = shop.clock.now() + DAY
        set_windows(shop.runtime, "eu", "MUG", [PriceWindow(1500, begin, begin + DAY)])
        seen = []
        for at in (begin - A_SECOND, begin, begin + A_SECOND, begin + DAY - A_SECOND, begin + DAY):
            shop.clock.move(at - shop.clock.now())
            if with_worker:
                apply_due_windows(shop.runtime)
            seen.append(everywhere(shop, cart))
        assert seen == [{1990}, {1500}, {1500}, {1500}, {1990}]


@pytest.mark.databases
@pytest.mark.usefixtures("database_url")
@pytest.mark.covers("G16")
def test_the_edges_are_noted_at_their_instants_and_the_strike_price_holds(shop: SmallShop) -> None:
    ask(shop, 1990)
    start = shop.clock.now()
    begin, end = start + 40 * DAY, start + 45 * DAY
    set_windows(shop.runtime, "eu", "MUG", [PriceWindow(1500, begin, end)])
    assert noted(shop) == [(start, 1990), (begin, 1500), (end, 1990)]
    shop.clock.move(begin - start)
    assert on_page(shop) == (1500, 1990)
    shop.clock.move(end - begin)
    assert on_page(shop) == (1990, None)
    shop.clock.move(DAY)
    ask(shop, 1790)
    assert noted(shop)[-1] == (shop.clock.now(), 1790)


@pytest.mark.databases
@pytest.mark.usefixtures("database_url")
@pytest.mark.covers("G16")
def test_a_window_that_is_taken_back_leaves_no_trace_of_what_nobody_was_asked(shop: SmallShop) -> None:
    ask(shop, 1990)
    start = shop.clock.now()
    set_windows(shop.runtime, "eu", "MUG", [PriceWindow(1500, start + DAY, start + 3 * DAY)])
    shop.clock.move(2 * DAY)
    set_windows(shop.runtime, "eu", "MUG", [])
    assert noted(shop) == [(start, 1990), (start + DAY, 1500), (start + 2 * DAY, 1990)]
    assert on_page(shop)[0] == on_card(shop) == 1990


@pytest.mark.databases
@pytest.mark.usefixtures("database_url")
def test_a_usual_price_changed_during_a_window_is_asked_after_it(shop: SmallShop) -> None:
    ask(shop, 1990)
    start = shop.clock.now()
    set_windows(shop.runtime, "eu", "MUG", [PriceWindow(1500, start, start + DAY)])
    shop.clock.move(A_SECOND)
    ask(shop, 1890)
    assert on_page(shop)[0] == 1500
    assert noted(shop) == [(start, 1500), (start + DAY, 1890)]
    edit_product(
        shop.runtime, "tableware", names={"en": "T"}, published=True, prices={(shop.mug, market().price_list_id): None}
    )
    assert noted(shop) == [(start, 1500)]
    with pytest.raises(PriceUnknown):
        windowed_price("eu", "MUG", at=start)


@pytest.mark.databases
@pytest.mark.usefixtures("database_url")
def test_the_quote_says_which_window_the_price_is_of(shop: SmallShop) -> None:
    now = shop.clock.now()
    set_windows(shop.runtime, "eu", "MUG", [PriceWindow(1500, now, now + DAY)])
    trace = quoting.price(shop.runtime, carts.content(shop.cart(quantity=1))).quote.trace
    told = f"MUG: window from {now:%Y-%m-%d %H:%M} to {now + DAY:%Y-%m-%d %H:%M} UTC instead of EUR 19.90"
    assert told in [step.text for step in trace]


@pytest.mark.databases
@pytest.mark.usefixtures("database_url")
@pytest.mark.covers("S2.31")
def test_windows_that_are_applied_cost_a_category_page_no_query(shop: SmallShop) -> None:
    def spent() -> int:
        on_card(shop)  # loads what a process keeps
        with recorded() as statements:
            on_card(shop)
        return len(statements)

    ask(shop, 1990)
    usual, now = spent(), shop.clock.now()
    set_windows(shop.runtime, "eu", "MUG", [PriceWindow(2990, now + DAY, now + 2 * DAY)])
    assert spent() == usual
    shop.clock.move(DAY)
    assert spent() == usual + 1  # the worker is late: the page asks for itself
    assert apply_due_windows(shop.runtime) == 1
    assert apply_due_windows(shop.runtime) == 0
    assert spent() == usual


@pytest.mark.databases
@pytest.mark.usefixtures("database_url")
def test_windows_that_overlap_are_refused_and_those_that_touch_are_not(shop: SmallShop) -> None:
    now = shop.clock.now()
    first = PriceWindow(1500, now, now + DAY)
    with pytest.raises(WindowInvalid, match="overlaps"):
        set_windows(shop.runtime, "eu", "MUG", [PriceWindow(1400, now + DAY - A_SECOND, now + 2 * DAY), first])
    with pytest.raises(WindowInvalid, match="overlaps"):
        set_windows(shop.runtime, "eu", "MUG", [PriceWindow(1400, now - DAY), first])
    with pytest.raises(WindowInvalid, match="ends before"):
        set_windows(shop.runtime, "eu", "MUG", [PriceWindow(1400, now, now)])
    assert on_page(shop)[0] == 1990
    set_windows(shop.runtime, "eu", "MUG", [first, PriceWindow(1400, now + DAY)])
    shown = windowed_price("eu", "MUG", at=now + DAY)
    assert (shown.usual, shown.asked) == (Money(1990, "EUR"), Money(1400, "EUR"))


@pytest.mark.parametrize(
    ("written", "zone", "expected"),
    [
        ("2026-11-27T00:00", "Europe/Berlin", datetime(2026, 11, 26, 23, tzinfo=UTC)),
        ("2026-07-01T00:00", "Europe/Berlin", datetime(2026, 6, 30, 22, tzinfo=UTC)),
        ("2026-11-27T00:00", "Asia/Shanghai", datetime(2026, 11, 26, 16, tzinfo=UTC)),
        ("2026-11-27T00:00", "UTC", datetime(2026, 11, 27, tzinfo=UTC)),
        ("2026-11-27T00:00+01:00", "Asia/Shanghai", datetime(2026, 11, 26, 23, tzinfo=UTC)),
        ("2026-10-25T02:30", "Europe/Berlin", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # the first of two
    ],
)
def test_a_time_on_the_markets_clocks_is_an_instant_in_utc(written: str, zone: str, expected: datetime) -> None:
    assert instant(datetime.fromisoformat(written), zone) == expected


def test_a_time_that_clocks_skip_and_an_unknown_zone_are_refused() -> None:
    with pytest.raises(WindowInvalid, match="skip"):
        instant(datetime.fromisoformat("2026-03-29T02:30"), "Europe/Berlin")
    with pytest.raises(WindowInvalid, match="not a time zone"):
        instant(datetime.fromisoformat("2026-03-29T02:30"), "Berlin")
