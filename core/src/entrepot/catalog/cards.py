"""Product cards: one query per listing, two while prices are reduced, whatever its length and variants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, CompoundSelect, Row, ScalarSelect, Select, exists, func, select
from sqlalchemy.orm import aliased

from entrepot.catalog.media import media_url
from entrepot.catalog.models import Image, Product, ProductCategory, ProductPrice, Variant
from entrepot.catalog.rules import PriceView, availability, wants_strike
from entrepot.catalog.views import ImageView, ProductCard
from entrepot.inventory.queries import available_of
from entrepot.kernel.money import Money
from entrepot.markets.queries import MarketView
from entrepot.markets.rules import text
from entrepot.pricing.asked import AskedPrice, asked_by_product
from entrepot.storage.session import reader

#: A row whose columns the reading function knows by name.
AnyRow = Row[*tuple[Any, ...]]
Rows = Sequence[AnyRow]
#: Known when a statement is built, or given with each question.
Id = int | BindParameter[int]
#: Today's prices of the variants by product; a product that is not in it costs what is listed.
Asked = Mapping[int, Sequence[AskedPrice]]


def offered(price_list: Id) -> Select[int]:
    """Ids of published products with a price in this list, for listings to narrow and sort."""
    return (
        select(Product.id)
        .join(ProductPrice, (ProductPrice.product_id == Product.id) & _in(price_list))
        .where(Product.published)
    )


def offered_in_category(price_list: Id, category_id: Id) -> Select[int]:
    return (
        offered(price_list)
        .join(ProductCategory, ProductCategory.product_id == Product.id)
        .where(ProductCategory.category_id == category_id)
    )


def card_rows(ids: Select[int] | CompoundSelect[int], market: MarketView) -> Rows:
    """The cards' columns for a limited selection of ids, unordered, with every sort key."""
    return reader().execute(cards_of(ids, market.price_list_id)).all()


def cards_of(ids: Select[int] | CompoundSelect[int], price_list: Id) -> Select[*tuple[Any, ...]]:
    """The statement of ``card_rows``, for those who keep it."""
    image = aliased(Image)
    return (
        select(
            Product.id,
            Product.position,
            Product.slug,
            Product.name,
            Product.brand,
            ProductPrice.lowest,
            ProductPrice.highest,
            ProductPrice.compare_at,
            image.path,
            image.alt,
            image.width,
            image.height,
            is_tracked().label("tracked"),
            stock_of_product().label("available"),
        )
        .join(ProductPrice, (ProductPrice.product_id == Product.id) & _in(price_list))
        .outerjoin(image, image.id == _first_image())
        .where(Product.id.in_(ids))
    )


def asked_of(rows: Iterable[AnyRow], market: MarketView, locale: str, *, at: datetime | None) -> Asked:
    """Today's prices for cards; none at all without ``at``: then cards show listed prices and nothing struck."""
    if at is None:
        return {}
    wishes = {row.id: wants_strike(row.lowest, row.compare_at) for row in rows}
    wishing = [product_id for product_id, wishes_strike in wishes.items() if wishes_strike]
    return asked_by_product(list(wishes), market, locale, wishes=wishing, at=at)


def card(row: AnyRow, asked: Asked, market: MarketView, locale: str) -> ProductCard:
    name = text(row.name, locale)
    price, varies = _price(row, asked.get(row.id, ()), market)
    return ProductCard(
        slug=row.slug,
        name=name,
        brand=row.brand,
        image=image_view(row, name, locale),
        price=price,
        price_varies=varies,
        availability=availability(tracked=bool(row.tracked), available=int(row.available)),
    )


def price_view(asked: AskedPrice, market: MarketView) -> PriceView:
    return PriceView(asked.price, asked.struck, market.includes_tax)


def _price(row: AnyRow, asked: Sequence[AskedPrice], market: MarketView) -> tuple[PriceView, bool]:
    """The cheapest variant's price today, and whether others cost more."""
    if not asked:
        return PriceView(Money(row.lowest, market.currency), None, market.includes_tax), row.highest != row.lowest
    cheapest = min(asked, key=lambda each: each.price.minor)
    return price_view(cheapest, market), any(each.price != cheapest.price for each in asked)


def image_view(row: AnyRow, name: str, locale: str) -> ImageView | None:
    """The picture in this row; the product's name stands in for a missing alternative text."""
    if not row.path:
        return None
    return ImageView(media_url(row.path), text(row.alt or {}, locale) or name, row.width, row.height)


def is_tracked() -> ColumnElement[bool]:
    """Whether every active variant of the product is counted."""
    uncounted = exists().where(Variant.product_id == Product.id, Variant.active, ~Variant.tracked)
    return ~uncounted.correlate(Product)


def can_be_bought() -> ColumnElement[bool]:
    """Whether any active variant of the product is uncounted or in stock."""
    return (
        exists()
        .where(Variant.product_id == Product.id, Variant.active, ~Variant.tracked | (available_of(Variant.id) > 0))
        .correlate(Product)
    )


def stock_of_product() -> ScalarSelect[int]:
    return (
        select(func.coalesce(func.sum(available_of(Variant.id)), 0))
        .where(Variant.product_id == Product.id, Variant.active)
        .correlate(Product)
        .scalar_subquery()
    )


def _first_image() -> ScalarSelect[int]:
    return (
        select(Image.id)
        .where(Image.product_id == Product.id, Image.path != "")
        .order_by(Image.position, Image.id)
        .limit(1)
        .correlate(Product)
        .scalar_subquery()
    )


def _in(price_list: Id) -> ColumnElement[bool]:
    return ProductPrice.price_list_id == price_list
