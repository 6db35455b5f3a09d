"""What the test payment service can do: each step changes a payment and plans its webhooks in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from entrepot.sdk import Clock
from entrepot_payment_sandbox.simulator import payment as steps
from entrepot_payment_sandbox.simulator.answers import event_view, payment_view
from entrepot_payment_sandbox.simulator.faults import MAGIC_AMOUNTS, Faults, normalised, read_faults, spent
from entrepot_payment_sandbox.simulator.payment import UNDECIDED, Dispute, Payment, Refund
from entrepot_payment_sandbox.simulator.storage import Store
from entrepot_payment_sandbox.simulator.webhooks import Courier, planned

#: How long the merchant may answer a dispute: a week.
ANSWER_WITHIN_S = 7 * 24 * 3600


class PaymentService:
    """Payments, refunds, faults of one merchant. After a step the caller says ``send_news``, outside transactions."""

    def __init__(self, store: Store, clock: Clock, *, base_url: str, first_pause_s: float) -> None:
        self.store = store
        self.base_url = base_url
        self._clock = clock
        self.courier = Courier(store, clock, first_pause_s=first_pause_s, on_arrival=self.arrive)

    def create(self, order: Mapping[str, Any], faults: Mapping[str, Any]) -> Payment:
        """A new open payment for a checked order; its amount may switch a fault on."""
        magic = MAGIC_AMOUNTS.get(order["amount"], {})
        created = Payment(
            **order,
            id=self.store.new_id("pay"),
            created=int(self.now),
            faults=normalised({**magic, **faults}),
        )
        self.store.save(created)
        return created

    def authorize(self, payment_id: str, amount: int) -> Payment:
        """The bank grants another amount than was asked for; it is captured by hand."""
        return self._step(payment_id, lambda payment: [steps.authorized(payment, amount)])

    def capture(self, payment_id: str, amount: int | None) -> Payment:
        return self._step(payment_id, lambda payment: [steps.captured(payment, amount)])

    def void(self, payment_id: str) -> Payment:
        return self._step(payment_id, lambda payment: [steps.cancelled(payment)])

    def refund(self, payment_id: str, amount: int, reason: str) -> Refund:
        with self.store.transaction():
            refund = Refund(self.store.new_id("ref"), amount, reason)
            after = steps.refunded(self.store.payment(payment_id), refund)
            self._commit([after], refund)
        return refund

    def dispute(self, payment_id: str, amount: int | None, reason: str) -> Dispute:
        """The buyer's bank takes money back, all that was taken unless ``amount`` says less."""
        with self.store.transaction():
            payment = self.store.payment(payment_id)
            asked = payment.captured if amount is None else amount
            opened = Dispute(self.store.new_id("dp"), asked, reason, int(self.now) + ANSWER_WITHIN_S)
            self._commit([steps.disputed(payment, opened)], opened)
        return opened

    def judge(self, payment_id: str, status: str) -> Dispute:
        """The bank's verdict on the latest open dispute."""
        with self.store.transaction():
            after, verdict = steps.judged(self.store.payment(payment_id), status)
            self._commit([after], verdict)
        return verdict

    def choose(self, payment_id: str, method: str, faults: Mapping[str, Any]) -> Payment:
        """Remember how the buyer pays, and which faults were set on the page."""
        with self.store.transaction():
            payment = steps.chosen(self.store.payment(payment_id), method)
            after = replace(payment, faults={**payment.faults, **normalised(faults)})
            self.store.save(after)
        return after

    def pay(self, payment_id: str) -> Payment:
        """The buyer agreed: the money comes, or is declined when that fault is on."""
        return self._buyer_step(payment_id, self._paid_or_declined)

    def decline(self, payment_id: str) -> Payment:
        return self._buyer_step(payment_id, lambda payment: [steps.declined(payment)])

    def cancel(self, payment_id: str) -> Payment:
        return self._buyer_step(payment_id, lambda payment: [steps.cancelled(payment)])

    def promise_transfer(self, payment_id: str, *, after_s: int | None) -> Payment:
        """The buyer will transfer the money; it arrives after some seconds, or when POST /control/arrive says so."""
        with self.store.transaction():
            payment = self._buyer_step(payment_id, lambda payment: [steps.processing(payment)])
            if after_s is not None:
                self.store.expect_arrival(payment_id, due=self.now + after_s)
        return payment

    def arrive(self, payment_id: str) -> None:
        """The bank transfer arrives; nothing happens when the payment was decided otherwise meanwhile."""
        with self.store.transaction():
            self.store.take_arrivals(now=float("inf"), payment_id=payment_id)
            payment = self.store.payment(payment_id)
            if payment.status == "processing":
                self._commit(self._paid_or_declined(payment))
        self.send_news(payment_id)

    def send_news(self, payment_id: str) -> None:
        """Let the webhooks go: now and before this returns when that fault is on, else in the background."""
        if self.faults_of(self.store.payment(payment_id)).before_return:
            self.courier.deliver_now(payment_id)
        else:
            self.courier.wake()

    def release(self, payment_id: str = "") -> None:
        """Send what is held back."""
        self.store.release(now=self.now, payment_id=payment_id)
        self.courier.wake()

    def set_faults(self, faults: Mapping[str, Any], payment_id: str = "") -> None:
        """Replace the switches of one payment, or those for everybody."""
        with self.store.transaction():
            if payment_id:
                self.store.save(replace(self.store.payment(payment_id), faults=normalised(faults)))
            else:
                self.store.set_setting("faults", normalised(faults))

    def faults_of(self, payment: Payment | None = None) -> Faults:
        """The switches for everybody, and on top those of the payment."""
        everywhere = read_faults(self.store.setting("faults", {}))
        return read_faults(payment.faults, everywhere) if payment else everywhere

    def strikes(self, fault: str, payment: Payment | None = None) -> bool:
        """Whether a counting fault works now; counts it down."""
        with self.store.transaction():
            if not getattr(self.faults_of(payment), fault):
                return False
            if payment and fault in payment.faults:
                self.store.save(replace(payment, faults=spent(payment.faults, fault)))
            else:
                self.store.set_setting("faults", spent(self.store.setting("faults", {}), fault))
        return True

    def view(self, payment: Payment) -> dict[str, Any]:
        """The payment as the shop reads it, lies included."""
        return payment_view(payment, lie=self.faults_of(payment).lying_amount, base_url=self.base_url)

    @property
    def now(self) -> float:
        return self._clock.now().timestamp()

    def _paid_or_declined(self, payment: Payment) -> list[Payment]:
        return [steps.declined(payment)] if self.faults_of(payment).decline else steps.paid(payment)

    def _buyer_step(self, payment_id: str, step: Callable[[Payment], list[Payment]]) -> Payment:
        """A step of the buyer; a second click changes nothing."""
        with self.store.transaction():
            payment = self.store.payment(payment_id)
            return self._step(payment_id, step) if payment.status in UNDECIDED else payment

    def _step(self, payment_id: str, step: Callable[[Payment], list[Payment]]) -> Payment:
        with self.store.transaction():
            states = step(self.store.payment(payment_id))
            self._commit(states)
        return states[-1]

    def _commit(self, states: list[Payment], about: Refund | Dispute | None = None) -> None:
        """Save the last state and plan one webhook per state."""
        last = states[-1]
        self.store.save(last)
        if not last.webhook_url:
            return
        events = [
            event_view(self.view(state), about, id=self.store.new_id("evt"), created=int(self.now)) for state in states
        ]
        for delivery in planned(events, url=last.webhook_url, faults=self.faults_of(last), now=self.now):
            self.store.add_delivery(delivery)
