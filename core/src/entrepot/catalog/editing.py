"""Small changes to a product by hand: names, whether it is shown, prices. Whole products come through ``service``."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from entrepot.catalog.models import Price, Product, Variant
from entrepot.catalog.noting import forget_prices, note_prices, refresh_listing_prices
from entrepot.catalog.rules import search_text
from entrepot.kernel.clock import HasClock
from entrepot.pricing.history import ListedPrice
from entrepot.sdk.errors import EntrepotError
from entrepot.storage.session import unit_of_work


def edit_product(
    runtime: HasClock,
    slug: str,
    *,
    names: Mapping[str, str],
    published: bool,
    prices: Mapping[tuple[int, int], int | None],
) -> None:
    """Change names by locale, visibility and prices by (variant id, price list id), in one transaction.

    A price of None takes the variant off that list. Variants of other products are left alone.
    """
    wanted = {locale: name.strip() for locale, name in names.items() if name.strip()}
    if not wanted:
        raise EntrepotError("A product needs a name in at least one language.")
    with unit_of_work() as session:
        product = session.scalars(select(Product).where(Product.slug == slug).with_for_update()).one_or_none()
        if product is None:
            raise EntrepotError("There is no product {slug}. Reload the list.", slug=slug)
        variants = select(Variant.id, Variant.sku).where(Variant.product_id == product.id)
        skus = {row.id: row.sku for row in session.execute(variants)}
        product.name = wanted
        product.published = published
        product.updated_at = runtime.clock.now()
        words = [*wanted.values(), product.brand, product.product_type, *product.tags, *skus.values()]
        product.search_text = search_text(words)
        own = {key: amount for key, amount in prices.items() if key[0] in skus}
        _set_prices(session, own)
        asked = (ListedPrice(key[1], key[0], amount) for key, amount in own.items() if amount is not None)
        session.flush()
        note_prices(session, asked, at=product.updated_at)
        gone = ((key[1], key[0]) for key, amount in own.items() if amount is None)
        forget_prices(session, gone, at=product.updated_at)
        refresh_listing_prices(session, [product.id], at=product.updated_at)


def _set_prices(session: Session, prices: Mapping[tuple[int, int], int | None]) -> None:
    if any(amount is not None and amount < 0 for amount in prices.values()):
        raise EntrepotError("A price cannot be below zero. Leave it empty to take the variant off the price list.")
    known = session.scalars(select(Price).where(Price.variant_id.in_({variant_id for variant_id, _ in prices})))
    rows = {(row.variant_id, row.price_list_id): row for row in known}
    for key, amount in prices.items():
        row = rows.get(key)
        if row is None and amount is not None:
            session.add(Price(variant_id=key[0], price_list_id=key[1], amount=amount))
        elif row is not None and amount is None:
            session.delete(row)
        elif row is not None and amount is not None:
            row.derived = row.derived if row.amount == amount else {}
            row.amount = amount
