"""What every change of prices leaves behind: history with the edges of windows to come, and the listings' prices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import case, delete, func, insert, select
from sqlalchemy.orm import Session

from entrepot.catalog.in_force import AMOUNT, WISH, is_on
from entrepot.catalog.models import Price, PriceWindow, ProductPrice, Variant
from entrepot.pricing.history import ListedPrice, forget_planned, record_prices
from entrepot.pricing.windows import PriceWindow as Window
from entrepot.pricing.windows import asked_at, turns_after

#: Values that one IN list may hold; SQLite takes 32,766.
CHUNK = 5000
#: (price list id, variant id)
Key = tuple[int, int]


def note_prices(session: Session, prices: Iterable[ListedPrice], *, at: datetime) -> None:
    """Note usual prices that were set: what is asked from now on, and at the edge of every window to come."""
    usual = {(price.price_list_id, price.variant_id): price.amount for price in prices}
    windows = windows_of(session, {variant_id for _, variant_id in usual})
    asked = [ListedPrice(*key, asked_at(amount, windows.get(key, ()), at)) for key, amount in usual.items()]
    planned = {key: turns_after(usual[key], found, at) for key, found in windows.items() if key in usual}
    record_prices(session, asked, at=at, planned=planned)


def forget_prices(session: Session, keys: Iterable[Key], *, at: datetime) -> None:
    """Variants were taken off a price list: nothing is planned for them there any more."""
    forget_planned(session, keys, at=at)


def windows_of(session: Session, variant_ids: Iterable[int]) -> dict[Key, list[Window]]:
    """The windows of the variants in all price lists, in order."""
    row = PriceWindow
    columns = select(row.price_list_id, row.variant_id, row.amount, row.valid_from, row.valid_until)
    found: dict[Key, list[Window]] = defaultdict(list)
    for chunk in chunks(sorted(variant_ids)):
        for each in session.execute(columns.where(row.variant_id.in_(chunk)).order_by(row.valid_from)):
            window = Window(each.amount, each.valid_from, each.valid_until)
            found[each.price_list_id, each.variant_id].append(window)
    return dict(found)


def refresh_listing_prices(session: Session, product_ids: Sequence[int], *, at: datetime) -> None:
    """Bring the listings' price projection of these products up to date. Call it after every change of prices."""
    for chunk in chunks(product_ids):
        session.execute(delete(ProductPrice).where(ProductPrice.product_id.in_(chunk)))
    key = (Price.price_list_id, Variant.product_id)
    in_order = [AMOUNT, Variant.position, Variant.id]
    ranked = (
        select(
            *key,
            AMOUNT.label("lowest"),
            func.max(AMOUNT).over(partition_by=key).label("highest"),
            case((WISH > AMOUNT, WISH)).label("compare_at"),
            func.row_number().over(partition_by=key, order_by=in_order).label("rank"),
        )
        .join(Variant, Variant.id == Price.variant_id)
        .outerjoin(PriceWindow, is_on(at))
        .where(Variant.active)
    )
    for chunk in chunks(product_ids):
        cheapest = ranked.where(Variant.product_id.in_(chunk)).subquery()
        columns = ["price_list_id", "product_id", "lowest", "highest", "compare_at"]
        rows = select(*(cheapest.c[name] for name in columns)).where(cheapest.c.rank == 1)
        session.execute(insert(ProductPrice).from_select(columns, rows))


def chunks(values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))
