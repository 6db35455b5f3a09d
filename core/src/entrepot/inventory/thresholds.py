"""When stock is low: a threshold per SKU and warehouse, and one fact per crossing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Select, func, select, update
from sqlalchemy.orm import Session

from entrepot.inventory.models import StockLevel, StockThreshold, Warehouse
from entrepot.inventory.queries import stocked_variant
from entrepot.kernel.clock import FixedClock
from entrepot.sdk.errors import EntrepotError
from entrepot.sdk.facts import StockLow
from entrepot.storage import outbox
from entrepot.storage.session import Among, reader, unit_of_work


@dataclass(frozen=True)
class LowView:
    """A SKU that is low in one warehouse."""

    variant_id: int
    warehouse_id: int
    sku: str
    warehouse: str
    available: int
    least: int
    low_since: datetime
    #: How many to buy; None where nobody said up to which.
    to_buy: int | None = None


def set_threshold(
    variant_id: int, warehouse_id: int, *, least: int | None, at: datetime, most: int | None = None
) -> None:
    """Stock at or below ``least`` is low; None forgets the threshold. ``most`` is up to which to buy; left out, it
    stays where it still is above ``least``."""
    if least is not None and least < 0:
        raise EntrepotError("Enter a threshold of zero or more pieces.")
    with unit_of_work() as session:
        found = session.get(StockThreshold, (variant_id, warehouse_id), with_for_update=True)
        if least is None:
            if found is not None:
                session.delete(found)
            return
        if found is None:
            found = StockThreshold(variant_id=variant_id, warehouse_id=warehouse_id)
            session.add(found)
        found.least = least
        found.most = most if most is not None else found.most
        if found.most is not None and found.most <= least:
            found.most = None
        session.flush()
        notice_crossings(session, [variant_id], at)


def thresholds_of(variant_id: int) -> dict[int, int]:
    """{warehouse id: threshold}"""
    columns = select(StockThreshold.warehouse_id, StockThreshold.least)
    rows = reader().execute(columns.where(StockThreshold.variant_id == variant_id))
    return {row.warehouse_id: row.least for row in rows}


def notice_crossings(session: Session, variant_ids: Collection[int], at: datetime) -> None:
    """Record StockLow for what has become low since the last look; what has recovered may become low again."""
    for row in _crossed.rows(variant_ids, session).all():
        is_low = row.available <= row.least
        key = StockThreshold.variant_id == row.variant_id, StockThreshold.warehouse_id == row.warehouse_id
        unchanged = StockThreshold.low_since.is_(None) if is_low else StockThreshold.low_since.is_not(None)
        turned = session.scalar(
            update(StockThreshold)
            .where(*key, unchanged)
            .values(low_since=at if is_low else None)
            .returning(StockThreshold.variant_id)
            .execution_options(synchronize_session=False)
        )
        if turned is not None and is_low:
            outbox.record(
                session,
                FixedClock(at),
                StockLow,
                sku=row.sku,
                warehouse=row.code,
                available=int(row.available),
                threshold=row.least,
            )


def low_stock(limit: int = 500) -> list[LowView]:
    """What is low now, the longest first."""
    query = _levels().where(StockThreshold.low_since.is_not(None)).order_by(StockThreshold.low_since).limit(limit)
    return [
        LowView(
            row.variant_id,
            row.warehouse_id,
            row.sku,
            row.name,
            int(row.available),
            row.least,
            row.low_since,
            None if row.most is None else max(row.most - int(row.available), 0),
        )
        for row in reader().execute(query)
    ]


def _disagreeing(variant_ids: Sequence[BindParameter[Any]]) -> Select[Any]:
    """Thresholds of these variants whose mark disagrees with the stock."""
    query = _levels().where(StockThreshold.variant_id.in_(variant_ids))
    is_low = StockThreshold.least >= _AVAILABLE
    marked = StockThreshold.low_since.is_not(None)
    return query.where((is_low & ~marked) | (~is_low & marked)).order_by(
        StockThreshold.variant_id, StockThreshold.warehouse_id
    )


_crossed = Among(_disagreeing)
_AVAILABLE = func.coalesce(StockLevel.on_hand - StockLevel.reserved, 0)


def _levels() -> Select[Any]:
    here = (StockLevel.variant_id == StockThreshold.variant_id) & (
        StockLevel.warehouse_id == StockThreshold.warehouse_id
    )
    return (
        select(
            StockThreshold.variant_id,
            StockThreshold.warehouse_id,
            StockThreshold.least,
            StockThreshold.most,
            StockThreshold.low_since,
            stocked_variant.c.sku,
            Warehouse.code,
            Warehouse.name,
            _AVAILABLE.label("available"),
        )
        .join(stocked_variant, stocked_variant.c.id == StockThreshold.variant_id)
        .join(Warehouse, Warehouse.id == StockThreshold.warehouse_id)
        .outerjoin(StockLevel, here)
    )
