"""Whatever happens in whatever order, an order is paid once or not at all and its ledger sums to zero."""

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

from entrepot.kernel.money import Money
from entrepot.ledger.service import order_postings
from entrepot.orders import queries as orders
from entrepot.orders import service as order_service
from entrepot.orders.errors import NotAllowed
from entrepot.payments import inbox, polling, refunds, service
from entrepot.payments import queries as payments
from entrepot.payments.errors import PaymentError
from entrepot.sdk.errors import ProviderUnavailable
from entrepot.sdk.payments import Outcome
from entrepot.storage.models import FactRow
from entrepot.storage.session import reader
from entrepot.testkit.providers import BANK, webhook
from entrepot.testkit.small_shop import small_shop

NEWS = st.sampled_from([Outcome.PENDING, Outcome.AUTHORIZED, Outcome.CAPTURED, Outcome.DECLINED, Outcome.UNKNOWN])


class PaymentNews(RuleBasedStateMachine):
    """Webhooks (late, repeated, lying), return pages, polls, lost answers, refunds and cancelling, at random."""

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self._folder = Path(tempfile.mkdtemp())
        self.shop = self._stack.enter_context(small_shop(f"sqlite:///{self._folder / 'shop.db'}", self._folder))
        placed = self.shop.place()
        assert placed.payment is not None
        self.number, self.attempt_id = placed.number, placed.payment.id
        self.order_id = orders.id_of(self.number) or 0
        self.refund_keys = 0

    @property
    def attempt(self) -> payments.AttemptView:
        return payments.attempts(self.order_id)[0]

    @rule(outcome=NEWS, event=st.integers(1, 4), lie=st.booleans())
    def webhook(self, outcome: Outcome, event: int, lie: bool) -> None:
        amount = Money(1, "EUR") if lie else self.attempt.amount
        body, headers = webhook(f"{outcome}-{event}", self.attempt.reference, outcome, amount)
        inbox.handle_webhook(self.shop.runtime, self.attempt.account_id, body, headers)

    @rule(outcome=NEWS)
    def vendor_decides(self, outcome: Outcome) -> None:
        if BANK.payments[self.attempt.reference].outcome is not Outcome.CAPTURED:
            BANK.decide(self.attempt.reference, outcome)

    @rule()
    def return_page(self) -> None:
        service.fetch(self.shop.runtime, self.attempt_id, actor="buyer")

    @rule(minutes=st.integers(1, 40))
    def time_passes(self, minutes: int) -> None:
        self.shop.clock.move(timedelta(minutes=minutes))
        polling.poll_due(self.shop.runtime)
        order_service.cancel_unpaid(self.shop.runtime)

    @rule(cents=st.integers(1, 3000), lost=st.booleans(), repeat=st.booleans())
    def refund(self, cents: int, lost: bool, repeat: bool) -> None:
        self.refund_keys += 0 if repeat else 1
        BANK.refund = ProviderUnavailable("lost", uncertain=True) if lost else Outcome.CAPTURED
        with suppress(PaymentError):  # more than is left, or the key of another amount: nothing changes
            refunds.refund(
                self.shop.runtime,
                self.attempt_id,
                amount=Money(cents, "EUR"),
                reason="",
                actor="staff:anna",
                idempotency_key=f"refund-{self.refund_keys}",
            )
        BANK.refund = Outcome.CAPTURED

    @rule()
    def cancel(self) -> None:
        with suppress(NotAllowed):
            order_service.cancel(self.shop.runtime, self.number, reason="", actor="staff:anna")

    @invariant()
    def paid_once_or_not_at_all(self) -> None:
        attempt = self.attempt
        assert attempt.captured in (Money.zero("EUR"), attempt.amount)
        assert (attempt.state == "captured") is (attempt.captured.minor > 0)
        captures = reader().query(FactRow).filter(FactRow.kind.in_(["payment_captured", "payment_came_late"])).count()
        assert captures == (1 if attempt.captured.minor else 0)

    @invariant()
    def never_more_back_than_taken(self) -> None:
        attempt = self.attempt
        assert attempt.refunded <= attempt.captured
        sent = sum(result.amount.minor for result in BANK.refunds.values())
        assert sent <= attempt.captured.minor

    @invariant()
    def the_ledger_sums_to_zero(self) -> None:
        postings = order_postings(reader(), self.order_id)
        assert sum(amount.minor for *_, amount in postings) == 0
        order = orders.order_view(number=self.number)
        assert order is not None
        if order.status != "cancelled":
            owed = sum(amount.minor for _, _, account, amount in postings if account == "receivable")
            assert owed == (order.total - order.paid).minor

    def teardown(self) -> None:
        self._stack.close()
        shutil.rmtree(self._folder)


PaymentNews.TestCase.settings = settings(
    max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)


@pytest.mark.covers("G5", "G8", "S2.14", "S2.15")
class TestPaymentNews(PaymentNews.TestCase):  # type: ignore[name-defined,misc]
    pass
