"""A quote in another currency, for reading only."""

from __future__ import annotations

from typing import Any

from entrepot import web
from entrepot.checkout.schemas import included_tax
from entrepot.kernel.money import Money
from entrepot.pricing.fx import convert
from entrepot.pricing.queries import fx_rate
from entrepot.pricing.rules import Quote


def displayed(quote: Quote, currency: str) -> dict[str, Any] | None:
    """Each amount converted by itself at the rate of the day; None where nothing is to be converted."""
    if currency in ("", quote.currency):
        return None
    rate = fx_rate(quote.currency, currency, on=web.runtime().clock.now().date())
    return {
        "currency": currency,
        "rate": str(rate.rate),
        "rate_of": rate.on.isoformat(),
        **{name: convert(amount, rate) for name, amount in _shown(quote).items()},
        "unit_prices": {line.sku: convert(line.unit_price, rate) for line in quote.lines},
        "line_totals": {sku: convert(amount, rate) for sku, amount in _line_totals(quote).items()},
    }


def _shown(quote: Quote) -> dict[str, Money]:
    included = included_tax(quote)
    sums = {name: getattr(quote, name) for name in ("goods", "discount", "shipping_charge", "total")}
    return {**sums, "tax": quote.tax - included, "tax_included": included}


def _line_totals(quote: Quote) -> dict[str, Money]:
    """By SKU, of all shipments together."""
    found: dict[str, Money] = {}
    for line in quote.lines:
        found[line.sku] = found.get(line.sku, Money.zero(quote.currency)) + line.total
    return found
