"""Proposed levels of stock through the API."""

from __future__ import annotations

from datetime import timedelta

import pytest

from entrepot.inventory import stock
from entrepot.stock_targets.service import make_proposals
from entrepot.storage.session import release_reader, unit_of_work
from entrepot.testkit.small_shop import SmallShop

from .conftest import ApiClient


@pytest.mark.covers("S1.10")
def test_a_proposal_is_read_with_its_reason_and_accepted_once(merchant: ApiClient, api_shop: SmallShop) -> None:
    with unit_of_work() as session:
        for ago in range(30, 0, -1):
            for kind, pieces in (("received", 2), ("shipped", -2)):
                stock.move(
                    session,
                    variant_id=api_shop.mug,
                    warehouse_id=1,
                    kind=kind,
                    quantity=pieces,
                    reference="test",
                    actor="test",
                    at=api_shop.clock.now() - timedelta(days=ago),
                )
    make_proposals(api_shop.runtime)
    release_reader()
    [found] = merchant.get("/stock-proposals").get_json()["items"]
    assert (found["sku"], found["warehouse"], found["least"], found["most"]) == ("MUG", "hamburg", 28, 88)
    assert (found["why"]["sold"], found["least_now"]) == (60, None)
    assert merchant.post("/stock-proposals/MUG/hamburg/accept").status_code == 204
    assert merchant.get("/low-stock").get_json()["items"][0]["least"] == 28
    assert merchant.post("/stock-proposals/MUG/hamburg/reject").status_code == 404
    assert merchant.post("/stock-proposals/NONE/hamburg/accept").status_code == 404
