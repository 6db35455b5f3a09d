"""Orders of other channels through the API."""

from __future__ import annotations

import io
from typing import Any

import pytest

from entrepot.background import TASKS
from entrepot.engine.queue import run_queued
from entrepot.testkit.small_shop import SmallShop

from .conftest import ApiClient

CSV = "order id,sku,qty,price,land,email\nQ-1,MUG,1,15.00,DE,jo@example.com\nQ-2,CUP,1,1,DE,jo@example.com\n"


def upload(client: ApiClient, query: str = "") -> Any:
    with client.app.test_client() as browser:
        return browser.post(
            f"/api/v1/order-imports{query}",
            data={"file": (io.BytesIO(CSV.encode()), "bazaar.csv")},
            headers={"Authorization": f"Bearer {client.key}"},
        )


@pytest.mark.covers("S0.10")
def test_a_file_of_orders_is_named_tried_run_and_taken_back(merchant: ApiClient, api_shop: SmallShop) -> None:
    kept = upload(merchant).get_json()
    assert (kept["state"], kept["header"][4]) == ("columns", "land")
    assert "country" in kept["error"]
    path = f"/order-imports/{kept['id']}"
    tried = merchant.post(f"{path}/columns", {"columns": {"country": "land", "paid": "=yes"}}).get_json()
    assert (tried["state"], tried["created"], tried["failed"]) == ("tried", 1, 1)
    assert [verdict["action"] for verdict in tried["verdicts"]] == ["created", "failed"]
    assert merchant.post(f"{path}/run?background=true").get_json()["state"] == "queued"
    run_queued(api_shop.runtime, TASKS)
    done = merchant.get(path).get_json()
    assert (done["state"], done["import_id"]) == ("done", 1)
    assert "no SKU" in merchant.get(f"{path}/failed-rows").get_json()["csv"]
    undone = merchant.post(f"{path}/undo").get_json()
    assert (len(undone["cancelled"]), undone["left"]) == (1, [])
    assert [each["id"] for each in merchant.get("/order-imports").get_json()["items"]] == [kept["id"]]
    assert merchant.get("/imports").get_json()["items"] == []


@pytest.mark.covers("S0.10")
def test_a_profile_is_saved_used_and_forgotten(merchant: ApiClient, api_shop: SmallShop) -> None:
    body = {"columns": {"country": "land"}, "channel": "bazaar"}
    assert merchant.put("/import-profiles/Bazaar", body).get_json()["name"] == "Bazaar"
    assert upload(merchant, "?profile=Bazaar").get_json()["state"] == "tried"
    assert merchant.put("/import-profiles/Bazaar", {"columns": {"moon": "x"}}).status_code == 422
    assert [each["name"] for each in merchant.get("/import-profiles").get_json()["items"]] == ["Bazaar"]
    assert merchant.ask("DELETE", "/import-profiles/Bazaar").status_code == 204
    assert upload(merchant, "?profile=Bazaar").status_code >= 400
