"""Stock that others report: each word once, never below what is promised, silence is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from entrepot.engine.calls import AccountView
from entrepot.inventory.models import StockMovement
from entrepot.inventory.queries import available
from entrepot.inventory.stock import rebuild_levels
from entrepot.sdk.errors import ProviderUnavailable
from entrepot.sdk.stock import StockEvent, StockNews
from entrepot.stock_sources import queries, service
from entrepot.stock_sources.models import StockSourceState
from entrepot.storage.models import FactRow
from entrepot.storage.session import reader, release_reader, unit_of_work
from entrepot.testkit.providers import Depot
from entrepot.testkit.small_shop import SmallShop

pytestmark = pytest.mark.databases


@pytest.fixture
def depot(shop: SmallShop) -> Iterator[AccountView]:
    """An account that answers what ``Depot`` holds."""
    Depot.reset()
    yield shop.runtime.accounts.create("stock", "depot", label="Depot Nord", config={})
    Depot.reset()


def report(shop: SmallShop, *events: StockEvent, **news: Any) -> service.Taken:
    release_reader()
    told = StockNews(events, **{"as_of": shop.clock.now(), **news})
    return service.take(shop.runtime, "wms-1", "wms-1", told, mode="push", actor="key:wms")


def stale_facts() -> int:
    found = reader().query(FactRow).filter_by(kind="stock_source_stale").count()
    release_reader()
    return found


@pytest.mark.covers("S0.14")
def test_what_is_said_to_be_there_is_booked_as_a_correction_that_names_its_source(shop: SmallShop) -> None:
    taken = report(shop, StockEvent(1, "MUG", 12), StockEvent(2, "BOWL", 5, "shenzhen"))
    assert (taken.changed, taken.same, taken.passed, taken.refused) == (1, 1, 0, ())
    assert available([shop.mug, shop.bowl]) == {shop.mug: 17, shop.bowl: 15}
    movement = reader().query(StockMovement).order_by(StockMovement.id.desc()).first()
    assert (movement.kind, movement.quantity, movement.actor) == ("adjusted", 2, "key:wms")
    assert movement.reference == "wms-1 up to #2"
    release_reader()
    with unit_of_work() as session:
        rebuild_levels(session)
    assert available([shop.mug]) == {shop.mug: 17}


@pytest.mark.covers("S0.14")
def test_an_event_that_comes_twice_or_late_changes_nothing(shop: SmallShop) -> None:
    report(shop, StockEvent(5, "MUG", 12))
    before = reader().query(StockMovement).count()
    assert report(shop, StockEvent(5, "MUG", 12)).passed == 1
    assert report(shop, StockEvent(4, "MUG", 99)).passed == 1
    assert reader().query(StockMovement).count() == before
    taken = report(shop, StockEvent(8, "MUG", 7), StockEvent(6, "MUG", 1))
    assert (taken.changed, taken.passed) == (1, 1)
    assert available([shop.mug]) == {shop.mug: 12}  # 7 there, 5 in the other warehouse


@pytest.mark.covers("S0.14")
def test_stock_never_falls_below_what_is_promised_and_the_difference_is_told(shop: SmallShop) -> None:
    shop.paid(quantity=4)
    taken = report(shop, StockEvent(1, "MUG", 1))
    assert "MUG: 1 are there, but 4 are promised to orders." in taken.refused[0]
    assert available([shop.mug]) == {shop.mug: 5}
    assert queries.sources()[0].refused == taken.refused


def test_what_is_not_known_here_is_told_and_stops_nothing(shop: SmallShop) -> None:
    taken = report(shop, StockEvent(1, "CUP", 1), StockEvent(2, "MUG", 3, "moon"), StockEvent(3, "MUG", 12))
    assert taken.changed == 1
    assert taken.refused == (
        "CUP: no SKU of this store whose stock is counted.",
        "MUG: there is no active warehouse 'moon'.",
    )


@pytest.mark.covers("S0.14")
def test_an_account_is_asked_when_its_time_has_come_and_from_where_it_stopped(
    shop: SmallShop, depot: AccountView
) -> None:
    Depot.parts = [[StockEvent(1, "MUG", 11), StockEvent(2, "MUG", 12)], [StockEvent(3, "BOWL", 1)]]
    assert service.sync(shop.runtime) == 1
    assert Depot.asked == [0, 2, 3]
    assert available([shop.mug, shop.bowl]) == {shop.mug: 17, shop.bowl: 6}
    assert service.sync(shop.runtime) == 0
    shop.clock.move(timedelta(minutes=15))
    assert service.sync(shop.runtime) == 1
    assert Depot.asked[-1] == 3
    place = queries.sources()[0].places[0]
    assert (place.warehouse, place.lag(shop.clock.now())) == ("Hamburg", timedelta(minutes=15))


@pytest.mark.covers("S0.14")
def test_silence_is_told_once_and_ends_with_the_next_word(shop: SmallShop, depot: AccountView) -> None:
    Depot.parts = [[StockEvent(1, "MUG", 11)]]
    service.sync(shop.runtime)
    Depot.fails_with = ProviderUnavailable("The depot is closed.")
    shop.clock.move(timedelta(hours=3))
    service.sync(shop.runtime)
    assert service.watch(shop.runtime) == 0
    assert queries.sources()[0].problem == "The depot is closed."
    release_reader()
    shop.clock.move(timedelta(hours=2))
    service.sync(shop.runtime)
    assert (service.watch(shop.runtime), service.watch(shop.runtime), stale_facts()) == (1, 0, 1)
    assert queries.sources()[0].is_stale(shop.clock.now())
    release_reader()
    Depot.fails_with = None
    shop.clock.move(timedelta(minutes=5))
    assert service.sync(shop.runtime) == 1
    found = reader().query(StockSourceState).one()
    assert (found.stale_since, found.problem) == (None, "")


def test_a_source_that_never_answered_is_silent_too(shop: SmallShop, depot: AccountView) -> None:
    Depot.fails_with = ProviderUnavailable("The depot is closed.")
    service.sync(shop.runtime)
    assert service.watch(shop.runtime) == 0
    shop.clock.move(timedelta(hours=1))
    assert service.watch(shop.runtime) == 1


def test_a_source_that_answers_what_is_known_is_refused(shop: SmallShop, depot: AccountView) -> None:
    Depot.parts, Depot.repeats = [[StockEvent(4, "MUG", 11)]], True
    service.sync(shop.runtime)
    assert "was asked for what came after 4 and answered 4" in queries.sources()[0].problem


def test_a_source_whose_clock_is_ahead_is_no_fresher_for_it(shop: SmallShop) -> None:
    report(shop, as_of=shop.clock.now() + timedelta(days=300), stale_after=timedelta(hours=1))
    release_reader()
    shop.clock.move(timedelta(hours=2))
    assert service.watch(shop.runtime) == 1


def test_an_account_that_is_switched_off_may_be_silent(shop: SmallShop, depot: AccountView) -> None:
    service.sync(shop.runtime)
    shop.clock.move(timedelta(hours=5))
    shop.runtime.accounts.set_enabled(depot.id, False)
    assert service.watch(shop.runtime) == 0
    shop.runtime.accounts.set_enabled(depot.id, True)
    assert service.watch(shop.runtime) == 1
    shop.runtime.accounts.set_enabled(depot.id, False)
    assert service.watch(shop.runtime) == 0
    assert reader().query(StockSourceState).one().stale_since is None


def test_a_forgotten_source_leaves_what_it_said(shop: SmallShop) -> None:
    report(shop, StockEvent(1, "MUG", 12))
    release_reader()
    service.forget("wms-1")
    assert queries.sources() == []
    assert available([shop.mug]) == {shop.mug: 17}
