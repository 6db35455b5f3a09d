"""Holding, shipping and releasing stock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from entrepot.inventory import allocation, reservations, stock
from entrepot.inventory.allocation import OutOfStock
from entrepot.inventory.models import Reservation, StockLevel, StockMovement
from entrepot.inventory.queries import available
from entrepot.inventory.reservations import NotReserved
from entrepot.inventory.stock import StockPromised
from entrepot.storage.models import FactRow
from entrepot.storage.session import reader, unit_of_work

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def allocate(runtime, *lines, expires_at=None, destination=""):
    with unit_of_work() as session:
        return allocation.allocate(session, runtime, lines=lines, expires_at=expires_at, destination=destination).held


def levels() -> dict[tuple[int, int], tuple[int, int]]:
    rows = reader().execute(
        select(StockLevel.variant_id, StockLevel.warehouse_id, StockLevel.on_hand, StockLevel.reserved)
    )
    return {(row.variant_id, row.warehouse_id): (row.on_hand, row.reserved) for row in rows}


def stock_facts() -> list[list[str]]:
    rows = reader().execute(select(FactRow.payload).where(FactRow.kind == "stock_changed").order_by(FactRow.seq))
    return [row.payload["skus"] for row in rows]


def test_a_count_books_only_the_difference(app, new_variant, new_warehouse, count):
    mug, hamburg = new_variant("MUG"), new_warehouse("hamburg")
    assert [count(mug, hamburg, 7), count(mug, hamburg, 7), count(mug, hamburg, 5)] == [7, 0, -2]
    assert reader().scalars(select(StockMovement.quantity).order_by(StockMovement.id)).all() == [7, -2]
    assert available([mug]) == {mug: 5}
    assert stock_facts() == [["MUG"], ["MUG"]]


def test_a_count_cannot_take_what_is_promised(app, runtime, new_variant, new_warehouse, count):
    mug, hamburg = new_variant("MUG"), new_warehouse("hamburg")
    count(mug, hamburg, 5)
    allocate(runtime, ("line", mug, 4))
    with pytest.raises(StockPromised, match="MUG: 4 are promised"):
        count(mug, hamburg, 3)
    assert levels() == {(mug, hamburg): (5, 4)}


def test_an_unknown_kind_of_movement_is_refused(app, new_variant, new_warehouse):
    mug, hamburg = new_variant("MUG"), new_warehouse("hamburg")
    with pytest.raises(ValueError, match="not a kind of stock movement"), unit_of_work() as session:
        stock.move(
            session, variant_id=mug, warehouse_id=hamburg, kind="lost", quantity=1, reference="", actor="", at=NOON
        )


@pytest.mark.covers("S2.3", "S2.8")
def test_allocation_holds_stock_until_it_is_released(app, runtime, new_variant, new_warehouse, count):
    mug, hamburg = new_variant("MUG"), new_warehouse("hamburg")
    count(mug, hamburg, 5)
    held = allocate(runtime, ("line", mug, 2))
    assert [(part.order_line_id, part.warehouse_id, part.quantity) for part in held] == [("line", hamburg, 2)]
    assert available([mug]) == {mug: 3}
    for _ in range(2):  # releasing again changes nothing
        with unit_of_work() as session:
            reservations.release(session, runtime, order_line_ids=["line"])
    assert levels() == {(mug, hamburg): (5, 0)}


def test_out_of_stock_says_what_is_available_and_holds_nothing(app, runtime, new_variant, new_warehouse, count):
    mug, bowl, hamburg = new_variant("MUG"), new_variant("BOWL"), new_warehouse("hamburg")
    count(mug, hamburg, 5)
    count(bowl, hamburg, 1)
    with pytest.raises(OutOfStock, match="Only 1 of BOWL are available, 2 were wanted") as refused:
        allocate(runtime, ("a", mug, 1), ("b", bowl, 2))
    assert (refused.value.sku, refused.value.available) == ("BOWL", 1)
    assert levels()[mug, hamburg] == (5, 0)


def test_two_lines_of_one_variant_share_its_stock(app, runtime, new_variant, new_warehouse, count):
    mug, near, far = new_variant("MUG"), new_warehouse("near", priority=1), new_warehouse("far", priority=2)
    count(mug, near, 3)
    count(mug, far, 3)
    held = allocate(runtime, ("a", mug, 2), ("b", mug, 3))
    assert [(part.order_line_id, part.warehouse_id, part.quantity) for part in held] == [
        ("a", near, 2),
        ("b", near, 1),
        ("b", far, 2),
    ]


def test_untracked_variants_need_no_hold(app, runtime, new_variant, new_warehouse):
    new_warehouse("hamburg")
    assert allocate(runtime, ("line", new_variant("SERVICE", tracked=False), 100)) == ()


def test_an_inactive_warehouse_promises_nothing(app, runtime, new_variant, new_warehouse, count):
    mug, closed = new_variant("MUG"), new_warehouse("closed", active=False)
    count(mug, closed, 5)
    assert available([mug]) == {mug: 0}
    with pytest.raises(OutOfStock, match="MUG is sold out"):
        allocate(runtime, ("line", mug, 1))


@pytest.mark.covers("S2.8")
def test_dispatch_turns_a_part_of_the_hold_into_a_movement(app, runtime, new_variant, new_warehouse, count):
    mug, hamburg = new_variant("MUG"), new_warehouse("hamburg")
    count(mug, hamburg, 5)
    allocate(runtime, ("line", mug, 3))
    ship(runtime, ("line", 2), warehouse_id=hamburg)
    assert levels() == {(mug, hamburg): (3, 1)}
    ship(runtime, ("line", 1), warehouse_id=hamburg)
    assert levels() == {(mug, hamburg): (2, 0)}
    shipped = select(StockMovement.quantity).where(StockMovement.kind == "shipped").order_by(StockMovement.id)
    assert reader().scalars(shipped).all() == [-2, -1]


def test_more_than_is_held_cannot_be_dispatched(app, runtime, new_variant, new_warehouse, count):
    mug, hamburg = new_variant("MUG"), new_warehouse("hamburg")
    count(mug, hamburg, 5)
    allocate(runtime, ("line", mug, 3))
    with pytest.raises(NotReserved, match="4 to ship, but only 3 are held"):
        ship(runtime, ("line", 4), warehouse_id=hamburg)
    assert levels() == {(mug, hamburg): (5, 3)}


def test_a_hold_lapses_unless_it_was_confirmed(app, runtime, new_variant, new_warehouse, count):
    mug, hamburg = new_variant("MUG"), new_warehouse("hamburg")
    count(mug, hamburg, 5)
    soon = NOON + timedelta(minutes=15)
    allocate(runtime, ("paid", mug, 1), expires_at=soon)
    allocate(runtime, ("unpaid", mug, 1), expires_at=soon)
    with unit_of_work() as session:
        assert reservations.confirm(session, ["paid"]) == []
    assert reservations.release_expired(runtime) == []
    runtime.clock.move(timedelta(minutes=15))
    assert reservations.release_expired(runtime) == ["unpaid"]
    assert levels() == {(mug, hamburg): (5, 1)}
    with unit_of_work() as session:
        assert reservations.confirm(session, ["paid", "unpaid"]) == ["unpaid"]


def test_a_second_hold_after_a_lapsed_one_counts(app, runtime, new_variant, new_warehouse, count):
    mug, hamburg = new_variant("MUG"), new_warehouse("hamburg")
    count(mug, hamburg, 5)
    allocate(runtime, ("line", mug, 1), expires_at=NOON)
    reservations.release_expired(runtime)
    allocate(runtime, ("line", mug, 1))
    with unit_of_work() as session:
        assert reservations.confirm(session, ["line"]) == []


def test_of_equal_warehouses_the_one_at_the_destination_serves(app, runtime, new_variant, new_warehouse, count):
    mug = new_variant("MUG")
    hamburg, ningbo = new_warehouse("hamburg", country="DE"), new_warehouse("ningbo", country="CN")
    count(mug, hamburg, 5)
    count(mug, ningbo, 5)
    assert [part.warehouse_id for part in allocate(runtime, ("a", mug, 1), destination="CN")] == [ningbo]
    assert [part.warehouse_id for part in allocate(runtime, ("b", mug, 1))] == [hamburg]


def test_an_overtaken_plan_is_made_anew(app, runtime, new_variant, new_warehouse, count, monkeypatch):
    mug, near, far = new_variant("MUG"), new_warehouse("near", priority=1), new_warehouse("far", priority=2)
    count(mug, near, 1)
    count(mug, far, 1)
    true_look = allocation.promisable
    stale = []

    def look_before_another_buyer(session, variant_ids, destination):
        found = true_look(session, variant_ids, destination)
        if not stale:
            stale.append(found)
            allocation.allocate(session, runtime, lines=[("other", mug, 1)], expires_at=None)
        return found

    monkeypatch.setattr(allocation, "promisable", look_before_another_buyer)
    assert [part.warehouse_id for part in allocate(runtime, ("line", mug, 1))] == [far]
    held = reader().execute(select(Reservation.order_line_id, Reservation.warehouse_id).order_by(Reservation.id)).all()
    assert [tuple(row) for row in held] == [("other", near), ("line", far)]


def ship(runtime, *lines, warehouse_id):
    with unit_of_work() as session:
        reservations.consume(
            session, runtime, lines=lines, warehouse_id=warehouse_id, reference="order 1", actor="test"
        )
