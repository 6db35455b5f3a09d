"""Sums of tax: net, tax and gross agree on every line, whatever its sign and currency."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from entrepot.sdk import Money, TaxLine
from entrepot.testkit.conformance.tax_samples import TaxSamples
from entrepot.testkit.verdict import require


class TaxSumBehaviours(TaxSamples):
    """Part of TaxConformance."""

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

    def test_yen_have_no_decimals(self) -> None:
        self._require_rounded_in("JPY")

    def test_dinars_have_three_decimals(self) -> None:
        self._require_rounded_in("KWD")

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

    def _require_rounded_in(self, currency: str) -> None:
        for asked, line in self._pairs(self.question(currency=currency, prices_include_tax=False)):
            exact = Decimal(asked.amount.minor) * line.rate
            require(
                abs(Decimal(line.tax.minor) - exact) <= Decimal("0.5"),
                f"{line.rate} of {asked.amount} became {line.tax}.",
                costs="yen have no cents and dinars have three decimals: a factor of 100 in every total.",
                remedy="multiply Money by the Decimal rate; do not divide by 100 yourself.",
            )
