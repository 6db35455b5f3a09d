"""Goods as a line of a quote, before anything is added to the price or taken off it."""

from __future__ import annotations

from decimal import Decimal

from entrepot.catalog.views import Sellable
from entrepot.kernel.money import Money
from entrepot.pricing.rules import FIRST_SHIPMENT, QuoteLine


def quote_line(
    item: Sellable, *, id: str, unit_price: Money, quantity: int, shipment: int = FIRST_SHIPMENT
) -> QuoteLine:
    """The line of so many pieces at this price; taxes, cuts and discounts are the pipeline's to add."""
    return QuoteLine(
        id=id,
        variant_id=item.variant_id,
        sku=item.sku,
        name=item.name,
        options=item.options,
        product_slug=item.product_slug,
        image_path=item.image_path,
        quantity=quantity,
        unit_price=unit_price,
        total=unit_price * quantity,
        tax=Money.zero(unit_price.currency),
        tax_rate=Decimal(0),
        tax_label="",
        tax_rule=None,
        tax_category=item.tax_category,
        hs_code=item.hs_code,
        origin_country=item.origin_country,
        weight_g=item.weight_g,
        tracked=item.tracked,
        requires_shipping=item.requires_shipping,
        shipment=shipment,
    )
