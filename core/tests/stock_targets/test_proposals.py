"""Proposals: made from movements, accepted into thresholds, rejected for good."""

from __future__ import annotations

from datetime import timedelta

import pytest

from entrepot.inventory import stock
from entrepot.inventory.models import StockThreshold
from entrepot.inventory.thresholds import low_stock, set_threshold
from entrepot.markets.service import change_store
from entrepot.stock_targets import queries, service
from entrepot.stock_targets.service import SETTING, ProposalGone
from entrepot.storage.session import reader, release_reader, unit_of_work
from entrepot.testkit.small_shop import SmallShop

pytestmark = pytest.mark.databases


def sell(shop: SmallShop, *, days: int, a_day: int, warehouse: int = 1) -> None:
    """So many mugs a day for so many days, until yesterday."""
    release_reader()
    with unit_of_work() as session:
        for ago in range(days, 0, -1):
            for kind, pieces in (("received", a_day), ("shipped", -a_day)):
                stock.move(
                    session,
                    variant_id=shop.mug,
                    warehouse_id=warehouse,
                    kind=kind,
                    quantity=pieces,
                    reference="test",
                    actor="test",
                    at=shop.clock.now() - timedelta(days=ago),
                )


def proposals(shop: SmallShop) -> list[queries.ProposalView]:
    release_reader()
    service.make_proposals(shop.runtime)
    found = queries.open_proposals()
    release_reader()
    return found


@pytest.mark.covers("S1.10")
def test_levels_are_proposed_from_what_left_and_say_why(shop: SmallShop) -> None:
    sell(shop, days=30, a_day=2)
    [found] = proposals(shop)
    assert (found.sku, found.warehouse, found.least, found.most) == ("MUG", "Hamburg", 28, 88)
    assert (found.why["sold"], found.why["days"], found.why["lead_days"]) == (60, 30, 14)
    assert (found.available, found.lasts_days, found.least_now) == (10, 5, None)
    assert service.make_proposals(shop.runtime) == 0


@pytest.mark.covers("S1.10")
def test_an_accepted_level_holds_and_tells_how_many_to_buy(shop: SmallShop) -> None:
    sell(shop, days=30, a_day=2)
    [found] = proposals(shop)
    service.accept(shop.runtime, found.variant_id, found.warehouse_id, actor="staff:anna")
    [low] = low_stock()
    assert (low.least, low.to_buy) == (28, 78)
    assert proposals(shop) == []
    with pytest.raises(ProposalGone):
        service.accept(shop.runtime, found.variant_id, found.warehouse_id, actor="staff:anna")


@pytest.mark.covers("S1.10")
def test_what_was_rejected_comes_again_only_when_sales_changed(shop: SmallShop) -> None:
    sell(shop, days=30, a_day=2)
    [found] = proposals(shop)
    service.reject(shop.runtime, found.variant_id, found.warehouse_id, actor="staff:anna")
    assert proposals(shop) == []
    assert reader().query(StockThreshold).count() == 0
    release_reader()
    sell(shop, days=15, a_day=3)
    assert [each.least > found.least for each in proposals(shop)] == [True]


def test_lead_times_of_a_warehouse_are_its_own(shop: SmallShop) -> None:
    change_store(settings={SETTING: {"*": {"lead_days": 7}, "shenzhen": {"lead_days": 30}}})
    sell(shop, days=20, a_day=1)
    sell(shop, days=20, a_day=1, warehouse=2)
    assert {each.warehouse_code: each.least for each in proposals(shop)} == {"hamburg": 7, "shenzhen": 30}


def test_a_proposal_that_no_longer_differs_goes(shop: SmallShop) -> None:
    sell(shop, days=30, a_day=2)
    assert len(proposals(shop)) == 1
    set_threshold(shop.mug, 1, least=28, most=88, at=shop.clock.now())
    assert proposals(shop) == []


def test_a_level_by_hand_keeps_the_upper_one_while_it_is_above(shop: SmallShop) -> None:
    set_threshold(shop.mug, 1, least=5, most=20, at=shop.clock.now())
    set_threshold(shop.mug, 1, least=10, at=shop.clock.now())
    assert reader().query(StockThreshold).one().most == 20
    release_reader()
    set_threshold(shop.mug, 1, least=20, at=shop.clock.now())
    assert reader().query(StockThreshold).one().most is None
