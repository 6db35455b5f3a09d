"""The behaviours that every payment provider owes a shop, inherited from the conformance kit."""

from __future__ import annotations

from typing import Any

from entrepot.testkit import PaymentConformance, SentRequest, sign_timestamped
from entrepot_payment_sandbox.provider import Sandbox

PAYMENT: dict[str, Any] = {
    "id": "pay_1",
    "status": "open",
    "amount": 1990,
    "currency": "EUR",
    "captured": 0,
    "fee": None,
    "message": "",
    "checkout_url": "http://127.0.0.1:8901/pay/pay_1",
}
CAPTURED = {**PAYMENT, "status": "captured", "captured": 1990, "fee": 53}


def event(id: str, payment: dict[str, Any]) -> dict[str, Any]:
    return {"id": id, "type": f"payment.{payment['status']}", "created": 1795262400, "data": {"payment": payment}}


DISPUTE: dict[str, Any] = {
    "id": "evt_4",
    "type": "dispute.opened",
    "created": 1795262400,
    "data": {
        "payment": CAPTURED,
        "dispute": {
            "id": "dp_1", "status": "opened", "amount": 1990, "currency": "EUR", "fee": 1500, "reason": "Not received",
            "due": 1795867200,
        },
    },
}  # fmt: skip


def started(sent: SentRequest) -> dict[str, Any]:
    return {**PAYMENT, "amount": sent.json["amount"], "currency": sent.json["currency"]}


def captured(sent: SentRequest) -> dict[str, Any]:
    return {**CAPTURED, "captured": sent.json["amount"], "currency": sent.json["currency"]}


def refunded(sent: SentRequest) -> dict[str, Any]:
    money = {"amount": sent.json["amount"], "currency": sent.json["currency"]}
    return {"id": "ref_1", "status": "succeeded", "message": "", **money}


class TestSandbox(PaymentConformance):
    provider_class = Sandbox
    config = {"base_url": "http://127.0.0.1:8901", "api_key": "a-secret-key", "webhook_secret": "a-signing-secret"}
    http_script = {
        ("GET", "/v1/account"): {"id": "acct_sandbox", "name": "Sandbox payments"},
        ("POST", "/v1/payments"): started,
        ("GET", "/v1/payments/*"): CAPTURED,
        ("POST", "/v1/payments/*/capture"): captured,
        ("POST", "/v1/payments/*/void"): {**PAYMENT, "status": "cancelled"},
        ("POST", "/v1/payments/*/refunds"): refunded,
    }
    signed_webhook = sign_timestamped(
        "a-signing-secret", event("evt_1", {**PAYMENT, "status": "authorized"}), header="sandbox-signature"
    )
    later_webhook = sign_timestamped("a-signing-secret", event("evt_2", CAPTURED), header="sandbox-signature")
    dispute_webhook = sign_timestamped("a-signing-secret", DISPUTE, header="sandbox-signature")
    unknown_event = {"id": "evt_3", "type": "payout.paid", "created": 1795262400, "data": {}}
