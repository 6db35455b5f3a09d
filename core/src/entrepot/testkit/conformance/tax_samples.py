"""An ordinary taxed cart, and the call that a tax calculator offers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from entrepot.sdk import Money, TaxAnswer, TaxedLine, TaxLine, TaxQuestion
from entrepot.testkit.conformance.bench import Bench, Operation
from entrepot.testkit.samples import NOON, address
from entrepot.testkit.verdict import refuse, require, told


class TaxSamples(Bench):
    """Part of TaxConformance."""

    #: A lane that the calculator serves.
    origin_country: ClassVar[str] = "DE"
    destination_country: ClassVar[str] = "DE"
    currency: ClassVar[str] = "EUR"
    #: Tax categories that the calculator knows.
    categories: ClassVar[tuple[str, ...]] = ("standard",)

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
