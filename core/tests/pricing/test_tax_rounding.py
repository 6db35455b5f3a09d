"""Tax rounded per line, per unit and per order: the parts always sum to what is charged."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.kernel.money import Money
from entrepot.pricing.tax_rounding import TaxRounding, exact_tax, half_up, rounded
from entrepot.sdk.tax import Certainty, RuleRef, TaxAnswer, TaxedLine

VAT = RuleRef("vat", "1")


def taxed(id: str, minor: int, rate: str, *, included: bool, currency: str = "EUR") -> TaxedLine:
    amount = Money(minor, currency)
    tax = Money(half_up(exact_tax(amount, Decimal(rate), included=included)), currency)
    net, gross = (amount - tax, amount) if included else (amount, amount + tax)
    return TaxedLine(id, net, tax, gross, Decimal(rate), f"VAT {rate}", VAT)


def test_two_lines_are_rounded_once_together_and_still_add_up() -> None:
    answer = TaxAnswer((taxed("1", 1970, "0.2", included=True), taxed("2", 1970, "0.2", included=True)))
    once = rounded(answer, TaxRounding.PER_ORDER, units={}, prices_include_tax=True)
    assert [line.tax.minor for line in once.lines] == [329, 328]
    assert all(line.net + line.tax == line.gross for line in once.lines)


def test_units_of_one_line_are_rounded_each() -> None:
    answer = TaxAnswer((taxed("1", 3940, "0.2", included=True),))
    units = {"1": (Money(1970, "EUR"), Money(1970, "EUR"))}
    each = rounded(answer, TaxRounding.PER_UNIT, units=units, prices_include_tax=True)
    assert each.lines[0].tax.minor == 656


@pytest.mark.parametrize("mode", [TaxRounding.PER_UNIT, TaxRounding.PER_ORDER])
def test_a_tax_that_is_no_plain_share_stays_as_it_was_answered(mode: TaxRounding) -> None:
    levy = TaxedLine("1", Money(1000, "EUR"), Money(300, "EUR"), Money(1300, "EUR"), Decimal("0.1"), "Levy", VAT)
    untold = TaxedLine("2", Money(5, "EUR"), Money(0, "EUR"), Money(5, "EUR"), Decimal(0), "", VAT, Certainty.UNKNOWN)
    answer = TaxAnswer((levy, untold))
    units = {"1": (Money(500, "EUR"), Money(500, "EUR"))}
    assert rounded(answer, mode, units=units, prices_include_tax=False) == answer


@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.sampled_from(["0.07", "0.19", "0.2"])), min_size=1, max_size=6),
    st.booleans(),
    st.sampled_from(["JPY", "EUR", "KWD", "CLF"]),
)
def test_per_order_is_the_exact_sum_of_each_rate_rounded_once(
    parts: list[tuple[int, str]], included: bool, currency: str
) -> None:
    lines = [
        taxed(str(id), minor, rate, included=included, currency=currency) for id, (minor, rate) in enumerate(parts)
    ]
    once = rounded(TaxAnswer(tuple(lines)), TaxRounding.PER_ORDER, units={}, prices_include_tax=included)
    for rate in {rate for _, rate in parts}:
        exact = sum(exact_tax(Money(minor, currency), Decimal(r), included=included) for minor, r in parts if r == rate)
        charged = sum(line.tax.minor for line in once.lines if line.rate == Decimal(rate))
        assert charged == half_up(exact + 0)
    assert all(line.net + line.tax == line.gross for line in once.lines)
