"""Stock per variant and warehouse, as staff read it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, false, select

from entrepot.catalog.models import Product, Variant
from entrepot.catalog.rules import options_label, search_words
from entrepot.inventory.models import StockLevel, StockMovement, Warehouse
from entrepot.inventory.queries import WarehouseView, warehouses
from entrepot.markets.rules import text
from entrepot.storage.session import reader

PAGE = 50
MOVEMENTS = 30


@dataclass(frozen=True)
class Level:
    on_hand: int = 0
    reserved: int = 0

    @property
    def available(self) -> int:
        return self.on_hand - self.reserved


@dataclass(frozen=True)
class StockRow:
    """``levels`` are in the order of the page's warehouses."""

    variant_id: int
    sku: str
    product: str
    slug: str
    options: str
    tracked: bool
    levels: tuple[Level, ...]

    @property
    def available(self) -> int:
        return sum(level.available for level in self.levels)


@dataclass(frozen=True)
class StockPage:
    warehouses: tuple[WarehouseView, ...]
    rows: tuple[StockRow, ...]
    next_cursor: str


@dataclass(frozen=True)
class MovementRow:
    at: datetime
    warehouse: str
    kind: str
    quantity: int
    reference: str
    actor: str


def stock_list(*, q: str = "", locale: str, cursor: str = "", limit: int = PAGE) -> StockPage:
    """Active variants by SKU, in three queries; ``q`` finds SKUs by their beginning and words of products."""
    query = _variants().where(Variant.active).order_by(Variant.sku)
    if q.strip():
        words = [Product.search_text.contains(word, autoescape=True) for word in search_words(q)]
        query = query.where(Variant.sku.startswith(q.strip(), autoescape=True) | _all_of(words))
    if cursor:
        query = query.where(Variant.sku > cursor)
    found = reader().execute(query.limit(limit + 1)).all()
    places = tuple(warehouses())
    levels = _levels([row.id for row in found[:limit]])
    rows = tuple(_row(row, places, levels, locale) for row in found[:limit])
    return StockPage(places, rows, rows[-1].sku if len(found) > limit else "")


def stock_of(variant_id: int, locale: str) -> tuple[StockRow, tuple[WarehouseView, ...]] | None:
    row = reader().execute(_variants().where(Variant.id == variant_id)).one_or_none()
    if row is None:
        return None
    places = tuple(warehouses())
    return _row(row, places, _levels([variant_id]), locale), places


def movements_of(variant_id: int) -> list[MovementRow]:
    """The latest movements, newest first."""
    query = (
        select(
            StockMovement.at,
            Warehouse.name,
            StockMovement.kind,
            StockMovement.quantity,
            StockMovement.reference,
            StockMovement.actor,
        )
        .join(Warehouse, Warehouse.id == StockMovement.warehouse_id)
        .where(StockMovement.variant_id == variant_id)
        .order_by(StockMovement.id.desc())
        .limit(MOVEMENTS)
    )
    return [MovementRow(*row) for row in reader().execute(query)]


def _variants() -> Select[Any]:
    return select(
        Variant.id,
        Variant.sku,
        Variant.options,
        Variant.tracked,
        Product.name,
        Product.slug,
        Product.options.label("product_options"),
    ).join(Product, Product.id == Variant.product_id)


def _all_of(conditions: list[Any]) -> Any:
    return and_(*conditions) if conditions else false()


def _levels(variant_ids: list[int]) -> dict[tuple[int, int], Level]:
    found: dict[tuple[int, int], Level] = defaultdict(Level)
    rows = reader().execute(select(StockLevel.__table__).where(StockLevel.variant_id.in_(variant_ids)))
    found.update({(row.variant_id, row.warehouse_id): Level(row.on_hand, row.reserved) for row in rows})
    return found


def _row(
    row: Row[Any], places: tuple[WarehouseView, ...], levels: dict[tuple[int, int], Level], locale: str
) -> StockRow:
    codes = [option["code"] for option in row.product_options]
    return StockRow(
        variant_id=row.id,
        sku=row.sku,
        product=text(row.name, locale),
        slug=row.slug,
        options=options_label(row.options, codes, locale),
        tracked=row.tracked,
        levels=tuple(levels.get((row.id, place.id), Level()) for place in places),
    )
