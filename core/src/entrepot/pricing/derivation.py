"""A price list that follows another one: its mode across tax rates, a dated rate, a margin, a rounding rule. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from entrepot.kernel.money import Money
from entrepot.pricing.fx import AS_IT_IS, FxRate, PriceMode, PriceRounding, exchanged, follow, round_price


@dataclass(frozen=True)
class TaxBasis:
    """How a price list shows prices and at which rate its goods are taxed: 0.19 for 19 %."""

    rate: Decimal
    included: bool


@dataclass(frozen=True)
class Derivation:
    """How a price list follows its source. Under FIXED nothing is derived: the list's own amounts count."""

    mode: PriceMode
    source: TaxBasis
    target: TaxBasis
    margin: Decimal = Decimal(0)
    rounding: PriceRounding = AS_IT_IS


def derive(
    own: Mapping[int, Money], source: Mapping[int, Money], how: Derivation, rate: FxRate | None
) -> dict[int, Money]:
    """Prices by variant id: an amount of the list's own wins, the others follow the source; each is rounded once.

    ``rate`` is None where both lists have the same currency.
    """
    if how.mode is PriceMode.FIXED:
        return dict(own)
    return {id: _derived(price, how, rate) for id, price in source.items()} | dict(own)


def _derived(price: Money, how: Derivation, rate: FxRate | None) -> Money:
    units = follow(
        price,
        mode=how.mode,
        source_rate=how.source.rate,
        source_includes_tax=how.source.included,
        target_rate=how.target.rate,
        target_includes_tax=how.target.included,
    )
    there, currency = exchanged(units, price.currency, rate) if rate else (units, price.currency)
    return round_price(there * (1 + Fraction(how.margin)), currency, how.rounding)
