"""Stock as merchants read it: what is there, what unpaid orders hold, what paid orders still wait for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, column, func, select, table

from entrepot.inventory.models import Reservation, StockLevel, Warehouse
from entrepot.inventory.queries import stocked_variant
from entrepot.storage.session import reader

#: Orders are a slice above this one; of their tables these columns tell what is paid.
_order_line = table("order_line", column("id"), column("order_id"))
_orders = table("orders", column("id"), column("payment_state"))
_NOT_TAKEN = ("unpaid", "part_authorized", "authorized", "part_paid")


@dataclass(frozen=True)
class LevelView:
    """One SKU in one warehouse."""

    variant_id: int
    warehouse_id: int
    sku: str
    warehouse: str
    on_hand: int
    on_hold: int
    committed: int

    @property
    def available(self) -> int:
        return self.on_hand - self.on_hold - self.committed


def stock_levels(
    *, sku: str = "", warehouse: str = "", after: tuple[int, int] = (0, 0), limit: int = 100
) -> list[LevelView]:
    """Levels by variant and warehouse, from the one after ``after`` (variant id, warehouse id) on."""
    variant = stocked_variant.c
    holds = _holds().subquery()
    key = (StockLevel.variant_id, StockLevel.warehouse_id)
    query = (
        select(
            *key,
            variant.sku,
            Warehouse.code,
            StockLevel.on_hand,
            StockLevel.reserved,
            func.coalesce(holds.c.on_hold, 0).label("on_hold"),
        )
        .join(stocked_variant, variant.id == StockLevel.variant_id)
        .join(Warehouse, Warehouse.id == StockLevel.warehouse_id)
        .outerjoin(holds, (holds.c.variant_id == key[0]) & (holds.c.warehouse_id == key[1]))
        .where((key[0] > after[0]) | ((key[0] == after[0]) & (key[1] > after[1])))
        .order_by(*key)
        .limit(limit)
    )
    query = query.where(variant.sku == sku) if sku else query
    query = query.where(Warehouse.code == warehouse) if warehouse else query
    return [_view(row) for row in reader().execute(query)]


def variant_of(sku: str) -> int | None:
    """The variant whose stock is counted under this SKU."""
    variant = stocked_variant.c
    found: int | None = reader().scalar(select(variant.id).where(variant.sku == sku))
    return found


def warehouse_of(code: str) -> int | None:
    return reader().scalar(select(Warehouse.id).where(Warehouse.code == code))


def _holds() -> Any:
    """What is held for orders whose money has not been taken, authorized or not."""
    row = Reservation
    held = (
        select(row.variant_id, row.warehouse_id, func.sum(row.quantity).label("on_hold"))
        .join(_order_line, _order_line.c.id == row.order_line_id)
        .join(_orders, _orders.c.id == _order_line.c.order_id)
        .where(row.state == "held", _orders.c.payment_state.in_(_NOT_TAKEN))
    )
    return held.group_by(row.variant_id, row.warehouse_id)


def _view(row: Row[Any]) -> LevelView:
    return LevelView(
        variant_id=row.variant_id,
        warehouse_id=row.warehouse_id,
        sku=row.sku,
        warehouse=row.code,
        on_hand=row.on_hand,
        on_hold=int(row.on_hold),
        committed=row.reserved - int(row.on_hold),
    )
