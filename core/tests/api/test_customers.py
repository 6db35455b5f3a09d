"""Customers over the API: entered, grouped, changed with a version, given out and erased."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from entrepot.background import CONSUMERS
from entrepot.engine.worker import work_once
from entrepot.orders import fulfilment
from entrepot.orders.detail import order_detail
from entrepot.sdk.payments import Outcome
from entrepot.testkit import providers
from entrepot.testkit.small_shop import HAMBURG, SmallShop

from .conftest import ApiClient

pytestmark = [pytest.mark.databases, pytest.mark.covers("S0.21")]


def delivered(shop: SmallShop) -> str:
    """The number of an order that has arrived; its buyer is noted."""
    providers.BANK.start = Outcome.CAPTURED
    number = shop.place().number
    part = order_detail(shop.runtime, number).fulfilments[0].id
    parcel = fulfilment.ship(
        shop.runtime,
        number,
        fulfilment_id=part,
        tracking_number="T1",
        carrier="Post",
        actor="test",
        idempotency_key="1",
    )
    fulfilment.deliver(shop.runtime, parcel, actor="test")
    work_once(shop.runtime, CONSUMERS)
    return number


def test_a_customer_is_entered_once_and_changed_with_a_version(merchant: ApiClient) -> None:
    merchant.put("/customer-groups/trade", {"name": "Trade"})
    body = {"email": "Otto@example.com", "name": "Otto", "group": "trade", "addresses": [HAMBURG.as_dict()]}
    first, again = (merchant.post("/customers", body, Idempotency_Key="k") for _ in range(2))
    assert first.status_code == 201 and first.data == again.data
    path = f"/customers/{first.get_json()['id']}"
    seen = merchant.get(path)
    assert seen.get_json()["addresses"] == [HAMBURG.as_dict()]
    changed = merchant.put(path, {"name": "Otto O.", "note": "Pays late.\nRings."}, If_Match=seen.headers["ETag"])
    assert (changed.get_json()["name"], changed.get_json()["group"]) == ("Otto O.", "")
    assert merchant.put(path, {"name": "Stale"}, If_Match=seen.headers["ETag"]).status_code == 412
    assert merchant.post("/customers", body).status_code == 409


def test_wrong_values_are_named_by_field(merchant: ApiClient) -> None:
    assert list(merchant.post("/customers", {"email": "no address"}).get_json()["errors"]) == ["email"]
    assert list(merchant.post("/customers", {"email": "a@b.de", "group": "x"}).get_json()["errors"]) == ["group"]
    assert list(merchant.put("/customer-groups/Trade!", {"name": "T"}).get_json()["errors"]) == ["code"]


def test_the_list_is_filtered_and_comes_in_pages(merchant: ApiClient) -> None:
    merchant.put("/customer-groups/trade", {"name": "Trade"})
    for number in range(3):
        merchant.post("/customers", {"email": f"b{number}@example.com", "group": "trade" if number else ""})
    first = merchant.get("/customers?group=trade&limit=1").get_json()
    second = merchant.get(f"/customers?group=trade&limit=1&cursor={first['next_cursor']}").get_json()
    assert [page["items"][0]["email"] for page in (first, second)] == ["b2@example.com", "b1@example.com"]
    assert second["next_cursor"] is None
    assert [row["email"] for row in merchant.get("/customers?q=B0@").get_json()["items"]] == ["b0@example.com"]


def test_a_group_is_removed_when_nobody_is_in_it(merchant: ApiClient) -> None:
    merchant.put("/customer-groups/trade", {"name": "Trade"})
    made = merchant.post("/customers", {"email": "a@example.com", "group": "trade"}).get_json()
    assert merchant.ask("DELETE", "/customer-groups/trade").status_code == 409
    merchant.put(f"/customers/{made['id']}", {})
    assert merchant.ask("DELETE", "/customer-groups/trade").status_code == 200
    assert merchant.get("/customer-groups/trade").status_code == 404


@pytest.mark.covers("S0.30")
def test_everything_about_a_person_is_given_out(merchant: ApiClient, api_shop: SmallShop) -> None:
    number = delivered(api_shop)
    [found] = merchant.get("/customers").get_json()["items"]
    kept = merchant.get(f"/customers/{found['id']}/personal-data").get_json()
    assert [order["number"] for order in kept["orders"]] == [number]
    assert kept["orders"][0]["shipping_address"]["street"] == HAMBURG.street
    assert kept["customer"][0]["name"] == HAMBURG.name and kept["carts"] and kept["messages"]


@pytest.mark.covers("S0.30")
def test_an_erased_person_is_nowhere_and_the_books_are_whole(merchant: ApiClient, api_shop: SmallShop) -> None:
    number = delivered(api_shop)
    [found] = merchant.get("/customers").get_json()["items"]
    before = merchant.get(f"/orders/{number}").get_json()
    erased, again = (merchant.post(f"/customers/{found['id']}/erase") for _ in range(2))
    assert erased.get_json() == again.get_json() and erased.get_json()["erased_at"]
    after = merchant.get(f"/orders/{number}").get_json()
    assert (after["total"], after["lines"], after["ledger"]) == (before["total"], before["lines"], before["ledger"])
    assert after["shipping_address"]["country"] == HAMBURG.country
    pages = [f"/orders/{number}", "/customers", f"/customers/{found['id']}/personal-data"]
    for page in pages:
        text = merchant.get(page).text
        assert not any(part in text for part in ("anna@example.com", HAMBURG.name, HAMBURG.street))
    assert merchant.put(f"/customers/{found['id']}", {"name": "Anna"}).status_code == 422


@pytest.mark.covers("S0.30")
def test_a_buyer_who_waits_for_a_parcel_is_not_erased(merchant: ApiClient, api_shop: SmallShop) -> None:
    number = api_shop.paid().number
    work_once(api_shop.runtime, CONSUMERS)
    [found] = merchant.get("/customers").get_json()["items"]
    refused = merchant.post(f"/customers/{found['id']}/erase")
    assert refused.status_code == 409 and number in refused.get_json()["detail"]
    assert merchant.get(f"/orders/{number}").get_json()["email"] == "anna@example.com"


def test_a_key_sees_only_what_its_scopes_allow(client_with: Callable[..., ApiClient]) -> None:
    api = client_with("customers.view")
    assert api.get("/customers").status_code == 200
    assert api.post("/customers", {"email": "a@example.com"}).status_code == 403
    assert api.get("/customers/1/personal-data").status_code == 403
