"""What a product's page says of its prices beside the amounts: windows, and what was taken over from another list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from entrepot.catalog.models import Price, Variant
from entrepot.catalog.noting import windows_of
from entrepot.kernel.money import Money
from entrepot.markets.queries import PriceListView, price_lists
from entrepot.pricing.derivation import told
from entrepot.storage.session import reader


@dataclass(frozen=True)
class WindowRow:
    sku: str
    price_list: str
    amount: Money
    valid_from: datetime
    valid_until: datetime | None


@dataclass(frozen=True)
class ProductPrices:
    """``sources`` are (SKU, explanation) of prices that were taken over; ``following`` the lists that do so."""

    windows: tuple[WindowRow, ...]
    sources: tuple[tuple[str, str], ...]
    following: tuple[PriceListView, ...]


def product_prices(product_id: int) -> ProductPrices:
    lists = {one.id: one for one in price_lists().values()}
    columns = select(Price.price_list_id, Price.variant_id, Price.derived, Variant.sku)
    rows = reader().execute(
        columns.join(Variant, Variant.id == Price.variant_id)
        .where(Variant.product_id == product_id)
        .order_by(Variant.position, Variant.id, Price.price_list_id)
    )
    found = rows.all()
    windows = windows_of(reader(), {row.variant_id for row in found})
    return ProductPrices(
        windows=tuple(
            WindowRow(row.sku, one.code, Money(window.amount, one.currency), window.valid_from, window.valid_until)
            for row in found
            for one in [lists[row.price_list_id]]
            for window in windows.get((row.price_list_id, row.variant_id), ())
        ),
        sources=tuple((row.sku, told(row.derived)) for row in found if row.derived),
        following=tuple(one for one in lists.values() if one.follows),
    )
