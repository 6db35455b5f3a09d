"""Amounts of money: sent to the last digit, reported as the vendor says."""

from __future__ import annotations

import pytest

from entrepot.sdk import (
    Money,
    PaymentResult,
)
from entrepot.testkit.conformance.amounts import find_amount, has_float
from entrepot.testkit.conformance.bench import Operation
from entrepot.testkit.conformance.mutation import parsed
from entrepot.testkit.conformance.payment_samples import PaymentSamples
from entrepot.testkit.verdict import require


class AmountBehaviours(PaymentSamples):
    """Part of PaymentConformance."""

    def test_euro_amount_is_sent_exactly(self) -> None:
        self._require_amount_sent(Money(1990, "EUR"))

    def test_yen_amount_is_sent_without_decimals(self) -> None:
        self._require_amount_sent(Money(1993, "JPY"))

    def test_dinar_amount_is_sent_with_three_decimals(self) -> None:
        self._require_amount_sent(Money(19930, "KWD"))

    def test_large_amount_is_sent_exactly(self) -> None:
        self._require_amount_sent(Money(987_654_321, "EUR"))

    def test_one_cent_is_sent_exactly(self) -> None:
        self._require_amount_sent(Money(1, "EUR"))

    def test_reported_amount_is_the_vendors(self) -> None:
        result = self._started()
        require(
            result.amount == self.amount,
            f"{self.amount} was asked and answered, but start() reports {result.amount}.",
            costs="every payment ends in the list of differences.",
            remedy="read amount and currency from the vendor's answer, in minor units of that currency.",
        )

    def test_lying_vendor_is_quoted_and_not_corrected(self) -> None:
        http = self.http()
        asked = Money(self.amount.minor + 1111, self.amount.currency)
        result = self.provider(http).start(self.payment_request(asked))
        quoted = [reply for reply in http.replies if find_amount(parsed(reply), self.amount)]
        if not quoted:
            pytest.skip("The vendor's answer to start does not repeat the amount of the sample.")
        require(
            result.amount == self.amount,
            f"The vendor said {self.amount}, {asked} was asked, and start() reports {result.amount}.",
            costs="a buyer who lowers the amount on the way gets the goods for a cent: the core can no longer see it.",
            remedy="report the amount of the vendor's answer, never request.amount.",
        )

    def _require_amount_sent(self, amount: Money) -> None:
        accepted: frozenset[str] = getattr(self.provider_class, "currencies", frozenset())
        if accepted and amount.currency not in accepted:
            pytest.skip(f"The provider does not take {amount.currency}.")
        http = self.http()
        operation = Operation(lambda provider: provider.start(self.payment_request(amount)))
        outcome = self.outcome_of("start", operation, http)
        writes = [sent for sent in http.requests if sent.writes]
        if not http.requests:
            require(
                isinstance(outcome, PaymentResult) and outcome.amount == amount,
                f"{amount} was asked and start() reports {outcome!r}.",
                costs="the buyer is told to pay another amount.",
                remedy="use request.amount as it is.",
            )
            return
        require(
            any(find_amount(sent.payload, amount) for sent in writes) and not any(map(has_float, writes)),
            f"{amount} (minor units {amount.minor}) was sent as {[sent.payload for sent in writes]!r}.",
            costs="yen have no cents and dinars have three decimals: a factor of 100 charges 100 times too much.",
            remedy="send amount.minor, or str(amount.decimal) where the vendor wants decimals; never a float.",
        )
