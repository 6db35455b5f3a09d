"""Conversion by stored rates, rounding rules, and prices that hold gross or net across tax rates."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.kernel.money import Money
from entrepot.pricing.derivation import Derivation, TaxBasis, derive
from entrepot.pricing.fx import (
    ConversionImpossible,
    FxRate,
    PriceMode,
    PriceRounding,
    convert,
    follow,
    round_price,
)

FRIDAY = date(2026, 10, 30)


def rate(base: str, quote: str, number: str) -> FxRate:
    return FxRate(1, base, quote, Decimal(number), FRIDAY, "ecb")


@pytest.mark.covers("S1.37")
@pytest.mark.parametrize(
    ("amount", "at", "expected"),
    [
        (Money.of("7.00", "USD"), rate("USD", "EUR", "0.9737"), "EUR 6.82"),
        (Money.of("14.00", "USD"), rate("USD", "EUR", "0.9737"), "EUR 13.63"),
        (Money.of("99.99", "USD"), rate("USD", "JPY", "157.25"), "JPY 15723"),
        (Money.of("10.00", "EUR"), rate("EUR", "KWD", "0.33345"), "KWD 3.335"),
        (Money.of("3.335", "KWD"), rate("EUR", "KWD", "0.3335"), "EUR 10.00"),
    ],
)
def test_an_amount_is_converted_once_into_the_other_currencys_decimals(
    amount: Money, at: FxRate, expected: str
) -> None:
    assert str(convert(amount, at)) == expected


def test_a_rate_of_other_currencies_is_refused() -> None:
    with pytest.raises(ConversionImpossible, match="EUR/USD cannot convert JPY"):
        convert(Money(1, "JPY"), rate("EUR", "USD", "1.1"))


@pytest.mark.parametrize(
    ("units", "currency", "rounding", "expected"),
    [
        ("17.21", "EUR", PriceRounding(ending=Decimal("0.99")), "EUR 16.99"),
        ("17.50", "EUR", PriceRounding(ending=Decimal("0.99")), "EUR 17.99"),
        ("0.20", "EUR", PriceRounding(ending=Decimal("0.99")), "EUR 0.99"),
        ("1733", "JPY", PriceRounding(step=Decimal(5)), "JPY 1735"),
        ("1732.4", "JPY", PriceRounding(step=Decimal(5)), "JPY 1730"),
        ("1", "JPY", PriceRounding(step=Decimal(5)), "JPY 5"),
        ("123.4", "EUR", PriceRounding(ending=Decimal("9.99")), "EUR 119.99"),
        ("12.3455", "KWD", PriceRounding(), "KWD 12.346"),
        ("0", "EUR", PriceRounding(ending=Decimal("0.99")), "EUR 0.00"),
    ],
)
def test_a_rounding_rule_gives_the_nearest_good_looking_price(
    units: str, currency: str, rounding: PriceRounding, expected: str
) -> None:
    assert str(round_price(Fraction(Decimal(units)), currency, rounding)) == expected


@pytest.mark.covers("S1.37")
def test_a_list_follows_another_with_margin_and_rounding_and_its_own_amounts_win() -> None:
    how = Derivation(
        PriceMode.HOLD_NET,
        source=TaxBasis(Decimal("0.19"), included=True),
        target=TaxBasis(Decimal("0"), included=False),
        margin=Decimal("0.02"),
        rounding=PriceRounding(ending=Decimal("0.99")),
    )
    listed = {1: Money.of("119.00", "EUR"), 2: Money.of("59.50", "EUR")}
    own = {2: Money.of("49.00", "USD")}
    assert derive(own, listed, how, rate("EUR", "USD", "1.0834")) == {
        1: Money.of("110.99", "USD"),
        2: Money.of("49.00", "USD"),
    }
    assert derive(own, listed, replace(how, mode=PriceMode.FIXED), None) == own


RATES = st.sampled_from([Decimal("0"), Decimal("0.07"), Decimal("0.19"), Decimal("0.25")])


@pytest.mark.parametrize(
    ("mode", "included", "expected"),
    [
        (PriceMode.FIXED, True, "119"),
        (PriceMode.HOLD_GROSS, True, "119"),
        (PriceMode.HOLD_NET, True, "125"),
        (PriceMode.HOLD_NET, False, "100"),
    ],
)
def test_a_german_price_of_119_in_a_country_with_25_percent(mode: PriceMode, included: bool, expected: str) -> None:
    price = follow(
        Money.of("119.00", "EUR"),
        mode=mode,
        source_rate=Decimal("0.19"),
        source_includes_tax=True,
        target_rate=Decimal("0.25"),
        target_includes_tax=included,
    )
    assert price == Fraction(expected)


@given(st.integers(0, 10**7), RATES, RATES, st.booleans(), st.booleans())
def test_holding_gross_keeps_what_buyers_pay_and_holding_net_what_the_shop_keeps(
    minor: int, source: Decimal, target: Decimal, source_included: bool, target_included: bool
) -> None:
    amount = Money(minor, "EUR")
    rates = {"source_rate": source, "target_rate": target}
    shown = {"source_includes_tax": source_included, "target_includes_tax": target_included}

    def gross(units: Fraction, rate: Decimal, included: bool) -> Fraction:
        return units if included else units * (1 + Fraction(rate))

    before = gross(Fraction(amount.decimal), source, source_included)
    held_gross = follow(amount, mode=PriceMode.HOLD_GROSS, **rates, **shown)
    held_net = follow(amount, mode=PriceMode.HOLD_NET, **rates, **shown)
    assert gross(held_gross, target, target_included) == before
    assert gross(held_net, target, target_included) / (1 + Fraction(target)) == before / (1 + Fraction(source))
