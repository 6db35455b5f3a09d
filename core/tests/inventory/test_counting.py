"""Stocktaking while orders flow."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from entrepot.inventory import allocation, counting, reservations
from entrepot.inventory.counting import CountUnfinished
from entrepot.inventory.models import StockLevel, StockMovement
from entrepot.inventory.stock import StockPromised
from entrepot.sdk.errors import EntrepotError
from entrepot.storage.session import reader, unit_of_work

pytestmark = [pytest.mark.databases, pytest.mark.covers("S0.17", "S1.12", "S2.10")]


@pytest.fixture
def hamburg(new_warehouse) -> int:
    return new_warehouse("hamburg")


@pytest.fixture
def mug(new_variant, hamburg, count) -> int:
    variant = new_variant("MUG")
    count(variant, hamburg, 10)
    return variant


def on_hand(variant: int) -> int:
    return reader().scalar(select(StockLevel.on_hand).where(StockLevel.variant_id == variant))


def sell(runtime, mug, hamburg, pieces, *, ship=True):
    with unit_of_work() as session:
        allocation.allocate(session, runtime, lines=[(f"line-{pieces}", mug, pieces)], expires_at=None)
        if ship:
            parts = [(f"line-{pieces}", pieces)]
            reservations.consume(session, runtime, lines=parts, warehouse_id=hamburg, reference="order 1", actor="test")


def test_orders_that_leave_before_and_after_counting_do_not_distort_it(app, runtime, mug, hamburg):
    count = counting.start(runtime, warehouse_id=hamburg, kind="full", tolerance=5)
    sell(runtime, mug, hamburg, 3)
    counting.write_down(count, mug, counted=6, times=0, actor="test")  # seven should be there: one is missing
    sell(runtime, mug, hamburg, 2)
    assert counting.approve(runtime, count, actor="test") == 1
    assert on_hand(mug) == 4
    last = reader().execute(select(StockMovement.__table__).order_by(StockMovement.id.desc()).limit(1)).one()
    assert (last.kind, last.quantity, last.reference) == ("adjusted", -1, f"count {count}")


def test_a_difference_beyond_the_tolerance_is_counted_again(app, runtime, mug, hamburg):
    count = counting.start(runtime, warehouse_id=hamburg, kind="full", tolerance=1)
    counting.write_down(count, mug, counted=7, times=0, actor="anna")
    with pytest.raises(CountUnfinished, match="1 have to be counted again"):
        counting.approve(runtime, count, actor="test")
    counting.write_down(count, mug, counted=8, times=1, actor="ben")
    counting.approve(runtime, count, actor="test")
    assert on_hand(mug) == 8


def test_a_count_is_approved_whole_and_once(app, runtime, mug, hamburg, new_variant, count):
    bowl = new_variant("BOWL")
    count(bowl, hamburg, 4)
    stocktake = counting.start(runtime, warehouse_id=hamburg, kind="full")
    counting.write_down(stocktake, mug, counted=10, times=0, actor="test")
    with pytest.raises(CountUnfinished, match="1 SKUs are not counted yet"):
        counting.approve(runtime, stocktake, actor="test")
    counting.write_down(stocktake, bowl, counted=4, times=0, actor="test")
    assert counting.approve(runtime, stocktake, actor="test") == 0
    with pytest.raises(EntrepotError, match="closed"):
        counting.approve(runtime, stocktake, actor="test")


def test_a_cycle_count_takes_only_what_it_names(app, runtime, mug, hamburg, new_variant, count):
    bowl = new_variant("BOWL")
    count(bowl, hamburg, 4)
    cycle = counting.start(runtime, warehouse_id=hamburg, kind="cycle", variant_ids=[mug])
    with pytest.raises(EntrepotError, match="not part of the count"):
        counting.write_down(cycle, bowl, counted=1, times=0, actor="test")
    counting.write_down(cycle, mug, counted=10, times=0, actor="test")
    with pytest.raises(EntrepotError, match="somebody else"):
        counting.write_down(cycle, mug, counted=9, times=0, actor="test")
    counting.cancel(runtime, cycle)
    assert (on_hand(mug), on_hand(bowl)) == (10, 4)


def test_fewer_than_promised_cannot_be_approved(app, runtime, mug, hamburg):
    sell(runtime, mug, hamburg, 9, ship=False)
    count = counting.start(runtime, warehouse_id=hamburg, kind="full", tolerance=9)
    counting.write_down(count, mug, counted=5, times=0, actor="test")
    with pytest.raises(StockPromised):
        counting.approve(runtime, count, actor="test")
    assert on_hand(mug) == 10
