"""What was sold by day, and the proposals made of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from entrepot.inventory.models import StockLevel, StockMovement, StockThreshold
from entrepot.inventory.models_shown import Warehouse
from entrepot.inventory.queries import stocked_variant
from entrepot.stock_targets.models import StockProposal
from entrepot.storage.session import reader

#: (variant id, warehouse id)
Key = tuple[int, int]


@dataclass(frozen=True)
class ProposalView:
    """An open proposal beside what holds now. ``why`` are the figures of ``rules.Target``."""

    variant_id: int
    warehouse_id: int
    sku: str
    warehouse_code: str
    warehouse: str
    available: int
    least_now: int | None
    most_now: int | None
    least: int
    most: int
    why: Mapping[str, Any]
    made_at: datetime

    @property
    def lasts_days(self) -> int | None:
        """How long the stock lasts at the present sales; None where nothing is sold."""
        return self.available * self.why["days"] // self.why["sold"] if self.why["sold"] else None


def sales_by_day(session: Session, since: datetime, until: datetime) -> dict[Key, list[int]]:
    """{(variant, warehouse): pieces that left, day by day from the first that is known}; the last day is yesterday."""
    first_day, last_day = since.date(), until.date() - timedelta(days=1)
    begun = _first_days(session)
    left: dict[Key, dict[date, int]] = defaultdict(dict)
    day = func.date(StockMovement.at)
    query = select(StockMovement.variant_id, StockMovement.warehouse_id, day, func.sum(-StockMovement.quantity))
    query = query.where(StockMovement.kind == "shipped", StockMovement.at >= since, StockMovement.at < until)
    for variant_id, warehouse_id, on, pieces in session.execute(
        query.group_by(StockMovement.variant_id, StockMovement.warehouse_id, day)
    ):
        left[variant_id, warehouse_id][_day(on)] = int(pieces)
    return {key: _series(found, max(first_day, begun[key]), last_day) for key, found in left.items()}


def open_proposals(limit: int = 200) -> list[ProposalView]:
    """Those that wait for a decision, what runs out first."""
    here = (StockLevel.variant_id == StockProposal.variant_id) & (StockLevel.warehouse_id == StockProposal.warehouse_id)
    held = (StockThreshold.variant_id == StockProposal.variant_id) & (
        StockThreshold.warehouse_id == StockProposal.warehouse_id
    )
    available = func.coalesce(StockLevel.on_hand - StockLevel.reserved, 0)
    query = (
        select(
            StockProposal.variant_id,
            StockProposal.warehouse_id,
            stocked_variant.c.sku,
            Warehouse.code,
            Warehouse.name,
            available,
            StockThreshold.least,
            StockThreshold.most,
            StockProposal.least,
            StockProposal.most,
            StockProposal.why,
            StockProposal.made_at,
        )
        .join(stocked_variant, stocked_variant.c.id == StockProposal.variant_id)
        .join(Warehouse, Warehouse.id == StockProposal.warehouse_id)
        .outerjoin(StockLevel, here)
        .outerjoin(StockThreshold, held)
        .where(StockProposal.state == "open")
        .order_by(available - StockProposal.least, StockProposal.variant_id)
        .limit(limit)
    )
    return [ProposalView(*row) for row in reader().execute(query)]


def levels_now(session: Session) -> dict[Key, tuple[int, int | None]]:
    """{(variant, warehouse): (least, most)} that hold."""
    row = StockThreshold
    found = session.execute(select(row.variant_id, row.warehouse_id, row.least, row.most))
    return {(each.variant_id, each.warehouse_id): (each.least, each.most) for each in found}


def active_warehouses(session: Session) -> dict[int, str]:
    """{id: code}"""
    return {row.id: row.code for row in session.execute(select(Warehouse.id, Warehouse.code).where(Warehouse.active))}


def counted_variants(session: Session) -> set[int]:
    """Variants whose stock is counted."""
    return set(session.scalars(select(stocked_variant.c.id).where(stocked_variant.c.tracked)))


def _first_days(session: Session) -> dict[Key, date]:
    """The day of the first movement of each SKU in each warehouse."""
    query = select(StockMovement.variant_id, StockMovement.warehouse_id, func.min(StockMovement.at).label("at"))
    rows = session.execute(query.group_by(StockMovement.variant_id, StockMovement.warehouse_id))
    return {(row.variant_id, row.warehouse_id): row.at.date() for row in rows}


def _series(left: Mapping[date, int], first: date, last: date) -> list[int]:
    return [left.get(first + timedelta(days=number), 0) for number in range((last - first).days + 1)]


def _day(written: Any) -> date:
    """SQLite answers a text, PostgreSQL a date."""
    return written if isinstance(written, date) else date.fromisoformat(str(written))
