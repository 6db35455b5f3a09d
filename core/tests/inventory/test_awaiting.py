"""Back orders and pre-orders: promised within a limit, held as soon as goods arrive, the oldest first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from sqlalchemy import func, select

from entrepot.catalog.models import Variant
from entrepot.inventory import allocation, reservations, stock
from entrepot.inventory.allocation import OutOfStock
from entrepot.inventory.awaiting import policy_of, set_policy
from entrepot.inventory.models import Reservation, StockLevel
from entrepot.inventory.queries import available_from_of, available_of
from entrepot.sdk.errors import EntrepotError
from entrepot.storage.session import db, reader, unit_of_work
from entrepot.testkit.statements import recorded

pytestmark = [pytest.mark.databases, pytest.mark.covers("S2.3", "S2.8")]
MAY = date(2026, 5, 1)


@pytest.fixture
def hamburg(new_warehouse) -> int:
    return new_warehouse("hamburg")


@pytest.fixture
def mug(new_variant, hamburg) -> int:
    """Three may be promised beyond stock."""
    variant = new_variant("MUG")
    set_policy(variant, kind="backorder", warehouse_id=hamburg, most=3, available_from=MAY)
    return variant


def allocate(runtime, *lines):
    with unit_of_work() as session:
        return allocation.allocate(session, runtime, lines=lines, expires_at=None)


def states(line: str) -> dict[str, int]:
    query = select(Reservation.state, func.sum(Reservation.quantity)).where(Reservation.order_line_id == line)
    return {state: int(pieces) for state, pieces in reader().execute(query.group_by(Reservation.state))}


def level(variant: int) -> tuple[int, int]:
    row = (
        reader().execute(select(StockLevel.on_hand, StockLevel.reserved).where(StockLevel.variant_id == variant)).one()
    )
    return row.on_hand, row.reserved


def promised(variant: int) -> tuple[int, date | None]:
    columns = available_of(Variant.id).label("pieces"), available_from_of(Variant.id).label("day")
    row = reader().execute(select(*columns).where(Variant.id == variant)).one()
    return row.pieces, row.day


def test_what_is_shown_is_what_can_be_allocated(app, runtime, mug, hamburg, count):
    count(mug, hamburg, 2)
    assert promised(mug) == (5, None)
    with unit_of_work() as session:
        assert allocation.can_promise(session, {mug: 5}).complete
        assert allocation.can_promise(session, {mug: 6}).shortages[0].available == 5
    answer = allocate(runtime, ("line", mug, 4))
    assert [(part.quantity, part.awaited) for part in answer.held] == [(2, False), (2, True)]
    assert answer.reasons[-1] == "MUG: 2 on backorder, to leave from 2026-05-01 on."
    assert promised(mug) == (1, MAY)
    with pytest.raises(OutOfStock, match="Only 1 of MUG"):
        allocate(runtime, ("other", mug, 2))


def test_goods_that_arrive_are_held_for_the_oldest_order(app, runtime, mug, hamburg, count):
    allocate(runtime, ("first", mug, 2))
    allocate(runtime, ("second", mug, 1))
    count(mug, hamburg, 1)
    assert (states("first"), states("second")) == ({"held": 1, "awaited": 1}, {"awaited": 1})
    count(mug, hamburg, 9)
    assert (states("first"), states("second")) == ({"held": 2}, {"held": 1})
    assert (level(mug), policy_of(mug).awaited) == ((9, 3), 0)
    with unit_of_work() as session:
        stock.rebuild_levels(session)
    assert level(mug) == (9, 3)


def test_a_cancelled_back_order_can_be_promised_again(app, runtime, mug):
    allocate(runtime, ("line", mug, 3))
    with pytest.raises(OutOfStock, match="sold out"):
        allocate(runtime, ("other", mug, 1))
    for _ in range(2):
        with unit_of_work() as session:
            reservations.release(session, runtime, order_line_ids=["line"])
    assert (policy_of(mug).awaited, promised(mug)) == (0, (3, MAY))


def test_refusing_again_keeps_what_was_promised(app, runtime, mug, hamburg, count):
    allocate(runtime, ("line", mug, 2))
    set_policy(mug, kind="deny", warehouse_id=hamburg)
    assert promised(mug) == (0, None)
    count(mug, hamburg, 2)
    assert states("line") == {"held": 2}


def test_a_preorder_needs_a_day_and_a_limit(app, mug, hamburg):
    with pytest.raises(EntrepotError, match="needs the day"):
        set_policy(mug, kind="preorder", warehouse_id=hamburg, most=3)
    with pytest.raises(EntrepotError, match="one or more"):
        set_policy(mug, kind="backorder", warehouse_id=hamburg)


def test_the_number_of_questions_grows_neither_with_the_lines_nor_with_those_who_wait(
    app, runtime, new_variant, hamburg, count
):
    for sku in ("ONE", "MANY"):
        set_policy(new_variant(sku), kind="backorder", warehouse_id=hamburg, most=99)
    one, many = reader().scalars(select(Variant.id).order_by(Variant.id))
    with recorded() as of_one:
        allocate(runtime, ("single", one, 1))
    with recorded() as of_many:
        allocate(runtime, *((f"line-{place}", many, 1) for place in range(20)))
    assert len(of_one) == len(of_many) == 4  # what can be promised; taken, reserved, told: no threshold, no look at it

    with recorded() as for_one:
        count(one, hamburg, 1)
    with recorded() as for_many:
        count(many, hamburg, 20)
    assert len(for_one) == len(for_many)
    assert states("single") == states("line-19") == {"held": 1}


def test_eight_buyers_race_for_three_promises(app, runtime, mug):
    together = Barrier(8)

    def buy(number: int) -> bool:
        with app.app_context():
            together.wait(timeout=30)
            try:
                allocate(runtime, (f"line-{number}", mug, 1))
            except OutOfStock:
                return False
            finally:
                db.session.remove()
            return True

    with ThreadPoolExecutor(8) as buyers:
        served = list(buyers.map(buy, range(8)))
    db.session.rollback()
    assert (served.count(True), policy_of(mug).awaited) == (3, 3)
