"""Conversion by dated rates, rounding rules for prices, and the three ways a market's prices follow another's. Pure."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from entrepot.kernel.currency import exponent
from entrepot.kernel.money import Money
from entrepot.kernel.records import dataclass
from entrepot.pricing.tax_rounding import half_up
from entrepot.sdk.errors import EntrepotError


class ConversionImpossible(EntrepotError):
    """No rate, or one for other currencies."""


class RateInvalid(EntrepotError):
    """A number that cannot be an exchange rate."""


@dataclass(frozen=True)
class FxRate:
    """One stored rate: 1 unit of ``base`` is ``rate`` units of ``quote`` on ``on``, says ``source``."""

    id: int
    base: str
    quote: str
    rate: Decimal
    on: date
    source: str


class PriceMode(StrEnum):
    """How a market's price follows the source price when tax rates differ."""

    #: The amount of the market's own price list, converted by nobody.
    FIXED = "fixed"
    #: The buyer pays the same with tax in it, whatever the rate.
    HOLD_GROSS = "hold_gross"
    #: The shop keeps the same without tax; the buyer's tax comes on top.
    HOLD_NET = "hold_net"


@dataclass(frozen=True)
class PriceRounding:
    """A rule for good-looking prices. ``step`` "5" gives the nearest 5; ``ending`` "0.99" the nearest price that ends
    so. Both empty: the currency's own decimals, half up."""

    step: Decimal | None = None
    ending: Decimal | None = None


AS_IT_IS = PriceRounding()


def convert(amount: Money, rate: FxRate) -> Money:
    """The amount at that rate, rounded half up once to the other currency; works in both directions."""
    return _to_money(*exchanged(Fraction(amount.decimal), amount.currency, rate))


def exchanged(units: Fraction, currency: str, rate: FxRate) -> tuple[Fraction, str]:
    """The exact amount in major units of the other currency, and that currency. Raises ConversionImpossible."""
    if currency == rate.base:
        return units * Fraction(rate.rate), rate.quote
    if currency == rate.quote:
        return units / Fraction(rate.rate), rate.base
    raise ConversionImpossible(f"{rate.base}/{rate.quote} cannot convert {currency}. Choose a rate of its currency.")


def round_price(units: Fraction, currency: str, rounding: PriceRounding = AS_IT_IS) -> Money:
    """An amount in major units by the rule, halves up; a price above zero never becomes zero or less."""
    if units <= 0 or (rounding.step is None and rounding.ending is None):
        return _to_money(units, currency)
    offset = Fraction(rounding.ending or 0)
    step = Fraction(rounding.step or _above(offset))
    steps = max(half_up((units - offset) / step), 0 if offset else 1)
    return _to_money(steps * step + offset, currency)


def follow(
    amount: Money,
    *,
    mode: PriceMode,
    source_rate: Decimal,
    source_includes_tax: bool,
    target_rate: Decimal,
    target_includes_tax: bool,
) -> Fraction:
    """The exact price in major units that another tax rate leads to, in the source's currency and the target's display.

    Rates are fractions: 0.19 for 19 %.
    """
    units = Fraction(amount.decimal)
    gross = units if source_includes_tax else units * (1 + Fraction(source_rate))
    net = units / (1 + Fraction(source_rate)) if source_includes_tax else units
    if mode is PriceMode.FIXED:
        return units
    if mode is PriceMode.HOLD_NET:
        return net * (1 + Fraction(target_rate)) if target_includes_tax else net
    return gross if target_includes_tax else gross / (1 + Fraction(target_rate))


def _to_money(units: Fraction, currency: str) -> Money:
    return Money(half_up(units * 10 ** exponent(currency)), currency)


def _above(ending: Fraction) -> int:
    """The step between prices with this ending: 1 for 0.99, 10 for 9.99, 100 for 95."""
    step = 1
    while step <= ending:
        step *= 10
    return step
