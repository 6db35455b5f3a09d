"""What is known of sources, and what the SKUs and warehouses that they name are called here."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from entrepot.inventory.models_shown import StockLevel, Warehouse
from entrepot.inventory.queries import stocked_variant
from entrepot.stock_sources.models import StockSourceLevel, StockSourcePlace, StockSourceState
from entrepot.storage.session import reader


@dataclass(frozen=True)
class PlaceView:
    """A warehouse as a source last spoke of it. ``as_of`` is the instant at which its word was true."""

    warehouse_id: int
    warehouse: str
    synced_at: datetime
    as_of: datetime

    def lag(self, now: datetime) -> timedelta:
        return now - self.as_of


@dataclass(frozen=True)
class SourceView:
    id: str
    label: str
    mode: str
    cursor: int
    synced_at: datetime | None
    next_at: datetime | None
    stale_at: datetime | None
    problem: str
    refused: tuple[str, ...]
    places: tuple[PlaceView, ...]

    def is_stale(self, now: datetime) -> bool:
        return self.stale_at is not None and self.stale_at <= now


def sources() -> list[SourceView]:
    """Every source that ever spoke or was asked, by label."""
    places: dict[str, list[PlaceView]] = {}
    query = select(StockSourcePlace, Warehouse.name).join(Warehouse, Warehouse.id == StockSourcePlace.warehouse_id)
    for place, name in reader().execute(query.order_by(Warehouse.priority, Warehouse.id)):
        view = PlaceView(place.warehouse_id, name, place.synced_at, place.as_of)
        places.setdefault(place.source_id, []).append(view)
    rows = reader().scalars(select(StockSourceState).order_by(StockSourceState.label, StockSourceState.id))
    return [_view(row, places.get(row.id, [])) for row in rows]


def source(source_id: str) -> SourceView | None:
    return next((each for each in sources() if each.id == source_id), None)


def last_synced() -> dict[int, datetime]:
    """{warehouse id: when a source last spoke of it} of warehouses that sources report."""
    place = StockSourcePlace
    rows = reader().execute(select(place.warehouse_id, func.max(place.synced_at)).group_by(place.warehouse_id))
    return {row[0]: row[1] for row in rows}


def variants_of(session: Session, skus: Collection[str]) -> dict[str, int]:
    """{SKU: variant id} of those whose stock is counted."""
    variant = stocked_variant.c
    rows = session.execute(select(variant.sku, variant.id).where(variant.sku.in_(skus), variant.tracked))
    return {row.sku: row.id for row in rows}


def warehouse_ids(session: Session) -> dict[str, int]:
    """{code: id} of active warehouses in the order in which they are asked."""
    query = select(Warehouse.code, Warehouse.id).where(Warehouse.active)
    return {row.code: row.id for row in session.execute(query.order_by(Warehouse.priority, Warehouse.id))}


def known_sequences(session: Session, source_id: str, variants: Collection[int]) -> dict[tuple[int, int], int]:
    """{(variant id, warehouse id): the highest sequence that counted}"""
    row = StockSourceLevel
    query = select(row.variant_id, row.warehouse_id, row.sequence).where(
        row.source_id == source_id, row.variant_id.in_(variants)
    )
    return {(each.variant_id, each.warehouse_id): each.sequence for each in session.execute(query)}


def levels_of(session: Session, variants: Collection[int]) -> dict[tuple[int, int], tuple[int, int]]:
    """{(variant id, warehouse id): (on hand, promised)}, held until the transaction ends."""
    query = select(StockLevel.variant_id, StockLevel.warehouse_id, StockLevel.on_hand, StockLevel.reserved)
    query = query.where(StockLevel.variant_id.in_(variants)).order_by(StockLevel.variant_id, StockLevel.warehouse_id)
    rows = session.execute(query.with_for_update())
    return {(row.variant_id, row.warehouse_id): (row.on_hand, row.reserved) for row in rows}


def _view(row: StockSourceState, places: list[PlaceView]) -> SourceView:
    return SourceView(
        id=row.id,
        label=row.label,
        mode=row.mode,
        cursor=row.cursor,
        synced_at=row.synced_at,
        next_at=row.next_at,
        stale_at=row.stale_at,
        problem=row.problem,
        refused=tuple(row.refused),
        places=tuple(places),
    )
