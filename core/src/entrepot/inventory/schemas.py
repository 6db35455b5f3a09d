"""Shapes of stock in the API."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from entrepot.api.fields import ApiSchema, Text, quantity
from entrepot.api.schemas import AddressSchema, PageQuery, page_of
from entrepot.inventory.adjusting import BY_HAND

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


class WarehouseListSchema(ApiSchema):
    items = ma.fields.List(ma.fields.Nested(WarehouseSchema), required=True)


LevelPageSchema: Any = page_of(LevelSchema, "LevelPage")
