"""Shapes of payments and refunds in the API."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from entrepot.api.fields import Amount, ApiSchema, Text
from entrepot.api.schemas import PageQuery, page_of


class InstructionSchema(ApiSchema):
    label = ma.fields.String(required=True)
    value = ma.fields.String(required=True)


class PaymentSchema(ApiSchema):
    """One attempt to take money. While it is pending, ``redirect_url`` is where the buyer goes next."""

    id = ma.fields.String(required=True)
    account_id = ma.fields.String(required=True)
    label = ma.fields.String(required=True)
    state = ma.fields.String(
        required=True,
        metadata={"description": "created, unknown, pending, authorized, captured, declined, cancelled or expired"},
    )
    amount = Amount(required=True)
    captured = Amount(required=True)
    refunded = Amount(required=True)
    capturable = Amount(required=True, metadata={"description": "Authorized and not taken yet."})
    redirect_url = ma.fields.String(required=True)
    instructions = ma.fields.List(ma.fields.Nested(InstructionSchema), required=True)
    message = ma.fields.String(required=True)
    created_at = ma.fields.DateTime(required=True)


class PaymentListSchema(ApiSchema):
    items = ma.fields.List(ma.fields.Nested(PaymentSchema), required=True)


class StaffPaymentSchema(PaymentSchema):
    """With what only the merchant sees."""

    fee = Amount(required=True)
    reference = ma.fields.String(required=True)
    attention = ma.fields.String(
        required=True, metadata={"description": "Why staff must look; empty when all is well."}
    )


class RefundSchema(ApiSchema):
    id = ma.fields.String(required=True)
    amount = Amount(required=True)
    state = ma.fields.String(required=True)
    reason = ma.fields.String(required=True)
    message = ma.fields.String(required=True)
    actor = ma.fields.String(required=True)
    created_at = ma.fields.DateTime(required=True)


class DisputeSchema(ApiSchema):
    """Money that the buyer's bank takes back. ``reference`` is empty while only a payout told of it."""

    id = ma.fields.String(required=True)
    reference = ma.fields.String(required=True)
    state = ma.fields.String(required=True, metadata={"description": "opened, won or lost"})
    amount = Amount(required=True)
    fee = Amount(required=True)
    reason = ma.fields.String(required=True)
    due = ma.fields.DateTime(
        required=True, allow_none=True, metadata={"description": "Until when the provider takes an answer."}
    )
    opened_at = ma.fields.DateTime(required=True)


class DisputeListSchema(ApiSchema):
    items = ma.fields.List(ma.fields.Nested(DisputeSchema), required=True)


class RefundListSchema(ApiSchema):
    items = ma.fields.List(ma.fields.Nested(RefundSchema), required=True)


class StartPaymentSchema(ApiSchema):
    """``payment_method`` is the account_id of a way to pay."""

    payment_method = Text(least=1, most=36, required=True)


class CaptureSchema(ApiSchema):
    """Without an amount everything is captured; what a smaller capture leaves is released."""

    amount = Amount(load_default=None, allow_none=True)


class ConfirmSchema(ApiSchema):
    """What arrived on the bank account."""

    received = Amount(required=True)


class RefundInSchema(ApiSchema):
    """Without an amount everything that is left is given back."""

    amount = Amount(load_default=None, allow_none=True)
    reason = Text(most=250, load_default="")


class PaymentQuery(PageQuery):
    """``attention`` leaves only those at which staff must look."""

    state = Text(most=12, load_default="")
    attention = ma.fields.Boolean(load_default=False)


class EmptySchema(ApiSchema):
    """Nothing has to be said."""


PaymentPageSchema: Any = page_of(StaffPaymentSchema, "PaymentPage")
