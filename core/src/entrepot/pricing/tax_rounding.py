"""Where tax is rounded: per line (as calculators answer), per unit, or once per rate for the whole order. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from entrepot.kernel.money import Money
from entrepot.pricing.spreading import apportion
from entrepot.sdk.tax import Certainty, TaxAnswer, TaxedLine


class TaxRounding(StrEnum):
    PER_LINE = "per_line"
    PER_UNIT = "per_unit"
    PER_ORDER = "per_order"


def rounded(
    answer: TaxAnswer, mode: TaxRounding, *, units: Mapping[str, Sequence[Money]], prices_include_tax: bool
) -> TaxAnswer:
    """The answer with its tax rounded as the market wants. ``units`` holds the amount of each unit by line id.

    Only a tax that is a plain share of the amount is rounded anew; anything else stays as it was answered.
    """
    plain = [taxed for taxed in answer.lines if _is_plain(taxed, prices_include_tax)]
    if mode is TaxRounding.PER_UNIT:
        taxes = {taxed.id: _per_unit(taxed, units.get(taxed.id, ()), prices_include_tax) for taxed in plain}
    elif mode is TaxRounding.PER_ORDER:
        taxes = _per_order(plain, prices_include_tax)
    else:
        return answer
    return replace(answer, lines=tuple(_with(taxed, taxes.get(taxed.id), prices_include_tax) for taxed in answer.lines))


def exact_tax(amount: Money, rate: Decimal, *, included: bool) -> Fraction:
    """The tax in minor units before any rounding."""
    share = Fraction(rate)
    return amount.minor * (share / (1 + share) if included else share)


def half_up(value: Fraction) -> int:
    """To the nearest whole number, halves away from zero."""
    magnitude = int(abs(value) + Fraction(1, 2))
    return -magnitude if value < 0 else magnitude


def _is_plain(taxed: TaxedLine, prices_include_tax: bool) -> bool:
    exact = _exact(taxed, prices_include_tax)
    return taxed.certainty is Certainty.KNOWN and half_up(exact) == taxed.tax.minor


def _exact(taxed: TaxedLine, prices_include_tax: bool) -> Fraction:
    included = _included(taxed, prices_include_tax)
    return exact_tax(taxed.gross if included else taxed.net, taxed.rate, included=included)


def _included(taxed: TaxedLine, prices_include_tax: bool) -> bool:
    return prices_include_tax if taxed.included is None else taxed.included


def _per_unit(taxed: TaxedLine, units: Sequence[Money], prices_include_tax: bool) -> int:
    included = _included(taxed, prices_include_tax)
    if not units:
        return taxed.tax.minor
    return sum(half_up(exact_tax(unit, taxed.rate, included=included)) for unit in units)


def _per_order(plain: Sequence[TaxedLine], prices_include_tax: bool) -> dict[str, int]:
    """One rounding per rate, as invoices show it; the lines share the sum so that they still add up."""
    groups: dict[tuple[Decimal, str, bool], list[TaxedLine]] = defaultdict(list)
    for taxed in plain:
        groups[taxed.rate, taxed.label, _included(taxed, prices_include_tax)].append(taxed)
    taxes: dict[str, int] = {}
    for group in groups.values():
        exact = [_exact(taxed, prices_include_tax) for taxed in group]
        scale = _common_denominator(exact)
        shares = apportion(half_up(sum(exact, Fraction(0))), [int(value * scale) for value in exact])
        taxes |= {taxed.id: share for taxed, share in zip(group, shares, strict=True)}
    return taxes


def _common_denominator(values: Sequence[Fraction]) -> int:
    scale = 1
    for value in values:
        scale *= (value * scale).denominator
    return scale


def _with(taxed: TaxedLine, minor: int | None, prices_include_tax: bool) -> TaxedLine:
    if minor is None or minor == taxed.tax.minor:
        return taxed
    tax = Money(minor, taxed.tax.currency)
    if _included(taxed, prices_include_tax):
        return replace(taxed, tax=tax, net=taxed.gross - tax)
    return replace(taxed, tax=tax, gross=taxed.net + tax)
