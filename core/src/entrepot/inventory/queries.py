"""What can be promised, per variant and warehouse."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Boolean, ScalarSelect, SQLColumnExpression, case, column, exists, func, select, table
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from entrepot.inventory.models_shown import StockLevel, StockPolicy, Warehouse
from entrepot.inventory.rules import Later, StockAt
from entrepot.kernel.records import dataclass
from entrepot.storage.session import Among, reader, rows_of

#: The catalogue is a slice above this one; of its table these columns are what stock needs to know.
stocked_variant = table("variant", column("id"), column("sku"), column("tracked", Boolean))


_levels = Among(
    lambda variant_ids: (
        select(
            StockLevel.variant_id,
            StockLevel.warehouse_id,
            StockLevel.on_hand,
            StockLevel.reserved,
            Warehouse.priority,
            Warehouse.address,
            Warehouse.code,
            Warehouse.dispatch_costs,
        )
        .join(Warehouse, Warehouse.id == StockLevel.warehouse_id)
        .where(Warehouse.active, StockLevel.variant_id.in_(variant_ids))
    )
)
_target = Warehouse.__table__.alias("target")
#: Whether a warehouse is active is looked at afterwards: a join of two tables on the right of an outer join is slow.
#: The models of what the shop does not show are not loaded with it.
_threshold = table("stock_threshold", column("variant_id"))
_promisable = Among(
    lambda variant_ids: (
        select(
            stocked_variant.c.id.label("variant_id"),
            stocked_variant.c.sku,
            StockLevel.warehouse_id,
            StockLevel.on_hand,
            StockLevel.reserved,
            Warehouse.priority,
            Warehouse.address,
            Warehouse.code,
            Warehouse.dispatch_costs,
            Warehouse.active,
            StockPolicy.warehouse_id.label("target_id"),
            StockPolicy.kind,
            StockPolicy.most,
            StockPolicy.awaited,
            StockPolicy.available_from,
            _target.c.active.label("target_active"),
            exists().where(_threshold.c.variant_id == stocked_variant.c.id).label("watched"),
        )
        .select_from(stocked_variant)
        .outerjoin(StockLevel, StockLevel.variant_id == stocked_variant.c.id)
        .outerjoin(Warehouse, Warehouse.id == StockLevel.warehouse_id)
        .outerjoin(StockPolicy, StockPolicy.variant_id == stocked_variant.c.id)
        .outerjoin(_target, _target.c.id == StockPolicy.warehouse_id)
        .where(stocked_variant.c.id.in_(variant_ids), stocked_variant.c.tracked)
    )
)
_warehouses = select(Warehouse.__table__).order_by(Warehouse.priority, Warehouse.id)


@dataclass(frozen=True)
class WarehouseView:
    id: int
    code: str
    name: str
    address: dict[str, str]
    priority: int
    active: bool
    dispatch_costs: Mapping[str, int]


@dataclass(frozen=True)
class Promisable:
    """What may be promised of variants whose stock is counted, as ``rules.plan`` takes it; others are left out."""

    skus: Mapping[int, str]
    stock: Sequence[StockAt]
    #: Beyond stock, by variant.
    later: Mapping[int, Later]
    #: Variants of which somebody wants to know when they are low.
    watched: frozenset[int]


def available(variant_ids: Iterable[int]) -> dict[int, int]:
    """What all active warehouses together can promise now; 0 for variants without stock."""
    wanted = list(variant_ids)
    rows = reader().execute(
        select(StockLevel.variant_id, func.sum(StockLevel.on_hand - StockLevel.reserved))
        .join(Warehouse, Warehouse.id == StockLevel.warehouse_id)
        .where(Warehouse.active, StockLevel.variant_id.in_(wanted))
        .group_by(StockLevel.variant_id)
    )
    found = {variant_id: int(quantity) for variant_id, quantity in rows}
    return {variant_id: found.get(variant_id, 0) for variant_id in wanted}


def available_of(variant_id: SQLColumnExpression[int]) -> SQLColumnExpression[int]:
    """What can be promised, as a column for the queries of slices above, correlated with their variant: stock, and
    what the variant's policy allows beyond it."""
    return _stock_of(variant_id) + _beyond_stock_of(variant_id)


