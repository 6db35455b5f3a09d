"""Orders that were paid late or wait for stock, through the API."""

from __future__ import annotations

from datetime import timedelta

import pytest

from entrepot.inventory import awaiting
from entrepot.markets.service import change_store
from entrepot.orders.service import cancel_unpaid
from entrepot.payments import service as payments
from entrepot.sdk.payments import Outcome, PaymentResult
from entrepot.testkit.small_shop import SmallShop

from .conftest import ApiClient


@pytest.mark.covers("S2.14", "S0.35")
def test_an_order_that_was_paid_late_is_taken_up_again(merchant: ApiClient, api_shop: SmallShop) -> None:
    change_store(settings={"paid_late": "ask"})
    placed = api_shop.place()
    api_shop.clock.move(timedelta(hours=2))
    cancel_unpaid(api_shop.runtime)
    assert placed.payment is not None
    news = PaymentResult(Outcome.CAPTURED, placed.payment.reference, placed.payment.amount)
    payments.apply(api_shop.runtime, placed.payment.id, news, actor="payment:Scripted")
    order = merchant.get(f"/orders/{placed.number}").get_json()
    assert (order["status"], order["payment_state"], order["actions"]) == (
        "cancelled",
        "paid_late",
        ["take_up", "refund"],
    )
    taken = merchant.post(f"/orders/{placed.number}/take-up").get_json()
    assert (taken["status"], taken["payment_state"]) == ("to_ship", "paid")
    assert merchant.post(f"/orders/{placed.number}/take-up").status_code == 409


@pytest.mark.covers("S2.3", "S1.8")
def test_a_pre_order_is_allocated_again_and_leaves_early_only_on_demand(
    merchant: ApiClient, api_shop: SmallShop
) -> None:
    day = (api_shop.clock.now() + timedelta(days=3)).date()
    awaiting.set_policy(api_shop.mug, kind="preorder", warehouse_id=1, most=50, available_from=day)
    number = api_shop.paid().number
    order = merchant.post(f"/orders/{number}/reallocate").get_json()
    body = {"fulfilment": order["fulfilments"][0]["id"], "carrier": "Post"}
    refused = merchant.post(f"/orders/{number}/parcels", body, Idempotency_Key="p1")
    assert refused.status_code == 409 and day.isoformat() in refused.get_json()["detail"]
    sent = merchant.post(f"/orders/{number}/parcels", {**body, "early": True}, Idempotency_Key="p2")
    assert sent.get_json()["status"] == "shipped"
