"""Whatever is edited, paid, given back or cancelled in whatever order: the books and the stock agree with the order."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import func, select

from entrepot.editing import service
from entrepot.editing.errors import EditRefused
from entrepot.editing.models import Order
from entrepot.editing.rules import Edit
from entrepot.editing.service import Agreed
from entrepot.inventory.allocation import OutOfStock
from entrepot.inventory.models import Reservation, StockLevel
from entrepot.kernel.money import Money
from entrepot.ledger.service import order_postings
from entrepot.orders import queries as orders
from entrepot.orders import rules
from entrepot.orders import service as order_service
from entrepot.orders.errors import NotAllowed
from entrepot.payments import polling, refunds
from entrepot.payments import queries as payments
from entrepot.payments import service as payment_service
from entrepot.payments.errors import PaymentError
from entrepot.sdk.payments import Outcome
from entrepot.storage.session import reader, release_reader
from entrepot.testkit.providers import BANK
from entrepot.testkit.small_shop import small_shop


class Edits(RuleBasedStateMachine):
    """Edits, payments of any attempt, refunds, time and cancelling, at random."""

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self._folder = Path(tempfile.mkdtemp())
        self.shop = self._stack.enter_context(small_shop(f"sqlite:///{self._folder / 'shop.db'}", self._folder))
        self.number = self.shop.place(quantity=2).number
        self.order_id = orders.id_of(self.number) or 0
        self.keys = 0
        self.state = "unpaid"

    def edit(self, wanted: Edit) -> None:
        self.keys += 1
        with suppress(EditRefused, OutOfStock):
            seen = service.preview(self.shop.runtime, self.number, wanted)
            agreed = Agreed(seen.difference, seen.version, f"edit-{self.keys}")
            service.confirm(self.shop.runtime, self.number, wanted, agreed, actor="staff:anna", return_url=str)

    @rule(line=st.integers(0, 3), pieces=st.integers(0, 20))
    def change_pieces(self, line: int, pieces: int) -> None:
        lines = orders.order_view(number=self.number).lines  # type: ignore[union-attr]
        self.edit(Edit("pieces", {lines[line % len(lines)].id: pieces}))

    @rule(pieces=st.integers(1, 8))
    def add_a_bowl(self, pieces: int) -> None:
        self.edit(Edit("a bowl", added=(("BOWL", pieces),)))

    @rule(cents=st.integers(-3000, 3000))
    def adjust(self, cents: int) -> None:
        self.edit(Edit("adjusted", adjustment=Money(cents, "EUR")))

    @rule(which=st.integers(0, 3), outcome=st.sampled_from([Outcome.CAPTURED, Outcome.AUTHORIZED, Outcome.DECLINED]))
    def pay(self, which: int, outcome: Outcome) -> None:
        attempts = payments.attempts(self.order_id)
        attempt = attempts[which % len(attempts)]
        if BANK.payments[attempt.reference].outcome is not Outcome.CAPTURED:
            BANK.decide(attempt.reference, outcome)
        payment_service.fetch(self.shop.runtime, attempt.id, actor="buyer")

    @rule()
    def capture(self) -> None:
        for attempt in payments.attempts(self.order_id):
            if attempt.state == "authorized":
                with suppress(PaymentError):
                    payment_service.capture(self.shop.runtime, attempt.id, actor="staff:anna")

    @rule(cents=st.integers(1, 3000))
    def give_back(self, cents: int) -> None:
        self.keys += 1
        with suppress(PaymentError):
            attempt = payments.attempts(self.order_id)[0]
            refunds.refund(
                self.shop.runtime,
                attempt.id,
                amount=Money(cents, "EUR"),
                reason="",
                actor="staff:anna",
                idempotency_key=f"refund-{self.keys}",
            )

    @rule(minutes=st.integers(1, 40))
    def time_passes(self, minutes: int) -> None:
        self.shop.clock.move(timedelta(minutes=minutes))
        polling.poll_due(self.shop.runtime)
        order_service.cancel_unpaid(self.shop.runtime)

    @rule()
    def cancel(self) -> None:
        with suppress(NotAllowed):
            order_service.cancel(self.shop.runtime, self.number, reason="", actor="staff:anna")

    @invariant()
    def the_books_agree_with_the_order(self) -> None:
        release_reader()
        postings = order_postings(reader(), self.order_id)
        assert sum(amount.minor for *_, amount in postings) == 0
        order = reader().get_one(Order, self.order_id, populate_existing=True)
        balance = sum(amount.minor for _, _, account, amount in postings if account == "receivable")
        taken = sum(attempt.captured.minor for attempt in payments.attempts(self.order_id))
        if order.cancelled_at is None:
            assert balance == order.charged - taken
            assert order.total <= order.charged
        assert order.total == sum(row["amount"][0] for row in order.quote["totals"] if row["kind"] == "total")

    @invariant()
    def no_piece_is_held_twice_or_lost(self) -> None:
        order = orders.order_view(number=self.number)
        assert order is not None
        held = reader().scalar(select(func.sum(Reservation.quantity)).where(Reservation.state == "held")) or 0
        reserved = reader().scalar(select(func.sum(StockLevel.reserved))) or 0
        wanted = 0 if order.status == "cancelled" else sum(line.quantity for line in order.lines)
        assert held == reserved == wanted

    @invariant()
    def states_follow_their_table(self) -> None:
        order = orders.order_view(number=self.number)
        assert order is not None
        assert order.payment_state in rules.PAYMENT_STATES

    @invariant()
    def never_more_back_than_taken(self) -> None:
        for attempt in payments.attempts(self.order_id):
            assert attempt.refunded <= attempt.captured

    def teardown(self) -> None:
        self._stack.close()
        shutil.rmtree(self._folder)


Edits.TestCase.settings = settings(
    max_examples=15, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)


@pytest.mark.covers("S1.16", "S2.8", "S2.15", "G5")
class TestEdits(Edits.TestCase):  # type: ignore[name-defined,misc]
    pass
