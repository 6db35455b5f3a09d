"""The demo store as its first start leaves it, and what later starts do to it."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from entrepot.admin.waiting import orders_by_status
from entrepot.background import CONSUMERS
from entrepot.catalog.queries import category_page, product_page
from entrepot.cli.context import database
from entrepot.customers.models import Customer
from entrepot.demo.folder import DemoFolder
from entrepot.demo.opening import written
from entrepot.demo.seed import OPEN_FOR, seed
from entrepot.demo.stories import STORIES
from entrepot.documents.models import Document
from entrepot.engine.delivery import deliver_due
from entrepot.engine.runtime import Runtime, build_runtime
from entrepot.inventory import stock
from entrepot.inventory.models import StockLevel, StockMovement
from entrepot.kernel.country import COUNTRIES
from entrepot.kernel.money import total
from entrepot.markets.queries import store
from entrepot.notifications.models import Message
from entrepot.orders.detail import AdminOrder, order_detail
from entrepot.orders.listing import order_list
from entrepot.orders.rules import STATUSES
from entrepot.orders.service import cancel_unpaid
from entrepot.returns.queries import return_list
from entrepot.settings import create_data_dir, load_settings
from entrepot.staff import service as staff
from entrepot.staff.models import StaffMember
from entrepot.staff.rules import PERMISSIONS, allows
from entrepot.storage import migrate
from entrepot.storage.models import FactDelivery
from entrepot.storage.session import db, reader, unit_of_work

LOCALES = ("en", "de", "zh-Hans")


@pytest.fixture
def orders(demo: Runtime) -> list[AdminOrder]:
    """The newest first."""
    found = [order_detail(demo, row.number) for row in order_list(limit=100).rows]
    return [order for order in found if order is not None]


@pytest.mark.covers("S0.1")
def test_three_markets_have_their_currency_and_tax_display(demo: Runtime) -> None:
    markets = {market.code: (market.currency, market.includes_tax) for market in store().markets}

    assert markets == {"eu": ("EUR", True), "us": ("USD", False), "cn": ("CNY", True)}


def test_european_market_serves_all_member_states(demo: Runtime) -> None:
    market = store().market("eu")

    assert market is not None
    assert len(market.countries) == 27
    assert market.countries <= COUNTRIES


@pytest.mark.covers("S0.1")
def test_goods_are_in_five_categories_with_a_price_and_pictures_in_every_market(demo: Runtime) -> None:
    shop = store()
    slugs = set()
    for market in shop.markets:
        for category in shop.categories:
            page = category_page(category.slug, market, "en")
            assert page is not None
            assert all(card.price and card.image and card.image.url for card in page.cards)
            slugs |= {card.slug for card in page.cards}

    assert len(shop.categories) == 5
    assert len(slugs) >= 24


def test_pictures_are_in_the_media_storage(demo: Runtime) -> None:
    page = product_page("harbour-teapot", store().markets[0], "en")

    assert page is not None
    for image in page.images:
        file = demo.settings.media_dir / image.url.removeprefix("/media/")
        assert file.read_text(encoding="utf-8").startswith("<svg")


def test_every_text_of_a_product_is_in_three_languages(demo: Runtime) -> None:
    market = store().markets[0]
    pages = [product_page("harbour-teapot", market, locale) for locale in LOCALES]

    assert len({page.name for page in pages if page}) == 3
    assert len({page.description_html for page in pages if page}) == 3


def test_scarce_goods_are_as_scarce_as_written(demo: Runtime) -> None:
    market = store().markets[0]
    clock = product_page("station-wall-clock", market, "en")
    camera = product_page("dockside-film-camera", market, "en")

    assert clock is not None
    assert clock.availability == "sold_out"
    assert camera is not None
    assert camera.availability == "few_left"


@pytest.mark.covers("G16")
def test_reduced_goods_strike_what_was_asked_before(demo: Runtime) -> None:
    now = demo.clock.now()
    struck = {}
    for slug in ("galley-cutting-board", "dockside-film-camera"):
        page = product_page(slug, store().markets[0], "en", at=now)
        assert page is not None and page.price is not None
        struck[slug] = (str(page.price.amount), str(page.price.compare_at))
    assert struck["galley-cutting-board"] == ("EUR 49.00", "EUR 59.00")
    assert struck["dockside-film-camera"] == ("EUR 466.65", "EUR 549.00")


def test_stock_came_by_delivery_and_agrees_with_its_ledger(demo: Runtime) -> None:
    levels = select(StockLevel.variant_id, StockLevel.warehouse_id, StockLevel.on_hand, StockLevel.reserved)
    before = set(reader().execute(levels).all())
    with unit_of_work() as session:
        stock.rebuild_levels(session)
        rebuilt = set(session.execute(levels).all())

    assert rebuilt == before
    assert set(reader().scalars(select(StockMovement.kind))) == {"received", "shipped", "returned", "transfer_out"}


@pytest.mark.covers("S0.1")
def test_there_is_an_order_in_every_status_and_market(demo: Runtime, orders: list[AdminOrder]) -> None:
    counts = orders_by_status()

    assert {order.order.status for order in orders} == set(STATUSES)
    assert all(counts[status] for status in ("to_pay", "to_ship", "shipped", "delivered"))
    assert {order.order.market for order in orders} == {"eu", "us", "cn"}
    assert {order.order.locale for order in orders} == set(LOCALES)


def test_orders_went_wrong_in_the_ways_that_staff_must_know(orders: list[AdminOrder]) -> None:
    states = {(order.order.payment_state, order.order.fulfilment_state) for order in orders}

    assert {("part_refunded", "delivered"), ("refunded", "delivered"), ("refunded", "unfulfilled")} <= states
    assert {("paid", "part_shipped"), ("part_paid", "unfulfilled"), ("unpaid", "unfulfilled")} <= states
    assert any(attempt.state == "declined" and attempt.message for order in orders for attempt in order.attempts)
    assert any(attempt.state == "pending" and attempt.instructions for order in orders for attempt in order.attempts)
    assert all(refund.state == "done" for order in orders for refund in order.refunds)


def test_one_order_is_sent_from_both_warehouses(orders: list[AdminOrder]) -> None:
    assert any(len({part.warehouse for part in order.fulfilments}) == 2 for order in orders)


def test_timelines_run_forward_and_end_before_now(demo: Runtime, orders: list[AdminOrder]) -> None:
    for order in orders:
        moments = [entry.at for entry in order.timeline]
        assert moments == sorted(moments), order.order.number
        assert order.order.placed_at == moments[0]
        assert moments[-1] <= demo.clock.now()
        scans = [event.at for parcel in order.order.parcels for event in parcel.events]
        assert all(order.order.placed_at < at <= demo.clock.now() for at in scans)


def test_numbers_rise_with_time_over_a_month(demo: Runtime, orders: list[AdminOrder]) -> None:
    placed = [order.order.placed_at for order in orders]

    assert placed == sorted(placed, reverse=True)
    assert timedelta(days=25) < placed[0] - placed[-1] < OPEN_FOR


def test_books_of_every_order_balance(orders: list[AdminOrder]) -> None:
    for order in orders:
        currency = order.order.currency
        assert total((line.amount for line in order.ledger), currency).is_zero
        assert sum(line.total.minor for line in order.order.lines) <= order.order.total.minor


def test_european_prices_contain_the_vat_of_the_destination(orders: list[AdminOrder]) -> None:
    rates = {
        (order.order.shipping_address.country, str(line.tax_rate))
        for order in orders
        if order.order.market == "eu"
        for line in order.quote.lines
    }

    assert {("DE", "0.19"), ("FR", "0.2"), ("IE", "0.23")} <= {(country, rate) for country, rate in rates}


def test_nobody_is_written_to_about_the_past(demo: Runtime) -> None:
    waiting = select(FactDelivery.state).where(FactDelivery.consumer.like("core.%"), FactDelivery.state != "done")
    deliver_due(demo, CONSUMERS)

    assert reader().scalars(waiting).all() == []
    assert reader().scalars(select(Message.id)).all() == []


def test_unpaid_orders_do_not_lapse_at_once(demo: Runtime) -> None:
    before = orders_by_status()["to_pay"]
    cancel_unpaid(demo)

    assert orders_by_status()["to_pay"] == before > 0


def test_printed_passwords_open_the_back_office_with_different_rights(demo: Runtime) -> None:
    for member in written()["staff"]:
        assert staff.sign_in(demo, email=member["email"], password=member["password"])
    given = {row.email: row.permissions for row in reader().execute(select(StaffMember.email, StaffMember.permissions))}

    assert all(allows(given["owner@demo.example"], permission.id) for permission in PERMISSIONS)
    assert allows(given["packer@demo.example"], "orders.ship")
    assert not allows(given["packer@demo.example"], "payments.refund")
    assert not allows(given["packer@demo.example"], "plugins.view")


def test_accounts_of_every_kind_are_usable_and_reach_the_simulators(demo: Runtime) -> None:
    accounts = demo.accounts.list()
    sandbox = next(account for account in demo.accounts.export() if account["provider_id"] == "sandbox")

    assert {account.provider_id for account in accounts} == {
        "bank-transfer", "sandbox", "table-rates", "eu", "us", "cn", "email",
    }  # fmt: skip
    assert all(account.usable for account in accounts)
    assert sandbox["config"]["base_url"].startswith("http://127.0.0.1:")


@pytest.mark.covers("S0.1")
def test_second_start_changes_nothing(demo_path: Path, start: Callable[..., DemoFolder]) -> None:
    before = dump(demo_path)
    start(demo_path)

    assert dump(demo_path) == before


def test_fresh_start_makes_another_store_and_keeps_what_is_not_its_own(
    demo_path: Path, tmp_path: Path, start: Callable[..., DemoFolder]
) -> None:
    shutil.copytree(demo_path, tmp_path / "demo")
    first = dump(tmp_path / "demo")
    own = tmp_path / "demo" / "overrides" / "layout.html"
    own.parent.mkdir()
    own.write_text("mine")
    start(tmp_path / "demo", fresh=True)

    assert dump(tmp_path / "demo") != first
    assert own.read_text() == "mine"


def test_store_opens_without_any_plugin_but_takes_no_orders(tmp_path: Path) -> None:
    create_data_dir(tmp_path)
    settings = load_settings({}, data_dir=tmp_path)
    with database(settings).app_context():
        migrate.upgrade()
        runtime = build_runtime(settings, entry_points=())
        assert seed(runtime, {})
        assert order_list().rows == ()
        assert store().name
        db.session.remove()
        db.engine.dispose()


def dump(folder: Path) -> list[str]:
    with closing(sqlite3.connect(folder / "entrepot.db")) as connection:
        return list(connection.iterdump())


def test_buyers_of_the_past_are_customers_with_documents_of_their_days(demo: Runtime) -> None:
    buyers = {story.buyer.email for story in STORIES}
    customers = set(reader().scalars(select(Customer.email)))
    issued = list(reader().execute(select(Document.kind, Document.issued_at)))

    assert customers == buyers
    assert {kind for kind, _ in issued} == {"invoice", "credit_note"}
    assert len({at.date() for _, at in issued}) > 5


def test_returns_stand_at_every_step(demo: Runtime) -> None:
    states = ("requested", "approved", "received", "settled")

    assert [state for state in states if not return_list(state=state)] == []
