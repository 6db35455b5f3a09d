"""The value of the stock on a day, by SKU, in the base currency, goods in transit included."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Row, select

from entrepot.inventory.costing import METHODS, Step, Worth
from entrepot.inventory.models import StockMovement
from entrepot.inventory.queries import stocked_variant
from entrepot.storage.session import reader

#: Goods in transit still belong to the merchant: leaving one warehouse for another consumes nothing.
INTERNAL = ("transfer_out", "transfer_in")


@dataclass(frozen=True)
class ValueRow:
    sku: str
    worth: Worth


def stock_value(method: str, *, until: datetime) -> list[ValueRow]:
    """Every SKU that has pieces at ``until``, by ``method``: "average" or "fifo"."""
    value_of = METHODS[method]
    rows = [ValueRow(sku, value_of(steps)) for sku, steps in _steps(until)]
    return [row for row in rows if row.worth.pieces]


def _steps(until: datetime) -> Iterator[tuple[str, list[Step]]]:
    """{SKU: movements in the order in which they were booked}, one SKU in memory at a time."""
    movement, variant = StockMovement, stocked_variant.c
    query = (
        select(variant.sku, movement.kind, movement.quantity, movement.goods_cost, movement.landing_cost)
        .join(stocked_variant, variant.id == movement.variant_id)
        .where(movement.at <= until)
        .order_by(variant.sku, movement.id)
    )
    rows = reader().execute(query.execution_options(yield_per=1000))
    for sku, movements in groupby(rows, key=lambda row: row.sku):
        yield sku, [step for row in movements for step in _as_steps(row)]


def _as_steps(row: Row[Any]) -> Iterator[Step]:
    if row.kind in INTERNAL:
        return
    cost = None if row.goods_cost is None else row.goods_cost + (row.landing_cost or 0)
    yield Step(row.quantity, cost if row.quantity > 0 else None)
