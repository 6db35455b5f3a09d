"""Payments and refunds in the API, for the merchant."""

from __future__ import annotations

from typing import Any

from entrepot import web
from entrepot.api import context, paging
from entrepot.api.operations import Once, Resource
from entrepot.payments import disputes, listing, queries, refunds, service
from entrepot.payments.errors import AttemptNotFound, PaymentError
from entrepot.payments.queries import AttemptView
from entrepot.payments.schemas import (
    CaptureSchema,
    ConfirmSchema,
    DisputeListSchema,
    PaymentPageSchema,
    PaymentQuery,
    RefundInSchema,
    RefundListSchema,
    RefundSchema,
    StaffPaymentSchema,
)

payments = Resource("Payments", __name__, "Money that was taken, and given back.")
resources = (payments,)

_VIEW, _CONFIRM, _REFUND = "orders.view", "payments.confirm", "payments.refund"


@payments.operation("GET", "/payments", answer=PaymentPageSchema, query=PaymentQuery, scope=_VIEW)
def list_payments(query: dict[str, Any]) -> dict[str, Any]:
    """Attempts to pay, newest first"""
    cursor = paging.unwrap(query["cursor"])
    rows, more = listing.payment_page(
        state=query["state"], attention=query["attention"], cursor=cursor, limit=query["limit"]
    )
    return paging.page(rows, more)


@payments.operation("GET", "/payments/<payment_id>", answer=StaffPaymentSchema, scope=_VIEW)
def read_payment(payment_id: str) -> AttemptView:
    """One attempt to pay an order"""
    return _found(payment_id)


@payments.operation("POST", "/payments/<payment_id>/fetch", answer=StaffPaymentSchema, scope=_VIEW, once=Once.CLAIM)
def fetch_payment(payment_id: str) -> AttemptView:
    """Ask the provider how the payment stands"""
    _found(payment_id)
    return queries.view(service.fetch(web.runtime(), payment_id, actor=context.actor()))


@payments.operation(
    "POST", "/payments/<payment_id>/capture", answer=StaffPaymentSchema, body=CaptureSchema, scope=_CONFIRM,
    once=Once.CLAIM,
)  # fmt: skip
def capture_payment(body: dict[str, Any], payment_id: str) -> AttemptView:
    """Take money that is authorized, all or a part"""
    _found(payment_id)
    return queries.view(service.capture(web.runtime(), payment_id, amount=body["amount"], actor=context.actor()))


@payments.operation("POST", "/payments/<payment_id>/void", answer=StaffPaymentSchema, scope=_CONFIRM, once=Once.CLAIM)
def void_payment(payment_id: str) -> AttemptView:
    """Release money that is reserved"""
    if not _found(payment_id).can_void:
        raise PaymentError("Only a payment that is authorized or pending at its provider can be released.")
    return queries.view(service.void(web.runtime(), payment_id, actor=context.actor()))


@payments.operation(
    "POST", "/payments/<payment_id>/confirm", answer=StaffPaymentSchema, body=ConfirmSchema, scope=_CONFIRM,
    once=Once.TRANSACTION,
)  # fmt: skip
def confirm_payment(body: dict[str, Any], payment_id: str) -> AttemptView:
    """Say that the money was seen on the bank account"""
    _found(payment_id)
    row = service.confirm_manually(web.runtime(), payment_id, received=body["received"], actor=context.actor())
    return queries.view(row)


@payments.operation("GET", "/payments/<payment_id>/refunds", answer=RefundListSchema, scope=_VIEW)
def list_refunds(payment_id: str) -> dict[str, Any]:
    """What was given back of a payment"""
    _found(payment_id)
    order_id = queries.order_of(payment_id)
    rows = queries.refunds(order_id) if order_id is not None else []
    return {"items": [row for row in rows if row.attempt_id == payment_id]}


@payments.operation("GET", "/payments/<payment_id>/disputes", answer=DisputeListSchema, scope=_VIEW)
def list_disputes(payment_id: str) -> dict[str, Any]:
    """What the buyer's bank took back of a payment"""
    _found(payment_id)
    order_id = queries.order_of(payment_id)
    rows = disputes.of_order(order_id) if order_id is not None else []
    return {"items": [row for row in rows if row.attempt_id == payment_id]}


@payments.operation(
    "POST", "/payments/<payment_id>/refunds", answer=RefundSchema, status=201, body=RefundInSchema, scope=_REFUND,
    once=Once.SERVICE, key_required=True,
)  # fmt: skip
def create_refund(body: dict[str, Any], payment_id: str) -> queries.RefundView:
    """Give money back, all that is left or a part"""
    attempt = _found(payment_id)
    amount = body["amount"] or attempt.refundable
    row = refunds.refund(
        web.runtime(),
        payment_id,
        amount=amount,
        reason=body["reason"],
        actor=context.actor(),
        idempotency_key=context.request_key(),
    )
    return queries.refund_view(row)


def _found(payment_id: str) -> AttemptView:
    found = queries.attempt(payment_id)
    if found is None:
        raise AttemptNotFound(payment_id)
    return found
