"""Shapes of movements, transfers and counts in the API."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from entrepot.api.fields import ApiSchema, Text, quantity
from entrepot.api.schemas import PageQuery, page_of
from entrepot.inventory.counting import KINDS

TRANSFER_STATES = ("draft", "in_transit", "received", "cancelled")
COUNT_STATES = ("open", "approved", "cancelled")
_MOST_LINES = 1000


class MovementRowSchema(ApiSchema):
    """One entry of the stock ledger; on-hand stock is the sum of all quantities."""

    id = ma.fields.Integer(required=True)
    sku = ma.fields.String(required=True)
    warehouse = ma.fields.String(required=True)
    kind = ma.fields.String(required=True)
    quantity = ma.fields.Integer(required=True)
    at = ma.fields.DateTime(required=True)
    reference = ma.fields.String(required=True)
    actor = ma.fields.String(required=True)


class TransferQuery(PageQuery):
    state = ma.fields.String(load_default="", validate=ma.validate.OneOf(["", *TRANSFER_STATES]))


class TransferRowSchema(ApiSchema):
    id = ma.fields.Integer(required=True)
    source = ma.fields.String(required=True)
    target = ma.fields.String(required=True)
    state = ma.fields.String(required=True, validate=ma.validate.OneOf(TRANSFER_STATES))
    note = ma.fields.String(required=True)
    created_at = ma.fields.DateTime(required=True)
    sent_at = ma.fields.DateTime(required=True, allow_none=True)
    received_at = ma.fields.DateTime(required=True, allow_none=True)


class TransferLineSchema(ApiSchema):
    """``missing`` pieces never arrived, for the reason that is written down."""

    sku = ma.fields.String(required=True)
    quantity = ma.fields.Integer(required=True)
    received = ma.fields.Integer(required=True)
    missing = ma.fields.Integer(required=True)
    reason = ma.fields.String(required=True)


class TransferSchema(TransferRowSchema):
    lines = ma.fields.List(ma.fields.Nested(TransferLineSchema), required=True)


class PiecesSchema(ApiSchema):
    sku = Text(least=1, most=100, required=True)
    pieces = quantity(required=True)


def _pieces() -> ma.fields.List:
    return ma.fields.List(
        ma.fields.Nested(PiecesSchema), required=True, validate=ma.validate.Length(min=1, max=_MOST_LINES)
    )


class TransferInSchema(ApiSchema):
    """From one warehouse to another, by their codes."""

    source = Text(least=1, most=40, required=True)
    target = Text(least=1, most=40, required=True)
    note = Text(most=120, load_default="")
    lines = _pieces()


class ArrivedSchema(ApiSchema):
    """What has arrived now, in addition to what arrived before."""

    lines = _pieces()


class MissingSchema(ApiSchema):
    reason = Text(least=1, most=80, required=True)


class CountQuery(PageQuery):
    state = ma.fields.String(load_default="", validate=ma.validate.OneOf(["", *COUNT_STATES]))


class CountRowSchema(ApiSchema):
    id = ma.fields.Integer(required=True)
    warehouse = ma.fields.String(required=True)
    kind = ma.fields.String(required=True, validate=ma.validate.OneOf(KINDS))
    state = ma.fields.String(required=True, validate=ma.validate.OneOf(COUNT_STATES))
    blind = ma.fields.Boolean(required=True)
    tolerance = ma.fields.Integer(required=True)
    started_at = ma.fields.DateTime(required=True)
    closed_at = ma.fields.DateTime(required=True, allow_none=True)


class CountLineSchema(ApiSchema):
    """``expected`` is null while a blind count is open; ``times`` is how often the SKU was counted."""

    sku = ma.fields.String(required=True)
    counted = ma.fields.Integer(required=True, allow_none=True)
    expected = ma.fields.Integer(required=True, allow_none=True)
    times = ma.fields.Integer(required=True)
    recount = ma.fields.Boolean(required=True, metadata={"description": "It differs too much: count it once more."})


class StockCountSchema(CountRowSchema):
    lines = ma.fields.List(ma.fields.Nested(CountLineSchema), required=True)


class CountInSchema(ApiSchema):
    """Without SKUs everything is counted that the warehouse ever had."""

    warehouse = Text(least=1, most=40, required=True)
    skus = ma.fields.List(Text(least=1, most=100), load_default=list, validate=ma.validate.Length(max=_MOST_LINES))
    blind = ma.fields.Boolean(load_default=True)
    tolerance = quantity(least=0, load_default=0)


class CountedSchema(ApiSchema):
    """``times`` is how often the SKU had been counted before, so that a repetition counts once."""

    counted = quantity(least=0, most=1_000_000_000, required=True)
    times = quantity(least=0, most=1000, required=True)


MovementPageSchema: Any = page_of(MovementRowSchema, "MovementPage")
TransferPageSchema: Any = page_of(TransferRowSchema, "TransferPage")
CountPageSchema: Any = page_of(CountRowSchema, "CountPage")
