"""Shapes of orders in the API, for buyers and for the merchant."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from entrepot.api.fields import Amount, ApiSchema, Text, instant, quantity
from entrepot.api.schemas import AddressSchema, PageQuery, page_of
from entrepot.orders.rules import STATUSES
from entrepot.payments.schemas import PaymentSchema, RefundSchema, StaffPaymentSchema


class OrderLineSchema(ApiSchema):
    id = ma.fields.String(required=True)
    sku = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    options = ma.fields.String(required=True)
    quantity = ma.fields.Integer(required=True)
    unit_price = Amount(required=True)
    total = Amount(required=True)
    shipped = ma.fields.Integer(required=True)
    cancelled = ma.fields.Integer(required=True)


class OrderTotalSchema(ApiSchema):
    kind = ma.fields.String(required=True)
    label = ma.fields.String(required=True)
    amount = Amount(required=True)


class SoldCardSchema(ApiSchema):
    """Of the code only its end is shown."""

    id = ma.fields.String(required=True)
    code_end = ma.fields.String(required=True)
    issued = Amount(required=True)
    balance = Amount(required=True)
    state = ma.fields.String(required=True, metadata={"description": "unused, used or taken_back"})
    expires_at = ma.fields.DateTime(required=True, allow_none=True)


class OwnCardSchema(SoldCardSchema):
    code = ma.fields.String(
        required=True, metadata={"description": "What its owner types in; empty once the card was taken back."}
    )


class OwnCardListSchema(ApiSchema):
    items = ma.fields.List(ma.fields.Nested(OwnCardSchema), required=True)


class SoldCardListSchema(ApiSchema):
    items = ma.fields.List(ma.fields.Nested(SoldCardSchema), required=True)


class TrackingSchema(ApiSchema):
    state = ma.fields.String(required=True)
    at = ma.fields.DateTime(required=True)
    text = ma.fields.String(required=True)
    place = ma.fields.String(required=True)


class ParcelSchema(ApiSchema):
    id = ma.fields.String(required=True)
    carrier = ma.fields.String(required=True)
    tracking_number = ma.fields.String(required=True)
    tracking_url = ma.fields.String(required=True)
    state = ma.fields.String(required=True)
    shipped_at = ma.fields.DateTime(required=True)
    delivered_at = ma.fields.DateTime(required=True, allow_none=True)
    events = ma.fields.List(ma.fields.Nested(TrackingSchema), required=True)


class OrderSchema(ApiSchema):
    """An order. ``status`` is what the buyer sees; the three states beneath say why."""

    number = ma.fields.String(required=True)
    token = ma.fields.String(required=True)
    status = ma.fields.String(required=True, validate=ma.validate.OneOf(STATUSES))
    payment_state = ma.fields.String(required=True)
    fulfilment_state = ma.fields.String(required=True)
    return_state = ma.fields.String(required=True)
    market = ma.fields.String(required=True)
    currency = ma.fields.String(required=True)
    locale = ma.fields.String(required=True)
    email = ma.fields.String(required=True)
    placed_at = ma.fields.DateTime(required=True)
    total = Amount(required=True)
    paid = Amount(required=True)
    refunded = Amount(required=True)
    owing = Amount(required=True, metadata={"description": "What is left to pay."})
    lines = ma.fields.List(ma.fields.Nested(OrderLineSchema), required=True)
    totals = ma.fields.List(ma.fields.Nested(OrderTotalSchema), required=True)
    shipping_address = ma.fields.Nested(AddressSchema, required=True)
    billing_address = ma.fields.Nested(AddressSchema, required=True)
    shipping_label = ma.fields.String(required=True)
    parcels = ma.fields.List(ma.fields.Nested(ParcelSchema), required=True)
    notices = ma.fields.List(ma.fields.String(), required=True)


class BuyerOrderSchema(OrderSchema):
    """An order with the attempts to pay it, oldest first."""

    payments = ma.fields.List(ma.fields.Nested(PaymentSchema), required=True)


class FulfilmentLineSchema(ApiSchema):
    line = ma.fields.String(required=True)
    quantity = ma.fields.Integer(required=True)
    shipped = ma.fields.Integer(required=True)


class FulfilmentSchema(ApiSchema):
    """One warehouse's part of an order."""

    id = ma.fields.String(required=True)
    warehouse = ma.fields.String(required=True)
    state = ma.fields.String(required=True)
    lines = ma.fields.List(ma.fields.Nested(FulfilmentLineSchema), required=True)


class TimelineSchema(ApiSchema):
    at = ma.fields.DateTime(required=True)
    actor = ma.fields.String(required=True)
    kind = ma.fields.String(required=True)
    detail = ma.fields.Dict(keys=ma.fields.String(), required=True)


class PostingSchema(ApiSchema):
    """Debits are positive, credits negative; together they are zero."""

    at = ma.fields.DateTime(required=True)
    kind = ma.fields.String(required=True)
    account = ma.fields.String(required=True)
    amount = Amount(required=True)


class StaffOrderSchema(OrderSchema):
    """Everything about an order. ``actions`` are what can be done with it now."""

    channel = ma.fields.String(required=True)
    actions = ma.fields.List(ma.fields.String(), required=True)
    payments = ma.fields.List(ma.fields.Nested(StaffPaymentSchema), required=True)
    refunds = ma.fields.List(ma.fields.Nested(RefundSchema), required=True)
    fulfilments = ma.fields.List(ma.fields.Nested(FulfilmentSchema), required=True)
    timeline = ma.fields.List(ma.fields.Nested(TimelineSchema), required=True)
    ledger = ma.fields.List(ma.fields.Nested(PostingSchema), required=True)


class OrderRowSchema(ApiSchema):
    number = ma.fields.String(required=True)
    status = ma.fields.String(required=True)
    payment_state = ma.fields.String(required=True)
    fulfilment_state = ma.fields.String(required=True)
    email = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    country = ma.fields.String(required=True)
    total = Amount(required=True)
    market = ma.fields.String(required=True)
    placed_at = ma.fields.DateTime(required=True)
    pieces = ma.fields.Integer(required=True)


class OrderQuery(PageQuery):
    """``q`` finds number, e-mail, tracking number, SKU or the provider's reference."""

    status = ma.fields.String(load_default="", validate=ma.validate.OneOf(["", *STATUSES]))
    q = Text(most=254, load_default="")
    email = Text(most=254, load_default="", metadata={"description": "The buyer's whole address."})
    since = instant(load_default=None, metadata={"description": "Placed then or later."})
    until = instant(load_default=None, metadata={"description": "Placed before."})


class ReasonSchema(ApiSchema):
    reason = Text(most=250, load_default="")


class LookedAtSchema(ApiSchema):
    reason = Text(least=1, most=250, required=True)


class ShipLineSchema(ApiSchema):
    line = Text(least=1, most=36, required=True)
    quantity = quantity(required=True)


class ShipSchema(ApiSchema):
    """A parcel. ``lines`` default to everything still open; ``carrier`` is its name where no account is given."""

    fulfilment = Text(least=1, most=36, required=True)
    tracking_number = Text(most=80, load_default="")
    account_id = Text(most=36, load_default="")
    carrier = Text(most=120, load_default="")
    early = ma.fields.Boolean(load_default=False, metadata={"description": "A pre-order may leave before its day."})
    lines = ma.fields.List(
        ma.fields.Nested(ShipLineSchema), load_default=None, allow_none=True, validate=ma.validate.Length(max=500)
    )


OrderPageSchema: Any = page_of(OrderRowSchema, "OrderPage")
