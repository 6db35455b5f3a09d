"""Price lists by API: they follow another one, and prices hold in windows on the market's clocks."""

from __future__ import annotations

from typing import Any

import pytest

from entrepot.testkit.small_shop import SmallShop

from .conftest import ApiClient

pytestmark = [pytest.mark.covers("S0.34", "G15"), pytest.mark.databases]
FOLLOWS = {"base": "eu", "mode": "hold_gross", "percent": "10", "rounding_ending": "0.95"}


def usd(**changed: Any) -> dict[str, Any]:
    return {"currency": "USD", "prices_include_tax": True, "follows": FOLLOWS, **changed}


def test_a_list_follows_another_and_tells_rate_and_rule(api_shop: SmallShop, merchant: ApiClient) -> None:
    saved = merchant.put("/price-lists/outlet", usd())
    assert saved.status_code == 200, saved.text
    assert saved.get_json()["follows"] == FOLLOWS | {"rounding_step": None}
    refused = merchant.post("/price-lists/outlet/recomputing").get_json()
    assert refused["changed"] == 0 and "No rate EUR/USD" in refused["problem"]
    assert merchant.get("/price-lists/outlet").get_json()["problem"] == refused["problem"]
    today = api_shop.clock.now().date().isoformat()
    rates = {"base": "EUR", "rates": {"USD": "1.08"}, "on": today, "source": "ECB"}
    assert merchant.post("/exchange-rates", rates).status_code == 200
    assert merchant.post("/price-lists/outlet/recomputing").get_json() == {
        "code": "outlet",
        "changed": 2,
        "problem": "",
    }
    price = merchant.get("/price-lists/outlet/prices/MUG").get_json()
    assert price["asked"] == {"amount": "23.95", "currency": "USD"}  # 19.90 x 1.08 x 1.1 = 23.64
    assert (price["derived"]["rate"], price["derived"]["on"]) == ("1 EUR = 1.08 USD", today)
    assert [one["code"] for one in merchant.get("/price-lists").get_json()["items"]] == ["eu", "us", "outlet"]


def test_windows_are_read_on_the_clocks_of_a_zone(merchant: ApiClient) -> None:
    amount = {"amount": "15.00", "currency": "EUR"}
    window = {"amount": amount, "valid_from": "2027-07-01T00:00:00", "valid_until": "2027-07-02T00:00:00"}
    address = "/price-lists/eu/prices/MUG/windows"
    saved = merchant.put(address, {"time_zone": "Europe/Berlin", "windows": [window]})
    assert saved.status_code == 200, saved.text
    kept = saved.get_json()["windows"]
    assert [(one["valid_from"], one["valid_until"]) for one in kept] == [
        ("2027-06-30T22:00:00+00:00", "2027-07-01T22:00:00+00:00")
    ]
    overlapping = merchant.put(address, {"windows": [window, window]})
    assert 400 <= overlapping.status_code < 500 and "overlaps" in overlapping.text
    assert merchant.get("/price-lists/eu/prices/MUG").get_json()["windows"] == kept
    dollars = window | {"amount": {"amount": "15.00", "currency": "USD"}}
    assert merchant.put(address, {"windows": [dollars]}).status_code == 422
    assert merchant.put("/price-lists/eu/prices/NONE/windows", {"windows": []}).status_code == 404


def test_a_list_that_cannot_be_is_refused(merchant: ApiClient) -> None:
    assert merchant.put("/price-lists/Out let", usd()).status_code == 422
    for wrong in ({"base": "nowhere"}, {"base": "outlet"}, {"rounding_step": "-1"}):
        refused = merchant.put("/price-lists/outlet", usd(follows=FOLLOWS | wrong))
        assert 400 <= refused.status_code < 500, refused.text
    assert merchant.put("/price-lists/eu", usd(follows=None)).status_code < 500
    assert merchant.get("/price-lists/eu").get_json()["currency"] == "EUR"
    assert merchant.post("/price-lists/eu/recomputing").status_code == 409
    assert merchant.get("/price-lists/none").status_code == 404
