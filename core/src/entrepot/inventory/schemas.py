"""Shapes of stock in the API."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from entrepot.api.fields import ApiSchema, Text, quantity
from entrepot.api.schemas import AddressSchema, PageQuery, page_of
from entrepot.inventory.adjusting import BY_HAND
from entrepot.inventory.awaiting import KINDS

MOST_PIECES = 1_000_000_000


class LevelSchema(ApiSchema):
    """One SKU in one warehouse. ``available = on_hand - on_hold - committed``: orders that are not paid hold, paid ones
    that have not left are committed."""

    sku = ma.fields.String(required=True)
    warehouse = ma.fields.String(required=True)
    on_hand = ma.fields.Integer(required=True)
    on_hold = ma.fields.Integer(required=True)
    committed = ma.fields.Integer(required=True)
    available = ma.fields.Integer(required=True)


class SkuStockSchema(ApiSchema):
    """One SKU in all warehouses."""

    sku = ma.fields.String(required=True)
    on_hand = ma.fields.Integer(required=True)
    on_hold = ma.fields.Integer(required=True)
    committed = ma.fields.Integer(required=True)
    available = ma.fields.Integer(required=True)
    warehouses = ma.fields.List(ma.fields.Nested(LevelSchema), required=True)


class StockQuery(PageQuery):
    sku = Text(most=100, load_default="", metadata={"description": "Only this SKU."})
    warehouse = Text(most=40, load_default="", metadata={"description": "Only this warehouse, by its code."})


class CountSchema(ApiSchema):
    """What was counted. Raises a problem when less than what is promised to orders."""

    on_hand = quantity(least=0, most=MOST_PIECES, required=True)
    reason = Text(least=1, most=100, required=True)


class MovementSchema(ApiSchema):
    """``pieces`` is above zero; the kind gives the sign. "adjusted" takes the number counted."""

    sku = Text(least=1, most=100, required=True)
    warehouse = Text(least=1, most=40, required=True)
    kind = ma.fields.String(required=True, validate=ma.validate.OneOf(sorted(BY_HAND)))
    pieces = quantity(least=0, most=MOST_PIECES, required=True)
    reason = Text(least=1, most=100, required=True)


class WarehouseSchema(ApiSchema):
    code = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    address = ma.fields.Nested(AddressSchema, required=True)
    priority = ma.fields.Integer(required=True)
    active = ma.fields.Boolean(required=True)


class WarehouseInSchema(ApiSchema):
    """Warehouses with a lower priority are asked first."""

    name = Text(least=1, most=120, required=True)
    address = ma.fields.Nested(AddressSchema, required=True)
    priority = quantity(least=0, most=1_000_000, load_default=100)
    active = ma.fields.Boolean(load_default=True)


class WarehouseListSchema(ApiSchema):
    items = ma.fields.List(ma.fields.Nested(WarehouseSchema), required=True)


class PolicyInSchema(ApiSchema):
    """``most`` pieces may be awaited at once; they arrive in ``warehouse``. A pre-order needs a day."""

    kind = ma.fields.String(required=True, validate=ma.validate.OneOf(KINDS))
    warehouse = Text(least=1, most=40, required=True)
    most = quantity(least=0, most=MOST_PIECES, load_default=0)
    available_from = ma.fields.Date(load_default=None, allow_none=True)


class PolicySchema(ApiSchema):
    """``deny`` promises nothing beyond the stock."""

    sku = ma.fields.String(required=True)
    kind = ma.fields.String(required=True, validate=ma.validate.OneOf(KINDS))
    warehouse = ma.fields.String(required=True)
    most = ma.fields.Integer(required=True)
    awaited = ma.fields.Integer(required=True)
    available_from = ma.fields.Date(required=True, allow_none=True)


class ThresholdInSchema(ApiSchema):
    least = quantity(least=0, most=MOST_PIECES, required=True, allow_none=True)


class ThresholdSchema(ApiSchema):
    """What is available at or below ``least`` is low; null when nobody asked."""

    sku = ma.fields.String(required=True)
    warehouse = ma.fields.String(required=True)
    least = ma.fields.Integer(required=True, allow_none=True)


class LowSchema(ApiSchema):
    sku = ma.fields.String(required=True)
    warehouse = ma.fields.String(required=True)
    available = ma.fields.Integer(required=True)
    least = ma.fields.Integer(required=True)
    low_since = ma.fields.DateTime(required=True)


class LowListSchema(ApiSchema):
    items = ma.fields.List(ma.fields.Nested(LowSchema), required=True)


LevelPageSchema: Any = page_of(LevelSchema, "LevelPage")
