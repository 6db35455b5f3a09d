"""Refunds: never more than was taken, never in another currency."""

from __future__ import annotations

from entrepot.sdk import (
    Money,
    ProviderError,
    ProviderRejected,
    Unsupported,
)
from entrepot.testkit.conformance.amounts import find_amount
from entrepot.testkit.conformance.bench import Operation
from entrepot.testkit.conformance.payment_samples import PaymentSamples
from entrepot.testkit.verdict import refuse, require, told


class RefundBehaviours(PaymentSamples):
    """Part of PaymentConformance."""

    def test_refund_of_more_than_refundable_is_refused_before_the_network(self) -> None:
        self.need("refund")
        self._require_refused_unsent(Money(self.amount.minor + 1, self.amount.currency), self.amount)

    def test_refund_when_nothing_is_refundable_is_refused_before_the_network(self) -> None:
        self.need("refund")
        self._require_refused_unsent(self.amount, Money.zero(self.amount.currency))

    def test_refund_in_another_currency_is_refused_before_the_network(self) -> None:
        self.need("refund")
        other = "USD" if self.amount.currency != "USD" else "EUR"
        self._require_refused_unsent(Money(self.amount.minor, other), self.amount)

    def test_partial_refund_sends_the_part_or_is_refused(self) -> None:
        self.need("refund")
        part = Money(self.amount.minor // 2, self.amount.currency)
        if not self.offers("partial_refund"):
            self._require_refused_unsent(part, self.amount)
            return
        http = self.http()
        self.outcome_of("refund", Operation(lambda p: p.refund(self.refund_request(part))), http)
        writes = [sent for sent in http.requests if sent.writes]
        require(
            not writes or find_amount(writes[-1].payload, part),
            f"A refund of {part} was sent as {writes[-1].payload if writes else ''!r}.",
            costs="the whole order is refunded for one returned item.",
            remedy="send request.amount with every refund.",
        )

    def test_partial_refund_needs_refund(self) -> None:
        require(
            self.offers("refund") or not self.offers("partial_refund"),
            "Capability 'partial_refund' is declared without 'refund'.",
            costs="the back office offers a refund that cannot be made.",
            remedy="declare both or neither.",
        )

    def _require_refused_unsent(self, amount: Money, refundable: Money) -> None:
        request = self.refund_request(amount, refundable)
        provider, http = self._with_http()
        try:
            outcome = provider.refund(request)
        except (ProviderRejected, Unsupported) as error:
            outcome = error
        except Exception as error:
            refuse(
                f"A refund of {amount} with {refundable} refundable ended in {told(error)}.",
                costs="staff see a crash in place of the reason.",
                remedy="compare currency first, then amount; raise ProviderRejected.",
            )
        require(
            isinstance(outcome, ProviderError) and not http.requests,
            f"A refund of {amount} with {refundable} refundable was not refused before the network.",
            costs="two members of staff refund the same order, and the vendor pays both from your balance.",
            remedy="compare request.amount with request.refundable first and raise ProviderRejected.",
        )
