"""A shop in which something has happened: without it no generated request finds an order, a return or a transfer."""

from __future__ import annotations

from entrepot.sdk.payments import Outcome
from entrepot.testkit.providers import BANK
from entrepot.testkit.small_shop import SmallShop

from .conftest import ApiClient
from .examples import EXAMPLES


def lived_in(shop: SmallShop, merchant: ApiClient) -> tuple[str, ...]:
    """Fill the shop; the numbers of its orders and of a return."""
    merchant.post("/stock-movements", EXAMPLES["move_stock"], Idempotency_Key="goods")
    waiting = shop.place(key="waiting").number
    BANK.start = Outcome.AUTHORIZED
    reserved = shop.place(key="reserved").number
    BANK.start = Outcome.CAPTURED
    paid, sent = shop.place(key="paid").number, shop.place(key="sent").number
    order = merchant.get(f"/orders/{sent}").get_json()
    parcel = {"fulfilment": order["fulfilments"][0]["id"], "carrier": "Post"}
    merchant.post(f"/orders/{sent}/parcels", parcel, Idempotency_Key="parcel")
    line = {"line": order["lines"][0]["id"], "quantity": 1}
    asked = {"lines": [line], "reason": "too small", "wish": "refund"}
    back = merchant.post(f"/orders/{sent}/returns", asked, Idempotency_Key="back").get_json()
    BANK.start = Outcome.PENDING
    for operation, path in (
        ("issue_credit", "/credits"),
        ("create_customer", "/customers"),
        ("draft_transfer", "/transfers"),
        ("start_count", "/stock-counts"),
        ("create_webhook", "/webhooks"),
    ):
        merchant.post(path, EXAMPLES[operation], Idempotency_Key=operation)
    merchant.put("/customer-groups/trade", EXAMPLES["save_customer_group"])
    merchant.put("/promotions/ten", EXAMPLES["save_promotion"])
    return waiting, reserved, paid, sent, back["number"]
