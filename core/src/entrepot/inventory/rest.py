"""Stock in the API."""

from __future__ import annotations

import re
from typing import Any

from entrepot import web
from entrepot.api import context, paging
from entrepot.api.errors import FieldsInvalid, NotFound
from entrepot.api.operations import Once, Resource
from entrepot.inventory import adjusting, awaiting, reporting, thresholds, warehousing
from entrepot.inventory.moving_rest import variant_id, warehouse_id
from entrepot.inventory.queries import WarehouseView, warehouses
from entrepot.inventory.reporting import LevelView
from entrepot.inventory.schemas import (
    CountSchema,
    LevelPageSchema,
    LowListSchema,
    MovementSchema,
    PolicyInSchema,
    PolicySchema,
    SkuStockSchema,
    StockQuery,
    ThresholdInSchema,
    ThresholdSchema,
    WarehouseInSchema,
    WarehouseListSchema,
    WarehouseSchema,
)
from entrepot.inventory.stock import set_on_hand
from entrepot.kernel.address import Address
from entrepot.storage.session import unit_of_work

stock = Resource("Stock", __name__, "What is in the warehouses, and what is promised.")
resources = (stock,)

_VIEW, _ADJUST, _MANAGE = "inventory.view", "inventory.adjust", "store.manage"
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_MOST_WAREHOUSES = 1000


@stock.operation("GET", "/stock", answer=LevelPageSchema, query=StockQuery, scope=_VIEW)
def list_stock(query: dict[str, Any]) -> dict[str, Any]:
    """Stock by SKU and warehouse"""
    levels = reporting.stock_levels(
        sku=query["sku"], warehouse=query["warehouse"], after=_after(query["cursor"]), limit=query["limit"] + 1
    )
    shown = levels[: query["limit"]]
    more = f"{shown[-1].variant_id}.{shown[-1].warehouse_id}" if len(levels) > len(shown) else None
    return paging.page(shown, more)


@stock.operation("GET", "/stock/<sku>", answer=SkuStockSchema, scope=_VIEW)
def read_stock(sku: str) -> dict[str, Any]:
    """One SKU in all warehouses"""
    return _sku(sku)


@stock.operation(
    "PUT", "/stock/<sku>/<warehouse>", answer=SkuStockSchema, body=CountSchema, scope=_ADJUST, versioned="read_stock"
)
def count_stock(body: dict[str, Any], sku: str, warehouse: str) -> dict[str, Any]:
    """Write down what was counted"""
    with unit_of_work() as session:
        set_on_hand(
            session,
            variant_id=variant_id(sku),
            warehouse_id=warehouse_id(warehouse),
            on_hand=body["on_hand"],
            reference=body["reason"],
            actor=context.actor(),
            at=web.runtime().clock.now(),
        )
    return _sku(sku)


@stock.operation(
    "POST", "/stock-movements", answer=SkuStockSchema, status=201, body=MovementSchema, scope=_ADJUST,
    once=Once.TRANSACTION, key_required=True, problems=(404,),
)  # fmt: skip
def move_stock(body: dict[str, Any]) -> dict[str, Any]:
    """Book goods that came in, came back, broke or were counted"""
    warehouse = body["warehouse"]
    with unit_of_work():
        levels = reporting.stock_levels(sku=body["sku"], warehouse=warehouse)
        adjusting.adjust(
            web.runtime(),
            variant_id=variant_id(body["sku"]),
            warehouse_id=warehouse_id(warehouse),
            kind=body["kind"],
            pieces=body["pieces"],
            reason=body["reason"],
            seen=sum(level.on_hand for level in levels),
            actor=context.actor(),
        )
    return _sku(body["sku"])


@stock.operation("GET", "/warehouses", answer=WarehouseListSchema, scope=_VIEW)
def list_warehouses() -> dict[str, Any]:
    """Warehouses in the order in which they are asked"""
    return {"items": warehouses()}


