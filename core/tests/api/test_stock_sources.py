"""Stock that is reported through the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from entrepot.stock_sources import service
from entrepot.testkit.small_shop import SmallShop

from .conftest import ApiClient


def event(sequence: int, sku: str, on_hand: int, **more: Any) -> dict[str, Any]:
    return {"sequence": sequence, "sku": sku, "on_hand": on_hand, **more}


@pytest.mark.covers("S0.14")
def test_a_warehouse_reports_with_a_key_that_may_do_only_that(
    merchant: ApiClient, client_with: Callable[..., ApiClient], api_shop: SmallShop
) -> None:
    wms = client_with("inventory.sync")
    body = {"events": [event(7, "MUG", 12), event(8, "CUP", 1)], "stale_after_minutes": 60}
    told = wms.post("/stock-sources/wms-1/events", body).get_json()
    assert (told["changed"], told["same"], told["passed"]) == (1, 0, 0)
    assert told["refused"] == ["CUP: no SKU of this store whose stock is counted."]
    assert wms.post("/stock-sources/wms-1/events", body).get_json()["passed"] == 1
    late = {"events": [event(6, "MUG", 99)]}
    assert wms.post("/stock-sources/wms-1/events", late).get_json()["passed"] == 1
    assert merchant.get("/stock/MUG").get_json()["available"] == 17
    assert wms.get("/stock/MUG").status_code == 403
    [source] = merchant.get("/stock-sources").get_json()["items"]
    assert (source["id"], source["mode"], source["cursor"]) == ("wms-1", "push", 8)
    assert source["places"][0]["warehouse"] == "Hamburg"


@pytest.mark.parametrize(
    ("source", "body"),
    [
        ("WMS 1", {"events": []}),
        ("wms-1", {"events": [event(-1, "MUG", 1)]}),
        ("wms-1", {"events": [event(1, "MUG", -1)]}),
        ("wms-1", {"events": [event(1, "MUG", 1)], "as_of": "yesterday"}),
        ("wms-1", {}),
    ],
)
def test_a_report_that_makes_no_sense_is_refused(merchant: ApiClient, source: str, body: dict[str, Any]) -> None:
    assert merchant.post(f"/stock-sources/{source}/events", body).status_code == 422


def test_nobody_reports_under_the_name_of_an_account_that_is_asked(merchant: ApiClient, api_shop: SmallShop) -> None:
    account = api_shop.runtime.accounts.create("stock", "depot", label="Depot", config={})
    service.sync(api_shop.runtime)
    told = merchant.post(f"/stock-sources/{account.id}/events", {"events": []})
    assert told.status_code == 422
    assert "is asked by the shop" in told.get_data(as_text=True)
