"""Between the shop's values and the service's JSON. Pure; raises Unreadable for what does not fit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from entrepot.sdk import (
    CaptureRequest,
    DisputeNews,
    DisputeState,
    Money,
    Outcome,
    PaymentEvent,
    PaymentRequest,
    PaymentResult,
    RefundRequest,
    RefundResult,
)

PAYMENT_OUTCOMES = {
    "open": Outcome.PENDING,
    "processing": Outcome.PENDING,
    "authorized": Outcome.AUTHORIZED,
    "captured": Outcome.CAPTURED,
    "declined": Outcome.DECLINED,
    "cancelled": Outcome.CANCELLED,
    "expired": Outcome.EXPIRED,
}
DISPUTE_STATES = {"opened": DisputeState.OPENED, "won": DisputeState.WON, "lost": DisputeState.LOST}
REFUND_OUTCOMES = {
    "succeeded": Outcome.CAPTURED,
    "pending": Outcome.PENDING,
    "failed": Outcome.DECLINED,
}


class Unreadable(ValueError):
    """JSON that is not what the service promises to send."""


def payment_body(request: PaymentRequest, *, config: Mapping[str, Any], webhook_url: str) -> dict[str, Any]:
    """Body of ``POST /v1/payments``."""
    return {
        "amount": request.amount.minor,
        "currency": request.amount.currency,
        "reference": request.order_number,
        "description": request.description,
        "merchant": config["merchant"],
        "locale": request.locale,
        "capture_method": config["capture_method"],
        "return_url": request.return_url,
        "webhook_url": webhook_url,
    }


def capture_body(request: CaptureRequest) -> dict[str, Any]:
    """Body of ``POST /v1/payments/<id>/capture``."""
    return {"amount": request.amount.minor, "currency": request.amount.currency}


def refund_body(request: RefundRequest) -> dict[str, Any]:
    """Body of ``POST /v1/payments/<id>/refunds``."""
    return {"amount": request.amount.minor, "currency": request.amount.currency, "reason": request.reason}


def payment_result(answer: Any) -> PaymentResult:
    """What the service says about a payment. A status of a later version is UNKNOWN, never a guess."""
    payment = _object(answer, "payment")
    outcome = PAYMENT_OUTCOMES.get(_text(payment, "status"), Outcome.UNKNOWN)
    currency = _text(payment, "currency")
    return PaymentResult(
        outcome=outcome,
        reference=_text(payment, "id"),
        amount=_money(payment, _amount_name(payment, outcome), currency),
        redirect_url=_text(payment, "checkout_url") if payment.get("status") == "open" else "",
        message=_optional_text(payment, "message"),
        fee=_money(payment, "fee", currency) if payment.get("fee") is not None else None,
    )


def refund_result(answer: Any) -> RefundResult:
    """What the service says about a refund."""
    refund = _object(answer, "refund")
    return RefundResult(
        outcome=REFUND_OUTCOMES.get(_text(refund, "status"), Outcome.UNKNOWN),
        reference=_text(refund, "id"),
        amount=_money(refund, "amount", _text(refund, "currency")),
        message=_optional_text(refund, "message"),
    )


def dispute_news(answer: Any) -> DisputeNews:
    """What the service says about a dispute. A status of a later version is unreadable: money is at stake."""
    dispute = _object(answer, "dispute")
    state = DISPUTE_STATES.get(_text(dispute, "status"))
    if state is None:
        raise Unreadable(f"The service sent the unknown dispute status '{dispute['status']}'.")
    currency = _text(dispute, "currency")
    return DisputeNews(
        state=state,
        reference=_text(dispute, "id"),
        amount=_money(dispute, "amount", currency),
        fee=_money(dispute, "fee", currency),
        reason=_optional_text(dispute, "reason"),
        due=_instant(dispute, "due") if dispute.get("due") is not None else None,
    )


def payment_events(answer: Any) -> list[PaymentEvent]:
    """The event of a verified webhook; none for event types that mean nothing to the shop."""
    event = _object(answer, "event")
    family = _text(event, "type").partition(".")[0]
    if family not in ("payment", "refund", "dispute"):
        return []
    news = _object(event.get("data"), "event data")
    return [
        PaymentEvent(
            id=_text(event, "id"),
            result=payment_result(news.get("payment")),
            occurred_at=_instant(event, "created"),
            refund=refund_result(news.get("refund")) if family == "refund" else None,
            dispute=dispute_news(news.get("dispute")) if family == "dispute" else None,
        )
    ]


def _amount_name(payment: Mapping[str, Any], outcome: Outcome) -> str:
    """Where the service tells the amount that counts."""
    if outcome is Outcome.CAPTURED:
        return "captured"
    return "authorized" if outcome is Outcome.AUTHORIZED and "authorized" in payment else "amount"


def _object(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise Unreadable(f"The service sent {type(value).__name__} where a {what} should be.")
    return value


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    if not isinstance(value, str) or not value:
        raise Unreadable(f"The service sent no text for '{name}'.")
    return value


def _optional_text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""


def _money(values: Mapping[str, Any], name: str, currency: str) -> Money:
    try:
        amount = Money(values[name], currency)
    except (KeyError, ValueError) as error:
        raise Unreadable(f"The service sent no amount for '{name}': {error}") from error
    if amount.is_negative:
        raise Unreadable(f"The service sent {amount} for '{name}'; amounts are never negative.")
    return amount


def _instant(values: Mapping[str, Any], name: str) -> datetime:
    try:
        return datetime.fromtimestamp(values[name], UTC)
    except (KeyError, TypeError, ValueError, OverflowError, OSError) as error:
        raise Unreadable(f"The service sent no time for '{name}'.") from error
