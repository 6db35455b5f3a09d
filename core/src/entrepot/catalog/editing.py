"""Small changes to a product by hand: names, whether it is shown, prices. Whole products come through ``service``."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from entrepot.catalog.models import Price, Product, Variant
from entrepot.catalog.rules import search_text
from entrepot.catalog.saving import refresh_listing_prices
from entrepot.markets.service import HasClock
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
        _set_prices(session, {key: amount for key, amount in prices.items() if key[0] in skus})
        session.flush()
        refresh_listing_prices(session, [product.id])


def _set_prices(session: Session, prices: Mapping[tuple[int, int], int | None]) -> None:
    for (variant_id, price_list_id), amount in prices.items():
        row = session.get(Price, (price_list_id, variant_id))
        if amount is None:
            if row is not None:
                session.delete(row)
        elif row is None:
            session.add(Price(price_list_id=price_list_id, variant_id=variant_id, amount=amount))
        else:
            row.amount = amount
