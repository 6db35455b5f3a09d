"""A price list that follows another one: its mode across tax rates, a dated rate, a margin, a rounding rule. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from entrepot.kernel.money import Money
from entrepot.kernel.records import dataclass
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


def recorded(list_code: str, price: Money, source_code: str, how: Derivation, rate: FxRate | None) -> dict[str, str]:
    """What a derived price keeps: list and price that it follows, both tax rates, the rate with its day, the rule."""
    kept = {
        "list": list_code,
        "from": source_code,
        "amount": str(price),
        "mode": how.mode.value,
        "tax": f"{_percent(how.source.rate)} to {_percent(how.target.rate)}",
        "margin": _percent(how.margin),
        "step": str(how.rounding.step or ""),
        "ending": str(how.rounding.ending or ""),
    }
    if rate is not None:
        kept |= {"rate": f"1 {rate.base} = {rate.rate.normalize():f} {rate.quote}"}
        kept |= {"rate_id": str(rate.id), "on": rate.on.isoformat(), "source": rate.source}
    return kept


def told(kept: Mapping[str, str]) -> str:
    """The same in a line, for traces."""
    parts = [
        f"price list {kept['list']} follows {kept['from']}: {kept['amount']}",
        f"{kept['mode']}, tax {kept['tax']}",
    ]
    if "rate" in kept:
        parts.append(f"{kept['rate']} of {kept['on']} ({kept['source']})")
    if kept["margin"] != "0 %":
        parts.append(f"adjusted by {kept['margin']}")
    if kept["step"] or kept["ending"]:
        parts.append(
            "rounded"
            + (f" to {kept['step']}" if kept["step"] else "")
            + (f" ending {kept['ending']}" if kept["ending"] else "")
        )
    return "; ".join(parts)


def _percent(fraction: Decimal) -> str:
    return f"{(fraction * 100).normalize():f} %"
