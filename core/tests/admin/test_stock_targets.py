"""Proposed levels in the back office."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from entrepot.inventory import stock
from entrepot.inventory.thresholds import thresholds_of
from entrepot.storage.session import release_reader, unit_of_work
from entrepot.testkit.small_shop import SmallShop

from .conftest import Desk


@pytest.fixture
def sold(shop: SmallShop) -> None:
    """Two mugs and a bowl a day left Hamburg for a month."""
    with unit_of_work() as session:
        for ago in range(30, 0, -1):
            for variant, pieces in ((shop.mug, 2), (shop.bowl, 1)):
                for kind, quantity in (("received", pieces), ("shipped", -pieces)):
                    stock.move(
                        session,
                        variant_id=variant,
                        warehouse_id=1,
                        kind=kind,
                        quantity=quantity,
                        reference="test",
                        actor="test",
                        at=shop.clock.now() - timedelta(days=ago),
                    )
    release_reader()


@pytest.mark.covers("S1.10", "S0.16")
def test_a_level_is_explained_accepted_or_rejected(shop: SmallShop, owner: Desk, sold: None) -> None:
    assert "Nothing is proposed" in owner.open("/admin/stock-targets")
    text = owner.send("/admin/stock-targets")
    assert "2 proposals are new." in text
    assert "Buy below 28, up to 88." in text
    assert "Why: 60 pieces left in 30 days. In the 14 days until goods arrive about 28 are sold" in text
    assert "The levels hold from now on." in owner.send(f"/admin/stock-targets/{shop.mug}/1/accept")
    assert "Rejected." in owner.send(f"/admin/stock-targets/{shop.bowl}/1/reject")
    assert thresholds_of(shop.mug) == {1: 28}
    assert thresholds_of(shop.bowl) == {}
    assert "MUG Hamburg 10 28 78" in owner.open("/admin/low-stock")
    owner.send(f"/admin/stock-targets/{shop.mug}/1/accept")
    assert owner.status == 422


def test_how_goods_are_bought_changes_the_next_proposals(shop: SmallShop, owner: Desk, sold: None) -> None:
    owner.open("/admin/stock-targets")
    form = {"lead-1": "30", "lead-2": "60", "purchase_days": "10", "service": "95"}
    assert "Enter between 1 and 365 days." in owner.send("/admin/stock-targets/terms", **{**form, "lead-1": "0"})
    assert owner.status == 422
    owner.send("/admin/stock-targets/terms", **form)
    assert "Buy below 60, up to 80." in owner.send("/admin/stock-targets")


def test_who_may_only_look_decides_nothing(shop: SmallShop, sign_in: Callable[..., Desk], sold: None) -> None:
    viewer = sign_in("inventory.view")
    assert "Look at the sales" not in viewer.open("/admin/stock-targets")
    viewer.send("/admin/stock-targets")
    assert viewer.status == 403
