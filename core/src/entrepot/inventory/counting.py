"""Stocktaking while orders flow: each SKU's difference is taken at the instant when it was counted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from entrepot.inventory.models import StockCount, StockCountLine, StockLevel
from entrepot.inventory.queries import stocked_variant
from entrepot.inventory.stock import Change, book
from entrepot.kernel.clock import HasClock
from entrepot.sdk.errors import EntrepotError
from entrepot.storage.session import unit_of_work

KINDS = ("full", "cycle")


class CountUnfinished(EntrepotError):
    """Something still has to be counted, for the first or the second time."""


def start(
    runtime: HasClock,
    *,
    warehouse_id: int,
    kind: str,
    variant_ids: Iterable[int] = (),
    blind: bool = True,
    tolerance: int = 0,
) -> int:
    """Begin a count: ``full`` takes every SKU that the warehouse ever had, ``cycle`` the given ones. Returns its id."""
    if kind not in KINDS or tolerance < 0:
        raise EntrepotError("Choose a full or a cycle count, and a tolerance of zero or more pieces.")
    with unit_of_work() as session:
        wanted = sorted(set(variant_ids)) if kind == "cycle" else _stocked(session, warehouse_id)
        if not wanted:
            raise EntrepotError("There is nothing to count. Enter the SKUs to count, or choose another warehouse.")
        count = StockCount(
            warehouse_id=warehouse_id, kind=kind, blind=blind, tolerance=tolerance, started_at=runtime.clock.now()
        )
        session.add(count)
        session.flush()
        session.add_all(StockCountLine(count_id=count.id, variant_id=variant_id) for variant_id in wanted)
        return count.id


def write_down(count_id: int, variant_id: int, *, counted: int, times: int, actor: str) -> None:
    """What was counted of one SKU. ``times`` is how often it had been counted before: sent twice, it counts once."""
    if counted < 0:
        raise EntrepotError("Enter the number of pieces; zero when there are none.")
    with unit_of_work() as session:
        count = _lock(session, count_id)
        line = session.get(StockCountLine, (count_id, variant_id), populate_existing=True)
        if line is None:
            raise EntrepotError("This SKU is not part of the count. Start a cycle count for it.")
        if line.times != times:
            raise EntrepotError("This SKU was counted by somebody else meanwhile. Look at the count again.")
        key = StockLevel.variant_id == variant_id, StockLevel.warehouse_id == count.warehouse_id
        line.expected = session.scalar(select(StockLevel.on_hand).where(*key).with_for_update()) or 0
        line.counted = counted
        line.times += 1
        line.actor = actor[:120]


def approve(runtime: HasClock, count_id: int, *, actor: str) -> int:
    """Book the differences as adjustments; how many SKUs differed. Raises CountUnfinished, StockPromised."""
    with unit_of_work() as session:
        count = _lock(session, count_id)
        lines = session.scalars(select(StockCountLine).where(StockCountLine.count_id == count_id)).all()
        _refuse_unfinished(lines, count.tolerance)
        changes = [Change(line.variant_id, count.warehouse_id, variance(line)) for line in lines]
        at = runtime.clock.now()
        book(session, changes, kind="adjusted", reference=f"count {count_id}", actor=actor, at=at)
        count.state = "approved"
        count.closed_at = at
        return sum(1 for change in changes if change.quantity)


def cancel(runtime: HasClock, count_id: int) -> None:
    """Give the count up; nothing is booked."""
    with unit_of_work() as session:
        count = _lock(session, count_id)
        count.state = "cancelled"
        count.closed_at = runtime.clock.now()


def variance(line: StockCountLine) -> int:
    """Pieces more (or fewer) than the books said when they were counted; 0 while nobody counted."""
    return 0 if line.counted is None or line.expected is None else line.counted - line.expected


def wants_recount(line: StockCountLine, tolerance: int) -> bool:
    """Whether one count is not enough, because it differs by more than the tolerance."""
    return line.times < 2 and abs(variance(line)) > tolerance


def _refuse_unfinished(lines: Sequence[StockCountLine], tolerance: int) -> None:
    uncounted = sum(1 for line in lines if line.counted is None)
    again = sum(1 for line in lines if wants_recount(line, tolerance))
    if uncounted or again:
        raise CountUnfinished(
            "{uncounted} SKUs are not counted yet and {again} have to be counted again. Count them, then approve.",
            uncounted=uncounted,
            again=again,
        )


def _lock(session: Session, count_id: int) -> StockCount:
    count = session.get(StockCount, count_id, with_for_update=True, populate_existing=True)
    if count is None or count.state != "open":
        raise EntrepotError("This count is closed. Start a new one.")
    return count


def _stocked(session: Session, warehouse_id: int) -> list[int]:
    query = (
        select(StockLevel.variant_id)
        .join(stocked_variant, stocked_variant.c.id == StockLevel.variant_id)
        .where(StockLevel.warehouse_id == warehouse_id, stocked_variant.c.tracked)
    )
    return sorted(session.scalars(query))
