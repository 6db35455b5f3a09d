"""Transfers, stocktaking, thresholds and policies in the back office."""

from __future__ import annotations

from datetime import date

import pytest

from entrepot.catalog.queries import product_page
from entrepot.inventory.awaiting import set_policy
from entrepot.inventory.queries import available
from entrepot.inventory.stock import set_on_hand
from entrepot.markets.queries import store
from entrepot.storage.session import unit_of_work
from entrepot.testkit.small_shop import SmallShop

from .conftest import Desk


@pytest.mark.covers("S2.11")
def test_a_transfer_is_drafted_sent_received_in_part_and_closed(shop: SmallShop, owner: Desk) -> None:
    owner.open("/admin/transfers")
    assert "No transfer yet" not in owner.send("/admin/transfers", source="1", target="2", lines="MUG 4")
    owner.open("/admin/transfers/1")
    owner.send("/admin/transfers/1/send")
    assert available([shop.mug]) == {shop.mug: 11}
    owner.send("/admin/transfers/1/receive", seen="0", **{f"v{shop.mug}": "3"})
    text = owner.send("/admin/transfers/1/close", reason="broken on the way")
    assert "broken on the way" in text
    assert available([shop.mug]) == {shop.mug: 14}


@pytest.mark.covers("S0.17", "S1.12")
def test_a_blind_count_is_written_down_counted_again_and_approved(shop: SmallShop, owner: Desk) -> None:
    owner.open("/admin/counts")
    owner.send("/admin/counts", warehouse="1", tolerance="1", blind="on", skus="MUG")
    assert "Should be" not in owner.open("/admin/counts/1")
    line = f"/admin/counts/1/{shop.mug}"
    assert "Count again" in owner.send(line, counted="6", times="0")
    assert "approve" not in owner.page
    owner.send(line, counted="7", times="1")
    assert "Approved" in owner.send("/admin/counts/1/approve")
    assert available([shop.mug]) == {shop.mug: 12}


@pytest.mark.covers("S0.16", "S1.9")
def test_what_falls_to_its_threshold_is_listed(shop: SmallShop, owner: Desk) -> None:
    assert "Nothing is low" in owner.open("/admin/low-stock")
    owner.send(f"/admin/stock/{shop.mug}/1/low", least="10")
    assert "MUG" in owner.open("/admin/low-stock")
    owner.send(f"/admin/stock/{shop.mug}/1/low", least="")
    assert "Nothing is low" in owner.open("/admin/low-stock")


@pytest.mark.covers("S2.3")
def test_policy_and_strategy_are_chosen_and_kept(shop: SmallShop, owner: Desk) -> None:
    owner.open(f"/admin/stock/{shop.mug}")
    path = f"/admin/stock/{shop.mug}/policy"
    assert "needs the day" in owner.send(path, kind="preorder", warehouse="1", most="5", available_from="")
    owner.send(path, kind="preorder", warehouse="1", most="5", available_from="2026-06-01")
    assert 'value="2026-06-01"' in owner.page
    owner.send("/admin/allocation", strategy="cheapest", **{"cost-1": "DE 4.90, * 12.90", "cost-2": ""})
    assert 'value="DE 4.90, * 12.90"' in owner.page
    assert '<option value="cheapest" selected>' in owner.page
    assert "names no country" in owner.send("/admin/allocation", strategy="cheapest", **{"cost-1": "Mars 1"})


@pytest.mark.covers("S0.17")
def test_received_goods_may_have_a_cost(shop: SmallShop, owner: Desk) -> None:
    path = f"/admin/stock/{shop.mug}/1"
    owner.open(f"/admin/stock/{shop.mug}")
    form = {"kind": "received", "pieces": "2", "reason": "delivery 1", "seen": owner.hidden("seen", path)}
    assert "is booked" in owner.send(path, goods_cost="20.00", landing_cost="3.50", **form)


@pytest.mark.parametrize("path", ["/admin/transfers/99", "/admin/counts/99"])
def test_what_is_not_there_is_said(owner: Desk, path: str) -> None:
    owner.open(path)
    assert owner.status == 404


@pytest.mark.covers("S2.3")
def test_the_buyer_sees_from_when_a_preorder_is_available(shop: SmallShop, owner: Desk) -> None:
    with unit_of_work() as session:
        for warehouse in (1, 2):
            set_on_hand(
                session,
                variant_id=shop.mug,
                warehouse_id=warehouse,
                on_hand=0,
                reference="count",
                actor="test",
                at=shop.clock.now(),
            )
    set_policy(shop.mug, kind="preorder", warehouse_id=1, most=5, available_from=date(2026, 6, 1))
    page = product_page("tableware", store().markets[0], "en")
    assert page
    variant = next(one for one in page.variants if one.id == shop.mug)
    assert (variant.available, variant.available_from) == (5, date(2026, 6, 1))
    order = shop.paid(quantity=2)
    text = owner.open(f"/admin/orders/{order.number}")
    assert "MUG: 2 on preorder, to leave from 2026-06-01 on." in text
