"""Disputes: told completely, so that the books can follow and a person can answer in time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import pytest

from entrepot.sdk import DisputeNews, DisputeState, Money, PaymentEvent
from entrepot.testkit.conformance.webhooks import WebhookBehaviours
from entrepot.testkit.signing import SignedWebhook
from entrepot.testkit.verdict import require


class DisputeBehaviours(WebhookBehaviours):
    """Part of PaymentConformance, for vendors that tell of disputes. The subclass sets ``dispute_webhook``."""

    #: A genuine webhook about a dispute of a payment; without one these tests are skipped.
    dispute_webhook: ClassVar[SignedWebhook | None] = None

    def test_dispute_is_told_with_its_reference_amount_and_state(self) -> None:
        for event in self._disputes():
            news = event.dispute
            require(
                isinstance(news, DisputeNews) and isinstance(news.state, DisputeState) and bool(news.reference),
                f"The webhook about a dispute gave {news!r}.",
                costs="the bank takes the money back and nobody in the shop is told before the time to answer is over.",
                remedy="fill PaymentEvent.dispute: DisputeNews(state, the vendor's id of the dispute, amount, …).",
            )
            require(
                isinstance(news.amount, Money) and news.amount.minor > 0 and news.amount.currency == self._paid(event),
                f"The dispute's amount is {news.amount!r}.",
                costs="the books show money that the bank has taken back.",
                remedy="give the amount that is taken back, above zero, in the currency of the payment.",
            )

    def test_dispute_leaves_the_payment_what_it_was(self) -> None:
        for event in self._disputes():
            require(
                event.result.reference != event.dispute.reference
                and event.result.amount != Money(0, self._paid(event)),
                f"The dispute {event.dispute.reference} is told as the payment {event.result!r}.",
                costs="the dispute finds no order, or the payment is taken for another one.",
                remedy="fill result with the payment's own id, state and amount, dispute with those of the dispute.",
            )

    def test_dispute_says_when_it_happened(self) -> None:
        for event in self._disputes():
            require(
                event.occurred_at is not None and event.occurred_at.tzinfo is not None,
                "The event about a dispute has no time.",
                costs="of two verdicts that arrive in the wrong order the older one stands, and the books with it.",
                remedy="set occurred_at to the vendor's own time of the event, with its time zone.",
            )
            due = event.dispute.due
            require(
                due is None or due.tzinfo is not None,
                f"The answer is due {due!r}, in no time zone.",
                costs="the answer is sent a few hours too late, and the dispute is lost.",
                remedy="datetime.fromtimestamp(…, UTC), or the vendor's offset.",
            )

    def _disputes(self) -> Iterator[Any]:
        self.need("webhook")
        if self.dispute_webhook is None:
            pytest.skip("The test class names no dispute_webhook.")
        events = self.parse(self.dispute_webhook)
        require(
            bool(events) and all(isinstance(event, PaymentEvent) and event.dispute for event in events),
            f"The webhook about a dispute gave {events!r}.",
            costs="the bank takes the money back and nobody in the shop is told.",
            remedy="return PaymentEvent(…, dispute=DisputeNews(…)).",
        )
        yield from events

    def _paid(self, event: PaymentEvent) -> str:
        return event.result.amount.currency
