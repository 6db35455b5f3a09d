"""The real sandbox plugin, the real services: in whatever order news comes, an order is paid once or not at all."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack, suppress
from datetime import timedelta
from importlib.metadata import EntryPoint
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from entrepot.checkout import service as checkout
from entrepot.kernel.money import Money
from entrepot.ledger.service import order_postings
from entrepot.orders import queries as orders
from entrepot.orders import service as order_service
from entrepot.payments import inbox, polling, refunds, service
from entrepot.payments import queries as payments
from entrepot.sdk.errors import EntrepotError
from entrepot.storage.models import FactRow
from entrepot.storage.session import reader
from entrepot.testkit import small_shop
from support.payment_vendor import Vendor

PLUGINS = (*small_shop.PLUGINS, EntryPoint("payment-sandbox", "entrepot_payment_sandbox", "entrepot.plugins"))
ENDED = frozenset({"declined", "cancelled", "expired"})
STAFF = "staff:anna"
MISBEHAVIOUR = st.sampled_from(
    [
        {},
        {"error_500": 1},
        {"error_500": 3},
        {"garbage": 1},
        {"garbage": 3},
        {"timeout_after_capture": 1},
        {"timeout_after_capture": -1},
        {"lying_amount": "amount"},
        {"lying_amount": "currency"},
        {"duplicate": 3},
        {"reorder": True},
        {"decline": True},
    ]
)


class PaymentNews(RuleBasedStateMachine):
    """Buyer, vendor, webhooks, return page, poll and staff act in any order; answers get lost, the vendor lies."""

    capture_method = "automatic"

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self._folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        self._stack.enter_context(mock.patch.object(small_shop, "PLUGINS", PLUGINS))
        url = f"sqlite:///{self._folder / 'shop.db'}"
        self.shop = self._stack.enter_context(small_shop.small_shop(url, self._folder))
        self.runtime = self.shop.runtime
        self.vendor = Vendor(self._folder / "vendor", self.shop.clock)
        self._stack.callback(self.vendor.close)
        self._stack.enter_context(self.vendor.reachable())
        config = {**self.vendor.config, "capture_method": self.capture_method}
        self.account = self.runtime.accounts.create("payment", "sandbox", label="Cards", config=config).id
        self.number = ""
        self.lied = False
        self.parts: dict[str, int] = {}
        self.keys = 0

    @precondition(lambda self: not self.number)
    @rule(fault=MISBEHAVIOUR)
    def the_order_is_placed(self, fault: dict[str, object]) -> None:
        self.vendor_misbehaves(fault)
        token = self.shop.cart()
        quote = checkout.choose_shipping(
            self.runtime, token, account_id=self.shop.accounts["flat"], service="standard"
        )  # fmt: skip
        placed = checkout.place_order(
            self.runtime,
            cart_token=token,
            quote_id=quote.id,
            expected_total=quote.total,
            payment_account_id=self.account,
            idempotency_key="order",
            return_url=lambda attempt_id: service.return_url(self.runtime, attempt_id),
        )
        self.number = placed.number
        self.order_id = orders.id_of(placed.number) or 0

    @precondition(lambda self: self.number)
    @rule(again=st.booleans())
    def the_buyer_tries_again(self, again: bool) -> None:
        with suppress(EntrepotError):
            if self.attempts and self.attempts[-1].state in ENDED:
                attempt_id = service.try_again(self.runtime, order_id=self.order_id, account_id=self.account)
                service.start(self.runtime, attempt_id, return_url=service.return_url(self.runtime, attempt_id))

    @precondition(lambda self: self.number)
    @rule(
        which=st.integers(0, 3),
        button=st.sampled_from(["pay", "pay", "decline", "cancel"]),
        method=st.sampled_from(["card", "bank_transfer"]),
    )
    def the_buyer_presses_a_button_of_the_payment_page(self, which: int, button: str, method: str) -> None:
        payment = self._payment(which)
        if payment is not None:
            self.vendor.press(payment.id, button, method=method)

    @precondition(lambda self: self.number)
    @rule(which=st.integers(0, 3))
    def a_bank_transfer_arrives(self, which: int) -> None:
        payment = self._payment(which)
        if payment is not None:
            self.vendor.service.arrive(payment.id)

    @precondition(lambda self: self.number)
    @rule(which=st.integers(0, 40), times=st.integers(1, 2))
    def a_webhook_arrives(self, which: int, times: int) -> None:
        """Any of all that were ever sent: in another order, late, again."""
        planned = self.vendor.deliveries()
        for _ in range(times if planned else 0):
            body, headers = self.vendor.signed(planned[which % len(planned)])
            inbox.handle_webhook(self.runtime, self.account, body, headers)

    @precondition(lambda self: self.number)
    @rule(which=st.integers(0, 2))
    def the_buyer_comes_back(self, which: int) -> None:
        attempts = self.attempts
        service.fetch(self.runtime, attempts[which % len(attempts)].id, actor="buyer")

    @precondition(lambda self: self.number)
    @rule(minutes=st.integers(1, 50))
    def time_passes(self, minutes: int) -> None:
        self.shop.clock.move(timedelta(minutes=minutes))
        polling.poll_due(self.runtime)
        order_service.cancel_unpaid(self.runtime)

    @precondition(lambda self: self.number)
    @rule(fault=MISBEHAVIOUR)
    def vendor_misbehaves(self, fault: dict[str, object]) -> None:
        self.lied = self.lied or "lying_amount" in fault
        self.vendor.service.set_faults(fault)

    @precondition(lambda self: self.number)
    @rule(part=st.none() | st.integers(1, 2490))
    def staff_capture(self, part: int | None) -> None:
        attempt = self._last("authorized")
        if attempt is None:
            return
        if part is not None:
            self.parts.setdefault(attempt.id, part)
        amount = None if part is None else Money(part, "EUR")
        with suppress(EntrepotError):
            service.capture(self.runtime, attempt.id, amount=amount, actor=STAFF)

    @precondition(lambda self: self.number)
    @rule()
    def staff_release(self) -> None:
        attempt = next((attempt for attempt in self.attempts if attempt.can_void), None)
        if attempt is not None:
            with suppress(EntrepotError):
                service.void(self.runtime, attempt.id, actor=STAFF)

    @precondition(lambda self: self.number)
    @rule(cents=st.integers(1, 2600), repeat=st.booleans())
    def staff_refund(self, cents: int, repeat: bool) -> None:
        attempt = self._last("captured")
        if attempt is None:
            return
        self.keys += 0 if repeat else 1
        with suppress(EntrepotError):  # more than is left, or the key of another amount: nothing changes
            refunds.refund(
                self.runtime,
                attempt.id,
                amount=Money(cents, "EUR"),
                reason="",
                actor=STAFF,
                idempotency_key=f"refund-{self.keys}",
            )

    @precondition(lambda self: self.number)
    @rule()
    def staff_cancel(self) -> None:
        with suppress(EntrepotError):
            order_service.cancel(self.runtime, self.number, reason="", actor=STAFF)

    @property
    def attempts(self) -> list[payments.AttemptView]:
        return payments.attempts(self.order_id)

    @precondition(lambda self: self.number)
    @invariant()
    def paid_once_or_not_at_all(self) -> None:
        for attempt in self.attempts:
            allowed = {0, attempt.amount.minor, self.parts.get(attempt.id, 0)}
            assert attempt.captured.minor in allowed
            assert (attempt.state == "captured") is (attempt.captured.minor > 0)
        taken = [attempt for attempt in self.attempts if attempt.captured.minor]
        assert self._facts("payment_captured", "payment_came_late") == len(taken)
        order = orders.order_view(number=self.number)
        assert order is not None
        kept = sum(attempt.refundable.minor for attempt in taken)
        assert kept <= order.total.minor or any(attempt.attention for attempt in taken)

    @precondition(lambda self: self.number)
    @invariant()
    def never_more_than_the_vendor_took_nor_more_back(self) -> None:
        """The vendor's word counts also when we do not know it yet."""
        theirs = {payment.id: payment for payment in self.vendor.payments()}
        for attempt in self.attempts:
            assert attempt.refunded <= attempt.captured
            vendors = theirs.get(attempt.reference)
            assert attempt.captured.minor <= (vendors.captured if vendors else 0)
            assert attempt.refunded.minor <= (vendors.refunded if vendors else 0)

    @precondition(lambda self: self.number)
    @invariant()
    def the_ledger_sums_to_zero(self) -> None:
        postings = order_postings(reader(), self.order_id)
        assert sum(amount.minor for *_, amount in postings) == 0
        order = orders.order_view(number=self.number)
        assert order is not None
        if order.status != "cancelled":
            owed = sum(amount.minor for _, _, account, amount in postings if account == "receivable")
            assert owed == order.total.minor - sum(attempt.captured.minor for attempt in self.attempts)

    def teardown(self) -> None:
        try:
            if self.number:
                self._everybody_is_well_again()
        finally:
            self._stack.close()

    def _everybody_is_well_again(self) -> None:
        """All webhooks are lost for good; the poll alone finds out how things stand."""
        self.vendor.service.set_faults({})
        for payment in self.vendor.payments():
            self.vendor.service.set_faults({}, payment.id)
        for _ in range(4):
            self.shop.clock.move(timedelta(hours=7))
            polling.poll_due(self.runtime)
        theirs = {payment.id: payment for payment in self.vendor.payments()}
        for attempt in self.attempts:
            if attempt.attention:
                continue  # a person was told
            vendors = theirs[attempt.reference]
            assert attempt.captured.minor == vendors.captured, (attempt.state, vendors.status)
            assert attempt.refunded.minor == vendors.refunded
            assert attempt.state != "authorized" or vendors.status == "authorized"
        known = {attempt.reference for attempt in self.attempts}
        assert not [payment for payment in theirs.values() if payment.captured and payment.id not in known]

    def _payment(self, which: int):  # type: ignore[no-untyped-def]
        found = self.vendor.payments()
        return found[which % len(found)] if found else None

    def _last(self, state: str) -> payments.AttemptView | None:
        return next((attempt for attempt in reversed(self.attempts) if attempt.state == state), None)

    def _facts(self, *kinds: str) -> int:
        return reader().query(FactRow).filter(FactRow.kind.in_(kinds)).count()


class PaymentNewsOfManualCapture(PaymentNews):
    """The same, where staff take the money later."""

    capture_method = "manual"


for machine in (PaymentNews, PaymentNewsOfManualCapture):
    machine.TestCase.settings = settings(
        max_examples=8, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
    )


@pytest.mark.covers("G5", "G8", "S2.14", "S2.15")
class TestPaymentNews(PaymentNews.TestCase):  # type: ignore[name-defined,misc]
    pass


@pytest.mark.covers("G5", "G8", "S2.14", "S2.15")
class TestPaymentNewsOfManualCapture(PaymentNewsOfManualCapture.TestCase):  # type: ignore[name-defined,misc]
    pass
