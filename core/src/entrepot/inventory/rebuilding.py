"""The levels computed anew from the movements, and how many disagreed."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from entrepot.inventory.models import StockLevel
from entrepot.inventory.stock import rebuild_levels
from entrepot.storage.session import unit_of_work


def rebuild() -> int:
    """Rebuild the projection; returns how many levels were wrong."""
    with unit_of_work() as session:
        before = _levels(session)
        rebuild_levels(session)
        after = _levels(session)
    return sum(1 for key in before.keys() | after.keys() if before.get(key, (0, 0)) != after.get(key, (0, 0)))


def _levels(session: Session) -> dict[tuple[int, int], tuple[int, int]]:
    level = StockLevel
    rows = session.execute(select(level.variant_id, level.warehouse_id, level.on_hand, level.reserved))
    return {(row.variant_id, row.warehouse_id): (row.on_hand, row.reserved) for row in rows}
