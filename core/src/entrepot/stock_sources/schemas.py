"""Shapes of stock that others report."""

from __future__ import annotations

import marshmallow as ma

from entrepot.api.fields import ApiSchema, Text

LARGEST_SEQUENCE = 2**53 - 1
MOST_EVENTS = 1000
MOST_PIECES = 1_000_000_000


class StockEventSchema(ApiSchema):
    """So many pieces are there. Of two events about a SKU in a warehouse the one with the higher sequence counts."""

    sequence = ma.fields.Integer(required=True, strict=True, validate=ma.validate.Range(0, LARGEST_SEQUENCE))
    sku = Text(most=100, least=1, required=True)
    on_hand = ma.fields.Integer(required=True, strict=True, validate=ma.validate.Range(0, MOST_PIECES))
    warehouse = Text(most=40, load_default="", metadata={"description": "Its code; empty: the first active one."})


class StockReportSchema(ApiSchema):
    """What the source says now. Without events it says that all is as it was."""

    events = ma.fields.List(
        ma.fields.Nested(StockEventSchema), required=True, validate=ma.validate.Length(max=MOST_EVENTS)
    )
    as_of = ma.fields.AwareDateTime(
        load_default=None, allow_none=True, metadata={"description": "When it was true; left out: now."}
    )
    stale_after_minutes = ma.fields.Integer(
        load_default=24 * 60,
        strict=True,
        validate=ma.validate.Range(1, 60 * 24 * 31),
        metadata={"description": "Staff are alerted when nothing has come for so long."},
    )


class StockTakenSchema(ApiSchema):
    """``passed`` events were known or older than what is known."""

    changed = ma.fields.Integer(required=True)
    same = ma.fields.Integer(required=True)
    passed = ma.fields.Integer(required=True)
    refused = ma.fields.List(ma.fields.String(), required=True)


class StockPlaceSchema(ApiSchema):
    warehouse = ma.fields.String(required=True)
    synced_at = ma.fields.AwareDateTime(required=True)
    as_of = ma.fields.AwareDateTime(required=True)


class StockSourceSchema(ApiSchema):
    id = ma.fields.String(required=True)
    label = ma.fields.String(required=True)
    mode = ma.fields.String(required=True, validate=ma.validate.OneOf(("pull", "push")))
    cursor = ma.fields.Integer(required=True, metadata={"description": "The highest sequence that was received."})
    synced_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    stale_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    problem = ma.fields.String(required=True)
    places = ma.fields.List(ma.fields.Nested(StockPlaceSchema), required=True)


class StockSourceListSchema(ApiSchema):
    items = ma.fields.List(ma.fields.Nested(StockSourceSchema), required=True)
