"""Edits through the API: a preview, and what was agreed to."""

from __future__ import annotations

from typing import Any

import pytest

from entrepot.sdk.payments import Outcome
from entrepot.testkit.providers import BANK
from entrepot.testkit.small_shop import SmallShop

from .conftest import ApiClient


def wanted(merchant: ApiClient, number: str, **parts: Any) -> dict[str, Any]:
    line = merchant.get(f"/orders/{number}").get_json()["lines"][0]["id"]
    return {"reason": "The buyer asked", "lines": [{"line": line, "quantity": 2}], **parts}


@pytest.mark.covers("S1.16", "S0.35")
def test_an_edit_is_previewed_agreed_to_and_done_once(merchant: ApiClient, api_shop: SmallShop) -> None:
    number = api_shop.paid().number
    BANK.start = Outcome.PENDING
    body = wanted(merchant, number)
    seen = merchant.post(f"/orders/{number}/edits/preview", body).get_json()
    assert seen["difference"] == seen["collect"] == {"amount": "19.90", "currency": "EUR"}
    assert {row["cause"] for row in seen["differences"]} == {"pieces", "reckoned"}
    agreed = {**body, "expected_difference": seen["difference"], "version": seen["version"]}
    answers = [merchant.post(f"/orders/{number}/edits", agreed, Idempotency_Key="e1") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    order = answers[0].get_json()
    assert (order["owing"]["amount"], order["payment_state"], len(order["payments"])) == ("19.90", "part_paid", 2)
    assert [row["reason"] for row in merchant.get(f"/orders/{number}/edits").get_json()["items"]] == ["The buyer asked"]


def test_an_edit_that_is_not_what_was_agreed_to_is_refused(merchant: ApiClient, api_shop: SmallShop) -> None:
    number = api_shop.paid().number
    body = wanted(merchant, number, expected_difference={"amount": "1.00", "currency": "EUR"})
    answer = merchant.post(f"/orders/{number}/edits", body, Idempotency_Key="e1")
    assert answer.status_code == 409
    assert "EUR 19.90" in answer.get_json()["detail"]
    other = wanted(merchant, number, expected_difference={"amount": "19.90", "currency": "USD"})
    assert merchant.post(f"/orders/{number}/edits", other, Idempotency_Key="e2").status_code == 409


def test_without_the_permission_nothing_is_edited(client_with: Any, merchant: ApiClient, api_shop: SmallShop) -> None:
    number = api_shop.paid().number
    body = wanted(merchant, number)
    assert client_with("orders.view").post(f"/orders/{number}/edits/preview", body).status_code == 403
