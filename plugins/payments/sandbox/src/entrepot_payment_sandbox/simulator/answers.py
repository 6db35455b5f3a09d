"""The service's JSON: payments, refunds, events. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from entrepot_payment_sandbox.simulator.payment import Dispute, Payment, Refund


def payment_view(payment: Payment, *, lie: str, base_url: str) -> dict[str, Any]:
    """The payment as the shop reads it; ``lie`` is empty, "amount" or "currency"."""
    told = lied(payment, lie)
    return {
        "id": told.id,
        "status": told.status,
        "amount": told.amount,
        "currency": told.currency,
        "authorized": told.authorized,
        "captured": told.captured,
        "refunded": told.refunded,
        "fee": told.fee,
        "capture_method": told.capture_method,
        "method": told.method,
        "reference": told.reference,
        "message": told.message,
        "created": told.created,
        "checkout_url": f"{base_url}/pay/{told.id}",
    }


def refund_view(refund: Refund, currency: str) -> dict[str, Any]:
    return {
        "id": refund.id,
        "status": refund.status,
        "amount": refund.amount,
        "currency": currency,
        "reason": refund.reason,
        "message": "",
    }


def dispute_view(dispute: Dispute, currency: str) -> dict[str, Any]:
    return {
        "id": dispute.id,
        "status": dispute.status,
        "amount": dispute.amount,
        "currency": currency,
        "fee": dispute.fee(currency),
        "reason": dispute.reason,
        "due": dispute.due,
    }


def event_view(payment: dict[str, Any], about: Refund | Dispute | None, *, id: str, created: int) -> dict[str, Any]:
    """One webhook: what happened, and how the payment stood right after it."""
    news, kind = {"payment": payment}, f"payment.{payment['status']}"
    if isinstance(about, Refund):
        news["refund"], kind = refund_view(about, payment["currency"]), f"refund.{about.status}"
    if isinstance(about, Dispute):
        news["dispute"], kind = dispute_view(about, payment["currency"]), f"dispute.{about.status}"
    return {"id": id, "type": kind, "created": created, "data": news}


def lied(payment: Payment, lie: str) -> Payment:
    """A payment whose money has come, told with a tenth of the amount or in another currency."""
    if not lie or payment.status not in ("authorized", "captured"):
        return payment
    if lie == "currency":
        return replace(payment, currency="USD" if payment.currency != "USD" else "EUR")
    return replace(
        payment, amount=payment.amount // 10, authorized=payment.authorized // 10, captured=payment.captured // 10
    )
