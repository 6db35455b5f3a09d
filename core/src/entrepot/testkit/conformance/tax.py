"""What a tax calculator owes a shop: sums that agree, a source for every number, and no unknown shown as zero."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import ClassVar

import pytest

from entrepot.sdk import Certainty, Money, ProviderError, TaxLine, TaxQuestion
from entrepot.testkit.conformance.provider import ProviderConformance
from entrepot.testkit.conformance.tax_sums import TaxSumBehaviours
from entrepot.testkit.samples import address
from entrepot.testkit.verdict import refuse, require, told

_LONG_AGO = datetime(1950, 1, 1, tzinfo=UTC)


class TaxConformance(TaxSumBehaviours, ProviderConformance):
    """Inherit, name ``provider_class``, ``config``, a lane that is taxed and, best of all, ``known_rates``."""

    registration_hook = "entrepot_register_tax_calculators"
    country_not_served: ClassVar[str] = "AQ"
    #: A buyer's tax id that the calculator takes as valid.
    buyer_tax_id: ClassVar[str] = "ATU12345675"
    #: Worked examples: {(country, category, date): rate as a fraction}.
    known_rates: ClassVar[Mapping[tuple[str, str, str], str]] = {}

    def test_every_line_is_answered_in_order(self) -> None:
        question = self.question()
        answered = [line.id for line in self.answer(question).lines]
        asked = [line.id for line in question.lines]
        require(
            answered == asked,
            f"Asked for {asked}, answered {answered}.",
            costs="the tax of the book is printed beside the wine.",
            remedy="return one TaxedLine per TaxLine, same id, same order; do not group by rate.",
        )

    def test_answer_is_in_the_asked_currency(self) -> None:
        for currency in ("EUR", "JPY", "KWD"):
            for line in self.answer(self.question(currency=currency)).lines:
                require(
                    {line.net.currency, line.tax.currency, line.gross.currency} == {currency},
                    f"{line.id}: {currency} was asked, {line!r} came back.",
                    costs="the cart cannot be added up.",
                    remedy="compute with the Money of the line; never build one with a currency of your own.",
                )

    def test_no_lines_have_no_tax(self) -> None:
        answer = self.answer(self.question(lines=()))
        require(
            answer.lines == (),
            f"No lines were asked, {answer.lines!r} came back.",
            costs="an empty cart costs something.",
            remedy="return TaxAnswer(()) for no lines.",
        )

    def test_every_known_line_cites_a_dated_source(self) -> None:
        for line in self.answer(self.question()).lines:
            if line.certainty is Certainty.UNKNOWN:
                continue
            require(
                line.rule.id and line.rule.version and line.rule.source,
                f"{line.id}: the rule {line.rule!r} lacks id, version or source.",
                costs="nobody can prove to the tax office, or to the buyer, why it was this rate.",
                remedy="RuleRef(id, version, text, source) from the rule pack's record.",
            )

    def test_every_line_says_what_the_tax_is(self) -> None:
        for line in self.answer(self.question()).lines:
            require(
                line.label.strip() and isinstance(line.certainty, Certainty),
                f"{line.id}: label {line.label!r}, certainty {line.certainty!r}.",
                costs="an amount without a name on the invoice.",
                remedy='label it as the buyer knows it: "VAT 19 %".',
            )

    def test_what_is_not_known_is_not_charged(self) -> None:
        for line in self.answer(self.question()).lines:
            require(
                line.certainty is Certainty.KNOWN or line.tax.is_zero,
                f"{line.id}: {line.tax} is charged although it is {line.certainty}.",
                costs="tax collected without a rule must be paid to the state and repaid to the buyer.",
                remedy="charge only KNOWN amounts.",
            )

    def test_date_before_all_rules_is_not_a_known_zero(self) -> None:
        self._require_no_known_zero(self.question(at=_LONG_AGO), "a date before every rule")

    def test_lane_not_served_is_not_a_known_zero(self) -> None:
        question = self.question(destination=address(self.country_not_served))
        if self.provider().serves(question):
            self._require_no_known_zero(question, f"a buyer in {self.country_not_served}")

    def test_category_nobody_knows_is_not_a_known_zero(self) -> None:
        line = TaxLine("x", Money(1990, self.currency), tax_category="no-such-category")
        self._require_no_known_zero(self.question(line), "a tax category that nobody knows")

    def test_serves_its_own_lane(self) -> None:
        require(
            self.provider().serves(self.question()) is True,
            f"serves() does not answer True for {self.origin_country} to {self.destination_country}.",
            costs="the calculator is installed and no order is taxed.",
            remedy="return True for lanes with rules; set origin_country and destination_country to one of them.",
        )

    def test_buyer_with_tax_id_is_answered_with_a_reason(self) -> None:
        answer = self.answer(self.question(buyer_tax_id=self.buyer_tax_id))
        taxed = self.answer(self.question())
        lifted = [line for line, before in zip(answer.lines, taxed.lines, strict=True) if line.tax != before.tax]
        require(
            not lifted or answer.notices,
            f"With a buyer's tax id {len(lifted)} lines are taxed differently and no notice says why.",
            costs="a reverse-charge invoice without its sentence is not valid: the merchant owes the tax.",
            remedy="add the rule's sentence to TaxAnswer.notices.",
        )

    def test_malformed_tax_id_changes_nothing(self) -> None:
        plain = [line.tax for line in self.answer(self.question()).lines]
        for tax_id in ("x", "DE", "<b>", "0" * 200):
            answer = self.answer(self.question(buyer_tax_id=tax_id))
            require(
                [line.tax for line in answer.lines] == plain,
                f"The buyer typed {tax_id[:20]!r} as a tax id and the tax changed.",
                costs="consumers learn that any text in the field saves 19 %.",
                remedy="lift the tax only for ids of the right form; the core passes validated ones.",
            )

    def test_same_question_has_the_same_answer(self) -> None:
        calculator = self.provider()
        first, again, fresh = (c.calculate(self.question()) for c in (calculator, calculator, self.provider()))
        require(
            first == again == fresh,
            "The same question gave different answers.",
            costs="quote and order disagree, and the order is refused.",
            remedy="no state in the calculator; question.at is the only clock.",
        )

    def test_calculating_touches_no_network(self) -> None:
        http = self.http()
        self.provider(http).calculate(self.question())
        require(
            not http.requests,
            f"calculate() asked for {', '.join(map(str, http.requests))}.",
            costs="every cart page waits for a foreign server.",
            remedy="ship the rates as dated data with the plugin.",
        )

    def test_worked_examples(self) -> None:
        if not self.known_rates:
            pytest.skip("The test class names no known_rates.")
        for (country, category, day), rate in self.known_rates.items():
            at = datetime.fromisoformat(f"{day}T12:00:00+00:00")
            line = TaxLine("x", Money(10000, self.currency), tax_category=category)
            question = self.question(line, destination=address(country), at=at, prices_include_tax=False)
            found = self.answer(question).lines[0]
            require(
                found.rate == Decimal(rate),
                f"{category} in {country} on {day} is {rate}, the calculator says {found.rate} ({found.rule}).",
                costs="a wrong rate on every order from that day on.",
                remedy="correct the record, or its effective_from (inclusive) and effective_to (exclusive).",
            )

    def _require_no_known_zero(self, question: TaxQuestion, what: str) -> None:
        try:
            answer = self.provider().calculate(question)
        except ProviderError:
            return
        except Exception as error:
            refuse(
                f"{what} ended in {told(error)}.",
                costs="checkout shows an error page.",
                remedy="answer Certainty.UNKNOWN with zero tax.",
            )
        zeroes = [line for line in answer.lines if line.certainty is Certainty.KNOWN and line.tax.is_zero]
        big = {line.id for line in question.lines if abs(line.amount.minor) > 100}
        require(
            not [line for line in zeroes if line.id in big],
            f"{what} was answered with a KNOWN tax of zero.",
            costs="the merchant pays the tax out of the margin when the assessment comes.",
            remedy="Certainty.UNKNOWN when there is no rule, NOT_DUE when a rule says so.",
        )
