"""What a tax calculator owes a shop: sums that agree, a source for every number, and no unknown shown as zero."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar

import pytest

from entrepot.sdk import Certainty, Money, ProviderError, TaxAnswer, TaxedLine, TaxLine, TaxQuestion
from entrepot.testkit.conformance.bench import Operation
from entrepot.testkit.conformance.provider import ProviderConformance
from entrepot.testkit.samples import NOON, address
from entrepot.testkit.verdict import refuse, require, told

_LONG_AGO = datetime(1950, 1, 1, tzinfo=UTC)


class TaxConformance(ProviderConformance):
    """Inherit, name ``provider_class``, ``config``, a lane that is taxed and, best of all, ``known_rates``."""

    registration_hook = "entrepot_register_tax_calculators"

    #: A lane that the calculator serves.
    origin_country: ClassVar[str] = "DE"
    destination_country: ClassVar[str] = "DE"
    currency: ClassVar[str] = "EUR"
    #: Tax categories that the calculator knows.
    categories: ClassVar[tuple[str, ...]] = ("standard",)
    country_not_served: ClassVar[str] = "AQ"
    #: A buyer's tax id that the calculator takes as valid.
    buyer_tax_id: ClassVar[str] = "ATU12345675"
    #: Worked examples: {(country, category, date): rate as a fraction}.
    known_rates: ClassVar[Mapping[tuple[str, str, str], str]] = {}

    def question(self, *lines: TaxLine, **fields: Any) -> TaxQuestion:
        currency = fields.get("currency", self.currency)
        values: dict[str, Any] = {
            "origin": address(self.origin_country),
            "destination": address(self.destination_country),
            "currency": currency,
            "at": NOON,
            "prices_include_tax": True,
            "lines": lines or self.lines(currency),
        }
        return TaxQuestion(**(values | fields))

    def lines(self, currency: str) -> tuple[TaxLine, ...]:
        """An ordinary cart: awkward amounts, two quantities, shipping."""
        goods = [
            TaxLine(f"line-{index}", Money(minor, currency), quantity, category)
            for index, (minor, quantity, category) in enumerate(
                (minor, quantity, category)
                for category in self.categories
                for minor, quantity in ((1990, 1), (1, 1), (333, 3), (99999, 7))
            )
        ]
        return (*goods, TaxLine("shipping", Money(499, currency), subject="shipping"))

    def operations(self) -> Mapping[str, Operation]:
        return {"calculate": Operation(lambda calculator: calculator.calculate(self.question()))}

    # Sums

    def test_gross_is_net_plus_tax_on_every_line(self) -> None:
        for question in (self.question(), self.question(prices_include_tax=False)):
            for line in self.answer(question).lines:
                require(
                    line.net + line.tax == line.gross,
                    f"{line.id}: {line.net} + {line.tax} is not {line.gross}.",
                    costs="invoices whose lines do not add up are refused by every auditor.",
                    remedy="round one of net and tax, and compute the third by addition or subtraction.",
                )

    def test_inclusive_prices_are_kept(self) -> None:
        for asked, line in self._pairs(self.question(prices_include_tax=True)):
            require(
                line.gross == asked.amount,
                f"{asked.id}: the price {asked.amount} includes tax, the answer says {line.gross}.",
                costs="the buyer is asked for another price than the one on the page.",
                remedy="gross = line.amount; tax = gross - net.",
            )

    def test_exclusive_prices_are_kept(self) -> None:
        for asked, line in self._pairs(self.question(prices_include_tax=False)):
            require(
                line.net == asked.amount,
                f"{asked.id}: the net price {asked.amount} became {line.net}.",
                costs="the merchant earns another price than the one in the list.",
                remedy="net = line.amount; gross = net + tax.",
            )

    def test_tax_follows_the_rate(self) -> None:
        for asked, line in self._pairs(self.question(prices_include_tax=False)):
            exact = Decimal(asked.amount.minor) * line.rate
            require(
                abs(Decimal(line.tax.minor) - exact) <= Decimal("0.5"),
                f"{asked.id}: {line.rate} of {asked.amount} is not {line.tax}.",
                costs="the difference is found at the next audit, with interest, on every order since.",
                remedy="tax = net * rate, rounded half up once; the rate is a fraction (0.19), not 19.",
            )

    def test_there_and_back_is_the_same_tax(self) -> None:
        net_first = self.answer(self.question(prices_include_tax=False))
        back = tuple(
            replace(asked, amount=line.gross)
            for asked, line in zip(self.lines(self.currency), net_first.lines, strict=True)
        )
        for there, again in zip(net_first.lines, self.answer(self.question(*back)).lines, strict=True):
            require(
                (there.net, there.tax) == (again.net, again.tax),
                f"{there.id}: {there.net} + {there.tax} net first, {again.net} + {again.tax} out of the gross.",
                costs="the same goods carry another tax in the shop with net prices than in the one with gross prices.",
                remedy="net = gross / (1 + rate), rounded half up; do not multiply gross by the rate.",
            )

    def test_rate_is_a_fraction(self) -> None:
        for line in self.answer(self.question()).lines:
            require(
                isinstance(line.rate, Decimal) and 0 <= line.rate < 1,
                f"{line.id}: rate {line.rate!r}.",
                costs="19 in place of 0.19 charges twenty times the price.",
                remedy='use Decimal("0.19").',
            )

    # Shape of the answer

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

    def test_yen_have_no_decimals(self) -> None:
        self._require_rounded_in("JPY")

    def test_dinars_have_three_decimals(self) -> None:
        self._require_rounded_in("KWD")

    def test_no_lines_have_no_tax(self) -> None:
        answer = self.answer(self.question(lines=()))
        require(
            answer.lines == (),
            f"No lines were asked, {answer.lines!r} came back.",
            costs="an empty cart costs something.",
            remedy="return TaxAnswer(()) for no lines.",
        )

    def test_zero_line_has_zero_tax(self) -> None:
        for inclusive in (True, False):
            zero = TaxLine("gift", Money.zero(self.currency))
            (line,) = self.answer(self.question(zero, prices_include_tax=inclusive)).lines
            require(
                line.tax.is_zero and line.net.is_zero and line.gross.is_zero,
                f"A free line became {line!r}.",
                costs="a gift is taxed, or checkout divides by zero.",
                remedy="zero times the rate is zero; do not divide by the amount.",
            )

    def test_negative_line_mirrors_the_positive(self) -> None:
        for inclusive in (True, False):
            for minor in (1, 333, 1990):
                plus, minus = (
                    self.answer(
                        self.question(TaxLine("x", Money(sign * minor, self.currency)), prices_include_tax=inclusive)
                    ).lines[0]
                    for sign in (1, -1)
                )
                require(
                    (minus.net, minus.tax, minus.gross) == (-plus.net, -plus.tax, -plus.gross),
                    f"{minor} minor units give {plus.tax} tax, the same credited gives {minus.tax}.",
                    costs="a credit note that leaves one cent of the invoice standing, for ever.",
                    remedy="round half away from zero (entrepot.sdk.round_half_up), not down.",
                )

    def test_line_is_rounded_once_not_per_piece(self) -> None:
        whole = TaxLine("x", Money(999, self.currency), quantity=1)
        (once,) = self.answer(self.question(whole)).lines
        (pieces,) = self.answer(self.question(replace(whole, quantity=9))).lines
        require(
            once.tax == pieces.tax,
            f"The same amount is taxed {once.tax} as one piece and {pieces.tax} as nine.",
            costs="nine pieces at 1.11 are taxed differently from what the invoice says about 9.99.",
            remedy="amount is for the whole quantity already; do not multiply or round per piece.",
        )

    # Reasons

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

    def answer(self, question: TaxQuestion) -> TaxAnswer:
        try:
            answer = self.provider().calculate(question)
        except Exception as error:
            refuse(
                f"calculate() failed for {len(question.lines)} lines to {question.destination.country}: {told(error)}",
                costs="checkout stops for every buyer there.",
                remedy="answer Certainty.UNKNOWN with zero tax where there is no rule.",
            )
        require(
            isinstance(answer, TaxAnswer) and len(answer.lines) == len(question.lines),
            f"calculate() gave {answer!r} for {len(question.lines)} lines.",
            costs="a line without tax is a line that nobody noticed.",
            remedy="return TaxAnswer with one TaxedLine per line.",
        )
        return answer

    def _pairs(self, question: TaxQuestion) -> list[tuple[TaxLine, TaxedLine]]:
        return list(zip(question.lines, self.answer(question).lines, strict=True))

    def _require_rounded_in(self, currency: str) -> None:
        for asked, line in self._pairs(self.question(currency=currency, prices_include_tax=False)):
            exact = Decimal(asked.amount.minor) * line.rate
            require(
                abs(Decimal(line.tax.minor) - exact) <= Decimal("0.5"),
                f"{line.rate} of {asked.amount} became {line.tax}.",
                costs="yen have no cents and dinars have three decimals: a factor of 100 in every total.",
                remedy="multiply Money by the Decimal rate; do not divide by 100 yourself.",
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
