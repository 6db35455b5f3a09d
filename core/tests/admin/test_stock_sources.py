"""Stock of others in the back office: fresh, silent, failed, asked at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from entrepot.inventory.queries import available
from entrepot.sdk.errors import ProviderUnavailable
from entrepot.sdk.stock import StockEvent, StockNews
from entrepot.stock_sources import service
from entrepot.storage.session import release_reader
from entrepot.testkit.providers import Depot
from entrepot.testkit.small_shop import SmallShop

from .conftest import Desk


@pytest.fixture(autouse=True)
def quiet_depot() -> Iterator[None]:
    Depot.reset()
    yield
    Depot.reset()


@pytest.mark.covers("S0.14")
def test_an_account_is_asked_at_once_and_its_lag_is_shown_by_warehouse(shop: SmallShop, owner: Desk) -> None:
    assert "Nobody else reports stock" in owner.open("/admin/stock-sources")
    account = shop.runtime.accounts.create("stock", "depot", label="Depot Nord", config={})
    assert "not asked yet" in owner.open("/admin/stock-sources")
    Depot.parts = [[StockEvent(1, "MUG", 12), StockEvent(2, "CUP", 1)]]
    text = owner.send(f"/admin/stock-sources/{account.id}/ask")
    assert "1 changed, 0 as they were." in text
    assert "1 report could not be taken as it was" in text
    assert available([shop.mug]) == {shop.mug: 17}
    release_reader()
    shop.clock.move(timedelta(hours=3))
    assert "Hamburg Nov 21, 2026, 12:00 3 hours" in owner.open("/admin/stock-sources").replace(" PM", "")
    assert "Last synced:" in owner.open("/admin/stock")
    Depot.fails_with = ProviderUnavailable("The depot is closed.")
    assert "The depot is closed." in owner.send(f"/admin/stock-sources/{account.id}/ask")


@pytest.mark.covers("S0.14")
def test_a_silent_source_is_told_on_the_first_page(shop: SmallShop, owner: Desk, sign_in: Callable[..., Desk]) -> None:
    news = StockNews((StockEvent(1, "MUG", 10),), as_of=shop.clock.now(), stale_after=timedelta(hours=1))
    service.take(shop.runtime, "wms-1", "wms-1", news, mode="push", actor="key:wms")
    assert "source of stock" not in owner.open("/admin/")
    shop.clock.move(timedelta(hours=2))
    service.watch(shop.runtime)
    assert "1 source of stock is silent" in owner.open("/admin/")
    assert "silent" in owner.open("/admin/stock-sources")
    assert "source of stock" not in sign_in("orders.view").open("/admin/")
    assert "The source is forgotten." in owner.send("/admin/stock-sources/wms-1/forget")
