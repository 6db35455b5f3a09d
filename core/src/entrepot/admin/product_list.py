"""Products as staff see them: published or not, with stock and a price per price list."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, and_, func, or_, select

from entrepot.catalog.media import media_url
from entrepot.catalog.models import Image, Price, Product, ProductPrice, Variant
from entrepot.catalog.rules import options_label, search_words
from entrepot.inventory.queries import available_of
from entrepot.kernel.money import Money
from entrepot.markets.models import PriceList
from entrepot.markets.rules import text
from entrepot.storage.session import reader

PAGE = 50


@dataclass(frozen=True)
class ListPrice:
    """What a product costs in one price list, from the cheapest variant to the dearest."""

    lowest: Money
    highest: Money


@dataclass(frozen=True)
class ProductRow:
    """``prices`` are in the order of the page's price lists; None where it is not offered."""

    id: int
    slug: str
    name: str
    brand: str
    published: bool
    variants: int
    available: int
    image_url: str
    prices: tuple[ListPrice | None, ...]


@dataclass(frozen=True)
class PriceListView:
    id: int
    code: str
    currency: str
    includes_tax: bool


@dataclass(frozen=True)
class ProductListPage:
    price_lists: tuple[PriceListView, ...]
    rows: tuple[ProductRow, ...]
    next_cursor: str


@dataclass(frozen=True)
class VariantRow:
    """``prices`` are in the order of the page's price lists."""

    id: int
    sku: str
    options: str
    weight_g: int
    hs_code: str
    origin_country: str
    available: int
    tracked: bool
    active: bool
    prices: tuple[Money | None, ...]


@dataclass(frozen=True)
class ProductDetail:
    id: int
    slug: str
    names: dict[str, str]
    brand: str
    published: bool
    hs_code: str
    origin_country: str
    price_lists: tuple[PriceListView, ...]
    variants: tuple[VariantRow, ...]


def product_list(*, q: str = "", locale: str, cursor: str = "", limit: int = PAGE) -> ProductListPage:
    """Newest first, in three queries."""
    query = _products().order_by(Product.id.desc())
    if q.strip():
        query = query.where(_matches(q.strip()))
    if cursor.isascii() and cursor.isdigit():
        query = query.where(Product.id < int(cursor))
    found = reader().execute(query.limit(limit + 1)).all()
    lists = price_lists()
    prices = _prices([row.id for row in found[:limit]], lists)
    rows = tuple(_row(row, lists, prices, locale) for row in found[:limit])
    return ProductListPage(lists, rows, str(rows[-1].id) if len(found) > limit else "")


def product_detail(slug: str, locale: str) -> ProductDetail | None:
    """One product with all its variants and prices, in four queries."""
    row = reader().execute(select(Product.__table__).where(Product.slug == slug)).one_or_none()
    if row is None:
        return None
    lists = price_lists()
    return ProductDetail(
        id=row.id,
        slug=row.slug,
        names=dict(row.name),
        brand=row.brand,
        published=row.published,
        hs_code=row.hs_code,
        origin_country=row.origin_country,
        price_lists=lists,
        variants=_variants(row, lists, locale),
    )


def price_lists() -> tuple[PriceListView, ...]:
    columns = select(PriceList.id, PriceList.code, PriceList.currency, PriceList.includes_tax)
    return tuple(PriceListView(*row) for row in reader().execute(columns.order_by(PriceList.id)))


def _products() -> Select[Any]:
    active = (Variant.product_id == Product.id) & Variant.active
    image = select(Image.path).where(Image.product_id == Product.id).order_by(Image.position, Image.id).limit(1)
    levels = select(func.coalesce(func.sum(available_of(Variant.id)), 0)).where(active, Variant.tracked)
    return select(
        Product.id,
        Product.slug,
        Product.name,
        Product.brand,
        Product.published,
        select(func.count()).where(active).scalar_subquery().label("variants"),
        levels.scalar_subquery().label("available"),
        image.scalar_subquery().label("image"),
    )


def _matches(q: str) -> Any:
    by_sku = select(Variant.product_id).where(Variant.sku == q)
    words = [Product.search_text.contains(word, autoescape=True) for word in search_words(q)]
    return or_(Product.slug == q, Product.id.in_(by_sku), and_(*words)) if words else Product.id.in_(by_sku)


def _prices(product_ids: list[int], lists: tuple[PriceListView, ...]) -> dict[tuple[int, int], ListPrice]:
    currencies = {one.id: one.currency for one in lists}
    rows = reader().execute(select(ProductPrice.__table__).where(ProductPrice.product_id.in_(product_ids)))
    return {
        (row.product_id, row.price_list_id): ListPrice(
            Money(row.lowest, currencies[row.price_list_id]), Money(row.highest, currencies[row.price_list_id])
        )
        for row in rows
    }


def _row(
    row: Row[Any], lists: tuple[PriceListView, ...], prices: dict[tuple[int, int], ListPrice], locale: str
) -> ProductRow:
    return ProductRow(
        id=row.id,
        slug=row.slug,
        name=text(row.name, locale),
        brand=row.brand,
        published=row.published,
        variants=row.variants,
        available=int(row.available),
        image_url=media_url(row.image) if row.image else "",
        prices=tuple(prices.get((row.id, one.id)) for one in lists),
    )


def _variants(product: Row[Any], lists: tuple[PriceListView, ...], locale: str) -> tuple[VariantRow, ...]:
    codes = [option["code"] for option in product.options]
    rows = reader().execute(
        select(Variant.__table__, available_of(Variant.id).label("available"))
        .where(Variant.product_id == product.id)
        .order_by(Variant.active.desc(), Variant.position, Variant.id)
    )
    found = rows.all()
    amounts: dict[int, dict[int, int]] = defaultdict(dict)
    query = select(Price.variant_id, Price.price_list_id, Price.amount)
    for price in reader().execute(query.where(Price.variant_id.in_([row.id for row in found]))):
        amounts[price.variant_id][price.price_list_id] = price.amount
    return tuple(
        VariantRow(
            id=row.id,
            sku=row.sku,
            options=options_label(row.options, codes, locale),
            weight_g=row.weight_g,
            hs_code=row.hs_code or product.hs_code,
            origin_country=row.origin_country or product.origin_country,
            available=int(row.available),
            tracked=row.tracked,
            active=row.active,
            prices=tuple(
                Money(amounts[row.id][one.id], one.currency) if one.id in amounts[row.id] else None for one in lists
            ),
        )
        for row in found
    )