@stock.operation(
    "PUT",
    "/warehouses/<code>",
    answer=WarehouseSchema,
    body=WarehouseInSchema,
    scope=_MANAGE,
    versioned="read_warehouse",
)
def save_warehouse(body: dict[str, Any], code: str) -> WarehouseView:
    """Add a warehouse, or change it"""
    if not _CODE.fullmatch(code):
        raise FieldsInvalid({"code": ["Use small letters, digits, hyphens and underscores, at most 40."]})
    address = Address.from_dict(body.pop("address"))
    warehousing.save_warehouse(web.runtime(), code=code, address=address, **body)
    return read_warehouse_view(code)


@stock.operation("GET", "/warehouses/<code>", answer=WarehouseSchema, scope=_VIEW)
def read_warehouse(code: str) -> WarehouseView:
    """One warehouse"""
    return read_warehouse_view(code)


@stock.operation("GET", "/stock-policies/<sku>", answer=PolicySchema, scope=_VIEW)
def read_stock_policy(sku: str) -> dict[str, Any]:
    """What is promised of a SKU beyond its stock"""
    return _policy(sku)


@stock.operation(
    "PUT", "/stock-policies/<sku>", answer=PolicySchema, body=PolicyInSchema, scope=_ADJUST,
    versioned="read_stock_policy", problems=(404,),
)  # fmt: skip
def save_stock_policy(body: dict[str, Any], sku: str) -> dict[str, Any]:
    """Say what is promised of a SKU beyond its stock"""
    body["warehouse_id"] = warehouse_id(body.pop("warehouse"))
    awaiting.set_policy(variant_id(sku), **body)
    return _policy(sku)


@stock.operation("GET", "/low-stock", answer=LowListSchema, scope=_VIEW)
def list_low_stock() -> dict[str, Any]:
    """What is at or below its threshold now, the longest first"""
    return {"items": thresholds.low_stock()}


@stock.operation(
    "PUT", "/stock-thresholds/<sku>/<warehouse>", answer=ThresholdSchema, body=ThresholdInSchema, scope=_ADJUST
)
def save_threshold(body: dict[str, Any], sku: str, warehouse: str) -> dict[str, Any]:
    """Say when a SKU is low in a warehouse; null forgets it"""
    variant, place = variant_id(sku), warehouse_id(warehouse)
    thresholds.set_threshold(variant, place, least=body["least"], at=web.runtime().clock.now())
    return {"sku": sku, "warehouse": warehouse, "least": thresholds.thresholds_of(variant).get(place)}


def read_warehouse_view(code: str) -> WarehouseView:
    found = next((one for one in warehouses() if one.code == code), None)
    if found is None:
        raise NotFound(f"warehouse '{code}'")
    return found


def _policy(sku: str) -> dict[str, Any]:
    found = awaiting.policy_of(variant_id(sku))
    codes = {one.id: one.code for one in warehouses()}
    return {
        "sku": sku,
        "kind": found.kind if found else "deny",
        "warehouse": codes[found.warehouse_id] if found else "",
        "most": found.most if found else 0,
        "awaited": found.awaited if found else 0,
        "available_from": found.available_from if found else None,
    }


def _sku(sku: str) -> dict[str, Any]:
    variant_id(sku)
    levels = reporting.stock_levels(sku=sku, limit=_MOST_WAREHOUSES)
    sums = {name: _sum(levels, name) for name in ("on_hand", "on_hold", "committed", "available")}
    return {"sku": sku, **sums, "warehouses": levels}


def _sum(levels: list[LevelView], name: str) -> int:
    return sum(getattr(level, name) for level in levels)


def _after(cursor: str) -> tuple[int, int]:
    variant, _, warehouse = paging.unwrap(cursor).partition(".")
    if not cursor:
        return 0, 0
    if not (_is_id(variant) and _is_id(warehouse)):
        raise paging.CursorInvalid
    return int(variant), int(warehouse)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19
