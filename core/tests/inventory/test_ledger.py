"""The stock ledger under everything at once: any order of movements and holds, and a race of buyers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from types import SimpleNamespace
from typing import ClassVar

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import delete, select

from entrepot.inventory import allocation, queries, reservations, stock
from entrepot.inventory.allocation import OutOfStock
from entrepot.inventory.models import Reservation, StockLevel, StockMovement
from entrepot.inventory.reservations import NotReserved
from entrepot.inventory.stock import StockPromised
from entrepot.kernel.clock import FixedClock
from entrepot.storage.models import FactRow
from entrepot.storage.session import db, reader, unit_of_work

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def levels() -> dict[tuple[int, int], tuple[int, int]]:
    """{(variant id, warehouse id): (on hand, reserved)}"""
    rows = reader().execute(
        select(StockLevel.variant_id, StockLevel.warehouse_id, StockLevel.on_hand, StockLevel.reserved)
    )
    return {(row.variant_id, row.warehouse_id): (row.on_hand, row.reserved) for row in rows}


class StockMachine(RuleBasedStateMachine):
    """Two variants in two warehouses; a model in Python beside the tables."""

    variants: ClassVar[list[int]] = []
    warehouses: ClassVar[list[int]] = []

    @initialize()
    def empty(self) -> None:
        self.runtime = SimpleNamespace(clock=FixedClock(NOON))
        self.on_hand: dict[tuple[int, int], int] = {}
        self.lines: list[str] = []
        db.session.rollback()
        with unit_of_work() as session:
            for table in (Reservation, StockLevel, StockMovement, FactRow):
                session.execute(delete(table))

    @rule(
        v=st.integers(0, 1),
        w=st.integers(0, 1),
        quantity=st.integers(-4, 8),
        kind=st.sampled_from(["received", "damaged"]),
    )
    def moves(self, v: int, w: int, quantity: int, kind: str) -> None:
        key = self.variants[v], self.warehouses[w]
        try:
            with unit_of_work() as session:
                stock.move(
                    session,
                    variant_id=key[0],
                    warehouse_id=key[1],
                    kind=kind,
                    quantity=quantity,
                    reference="",
                    actor="",
                    at=NOON,
                )
        except StockPromised:
            assert quantity < 0
            assert self.on_hand.get(key, 0) + quantity < levels().get(key, (0, 0))[1]
        else:
            self.on_hand[key] = self.on_hand.get(key, 0) + quantity

    @rule(v=st.integers(0, 1), w=st.integers(0, 1), pieces=st.integers(0, 8))
    def counts(self, v: int, w: int, pieces: int) -> None:
        key = self.variants[v], self.warehouses[w]
        try:
            with unit_of_work() as session:
                stock.set_on_hand(
                    session, variant_id=key[0], warehouse_id=key[1], on_hand=pieces, reference="", actor="", at=NOON
                )
        except StockPromised:
            assert pieces < levels()[key][1]
        else:
            self.on_hand[key] = pieces

    @rule(first=st.integers(0, 5), second=st.integers(0, 5), lapses=st.booleans())
    def allocates(self, first: int, second: int, lapses: bool) -> None:
        number = len(self.lines)
        wanted = [(f"{number}-{v}", self.variants[v], n) for v, n in enumerate((first, second)) if n]
        free = queries.available(self.variants)
        expires_at = self.runtime.clock.now() + timedelta(minutes=5) if lapses else None
        try:
            with unit_of_work() as session:
                held = allocation.allocate(session, self.runtime, lines=wanted, expires_at=expires_at)
        except OutOfStock:
            assert any(quantity > free[variant] for _, variant, quantity in wanted)
        else:
            assert sum(part.quantity for part in held.held) == first + second
            self.lines += [line_id for line_id, _, _ in wanted]

    @rule(which=st.integers(0, 20), w=st.integers(0, 1), quantity=st.integers(1, 4))
    def ships(self, which: int, w: int, quantity: int) -> None:
        if not self.lines:
            return
        line_id = self.lines[which % len(self.lines)]
        variant = self.variants[int(line_id[-1])]
        key = variant, self.warehouses[w]
        try:
            with unit_of_work() as session:
                reservations.consume(
                    session,
                    self.runtime,
                    lines=[(line_id, quantity)],
                    warehouse_id=key[1],
                    reference="",
                    actor="",
                )
        except NotReserved:
            return
        self.on_hand[key] -= quantity

    @rule(which=st.integers(0, 20))
    def releases(self, which: int) -> None:
        if self.lines:
            with unit_of_work() as session:
                reservations.release(session, self.runtime, order_line_ids=[self.lines[which % len(self.lines)]])

    @rule(which=st.integers(0, 20))
    def confirms(self, which: int) -> None:
        if self.lines:
            with unit_of_work() as session:
                reservations.confirm(session, [self.lines[which % len(self.lines)]])

    @rule(minutes=st.integers(1, 6))
    def waits(self, minutes: int) -> None:
        self.runtime.clock.move(timedelta(minutes=minutes))
        reservations.release_expired(self.runtime)

    @invariant()
    def promises_can_be_kept_and_the_projection_equals_the_ledger(self) -> None:
        db.session.rollback()
        before = levels()
        assert all(on_hand >= reserved >= 0 for on_hand, reserved in before.values())
        assert {key: on_hand for key, (on_hand, _) in before.items() if on_hand} == {
            key: pieces for key, pieces in self.on_hand.items() if pieces
        }
        with unit_of_work() as session:
            stock.rebuild_levels(session)
        db.session.rollback()
        assert levels() == before


def test_stock_is_right_after_any_order_of_events(app, new_variant, new_warehouse):
    StockMachine.variants = [new_variant("MUG"), new_variant("BOWL")]
    StockMachine.warehouses = [new_warehouse("near", priority=1), new_warehouse("far", priority=2)]
    StockMachine.TestCase.settings = settings(
        max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
    )
    StockMachine.TestCase("runTest").runTest()


BUYERS, PIECES = 12, 7


@pytest.mark.databases
@pytest.mark.covers("S2.3")
def test_twelve_buyers_race_for_seven_pieces_in_two_warehouses(app: Flask, runtime, new_variant, new_warehouse, count):
    mug = new_variant("MUG")
    near, far = new_warehouse("near", priority=1), new_warehouse("far", priority=2)
    count(mug, near, 4)
    count(mug, far, 3)
    together = Barrier(BUYERS)

    def buy(number: int) -> bool:
        with app.app_context():
            together.wait(timeout=30)
            try:
                with unit_of_work() as session:
                    allocation.allocate(session, runtime, lines=[(f"line-{number}", mug, 1)], expires_at=None)
            except OutOfStock:
                return False
            finally:
                db.session.remove()
            return True

    with ThreadPoolExecutor(BUYERS) as buyers:
        served = list(buyers.map(buy, range(BUYERS)))
    db.session.rollback()
    assert served.count(True) == PIECES
    assert levels() == {(mug, near): (4, 4), (mug, far): (3, 3)}
    assert len(reader().execute(select(Reservation.id)).all()) == PIECES