def available_from_of(variant_id: SQLColumnExpression[int]) -> ScalarSelect[date | None]:
    """The promised day, as a column: only while nothing is in stock and the policy gives one."""
    return (
        select(StockPolicy.available_from)
        .join(Warehouse, Warehouse.id == StockPolicy.warehouse_id)
        .where(Warehouse.active, StockPolicy.variant_id == variant_id, StockPolicy.most > StockPolicy.awaited)
        .where(_stock_of(StockPolicy.variant_id) <= 0)
        .scalar_subquery()
    )


def _stock_of(variant_id: SQLColumnExpression[int]) -> ScalarSelect[int]:
    return (
        select(func.coalesce(func.sum(StockLevel.on_hand - StockLevel.reserved), 0))
        .join(Warehouse, Warehouse.id == StockLevel.warehouse_id)
        .where(Warehouse.active, StockLevel.variant_id == variant_id)
        .scalar_subquery()
    )


def _beyond_stock_of(variant_id: SQLColumnExpression[int]) -> SQLColumnExpression[int]:
    left = StockPolicy.most - StockPolicy.awaited
    open_ = (
        select(case((left > 0, left), else_=0))
        .join(Warehouse, Warehouse.id == StockPolicy.warehouse_id)
        .where(Warehouse.active, StockPolicy.variant_id == variant_id)
        .scalar_subquery()
    )
    return func.coalesce(open_, 0)


def available_by_sku(skus: Iterable[str]) -> dict[str, int]:
    """What can be promised now per SKU; unknown SKUs are absent."""
    variant = stocked_variant.c
    rows = reader().execute(select(variant.id, variant.sku).where(variant.sku.in_(list(skus)))).all()
    found = available([row.id for row in rows])
    return {row.sku: found[row.id] for row in rows}


def levels(session: Session, variant_ids: Collection[int], destination: str = "") -> list[StockAt]:
    """Stock per active warehouse, as ``rules.plan`` takes it."""
    return [_stock_at(row, destination) for row in _levels.rows(variant_ids, session)]


def promisable(session: Session, variant_ids: Collection[int], destination: str = "") -> Promisable:
    """Stock in active warehouses and what is promised beyond it, in one query."""
    rows = _promisable.rows(variant_ids, session).all()
    return Promisable(
        {row.variant_id: row.sku for row in rows},
        [_stock_at(row, destination) for row in rows if row.active],
        {row.variant_id: _later(row) for row in rows if row.target_active and row.kind != "deny"},
        frozenset(row.variant_id for row in rows if row.watched),
    )


def _stock_at(row: Row[*tuple[Any, ...]], destination: str) -> StockAt:
    return StockAt(
        variant_id=row.variant_id,
        warehouse_id=row.warehouse_id,
        available=row.on_hand - row.reserved,
        priority=row.priority,
        country=row.address.get("country", ""),
        warehouse=row.code,
        dispatch_cost=_cost_to(destination, row.dispatch_costs),
    )


def _later(row: Row[*tuple[Any, ...]]) -> Later:
    return Later(row.target_id, max(row.most - row.awaited, 0), row.kind, row.available_from, row.sku)


def _cost_to(destination: str, costs: Mapping[str, int]) -> int | None:
    return costs.get(destination, costs.get("*"))


def warehouses() -> list[WarehouseView]:
    """All warehouses in the order in which they are asked."""
    rows = rows_of(_warehouses)
    return [
        WarehouseView(row.id, row.code, row.name, row.address, row.priority, row.active, row.dispatch_costs)
        for row in rows
    ]


def default_warehouse_id() -> int | None:
    """The active warehouse that is asked first: where untracked goods leave from."""
    return next((warehouse.id for warehouse in warehouses() if warehouse.active), None)
