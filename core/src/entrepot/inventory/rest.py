"""Stock in the API."""

from __future__ import annotations

from typing import Any

from entrepot import web
from entrepot.api import context, paging
from entrepot.api.errors import NotFound
from entrepot.api.operations import Once, Resource
from entrepot.inventory import adjusting, reporting
from entrepot.inventory.queries import warehouses
from entrepot.inventory.reporting import LevelView
from entrepot.inventory.schemas import (
    CountSchema,
    LevelPageSchema,
    MovementSchema,
    SkuStockSchema,
    StockQuery,
    WarehouseListSchema,
)
from entrepot.inventory.service import set_on_hand
from entrepot.storage.session import unit_of_work

stock = Resource("Stock", __name__, "What is in the warehouses, and what is promised.")
resources = (stock,)

_VIEW, _ADJUST = "inventory.view", "inventory.adjust"
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
            variant_id=_variant(sku),
            warehouse_id=_warehouse(warehouse),
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
    variant_id, warehouse_id = _variant(body["sku"]), _warehouse(warehouse)
    with unit_of_work():
        levels = reporting.stock_levels(sku=body["sku"], warehouse=warehouse)
        adjusting.adjust(
            web.runtime(),
            variant_id=variant_id,
            warehouse_id=warehouse_id,
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


def _sku(sku: str) -> dict[str, Any]:
    _variant(sku)
    levels = reporting.stock_levels(sku=sku, limit=_MOST_WAREHOUSES)
    sums = {name: _sum(levels, name) for name in ("on_hand", "on_hold", "committed", "available")}
    return {"sku": sku, **sums, "warehouses": levels}


def _sum(levels: list[LevelView], name: str) -> int:
    return sum(getattr(level, name) for level in levels)


def _variant(sku: str) -> int:
    found = reporting.variant_of(sku)
    if found is None:
        raise NotFound(f"SKU '{sku}'")
    return found


def _warehouse(code: str) -> int:
    found = reporting.warehouse_of(code)
    if found is None:
        raise NotFound(f"warehouse '{code}'")
    return found


def _after(cursor: str) -> tuple[int, int]:
    variant_id, _, warehouse_id = paging.unwrap(cursor).partition(".")
    if not cursor:
        return 0, 0
    if not (_is_id(variant_id) and _is_id(warehouse_id)):
        raise paging.CursorInvalid
    return int(variant_id), int(warehouse_id)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19
