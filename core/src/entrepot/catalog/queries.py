"""Read paths of the catalogue: the product page, what can be sold, and the listings.

They select columns, never entities, and keep to a fixed number of queries; while prices are reduced it is one more.
``markets.queries.store()`` is asked first, once per request, by whoever needs the market; the category tree is taken
from what it loaded.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, String, Text, bindparam, cast, func, literal, select

from entrepot.catalog.cards import (
    AnyRow,
    Asked,
    Rows,
    card,
    cards_of,
    offered_in_category,
    price_view,
)
from entrepot.catalog.in_force import AMOUNT, WISH, is_on
from entrepot.catalog.listings import SORTS, category_page, home_page, search
from entrepot.catalog.media import media_url
from entrepot.catalog.models import Image, Price, PriceWindow, Product, ProductCategory, Variant
from entrepot.catalog.rules import SOLD_OUT, PriceView, availability, option_label, options_label, wants_strike
from entrepot.catalog.tree import Path, deepest_path
from entrepot.catalog.views import (
    CategoryLink,
    CategoryPage,
    HomePage,
    ImageView,
    OptionValueView,
    OptionView,
    ProductCard,
    ProductPage,
    SearchPage,
    Sellable,
    VariantView,
)
from entrepot.inventory.queries import available_from_of, available_of
from entrepot.kernel.money import Money
from entrepot.markets.queries import MarketView, known_store
from entrepot.markets.rules import text
from entrepot.pricing.asked import AskedPrice, asked_by_product
from entrepot.pricing.cuts import CutPrice
from entrepot.pricing.derivation import told
from entrepot.pricing.windows import PriceWindow as Window
from entrepot.storage.session import Among, UtcDateTime, rows_of

__all__ = [
    "SORTS",
    "CategoryLink",
    "CategoryPage",
    "HomePage",
    "ImageView",
    "OptionValueView",
    "OptionView",
    "PriceView",
    "ProductCard",
    "ProductPage",
    "SearchPage",
    "Sellable",
    "VariantView",
    "category_page",
    "home_page",
    "product_page",
    "search",
    "sellable",
    "sellable_by_sku",
]

RELATED_CARDS = 4


def product_page(slug: str, market: MarketView, locale: str, *, at: datetime | None = None) -> ProductPage | None:
    """Everything a product page shows at an instant; None when there is no published product with this slug.

    Without ``at`` at usual prices, nothing struck.
    """
    row = rows_of(_product(), slug=slug).one_or_none()
    if row is None:
        return None
    name = text(row.name, locale)
    rows = rows_of(_variants(), product=row.id, price_list=market.price_list_id, at=at).all()
    path = deepest_path(known_store().categories, _ids(row.category_ids))
    related = _related_rows(row.id, path, market)
    asked = _asked(row.id, rows, related, market, locale, at)
    prices = {each.variant_id: each for each in asked.get(row.id, ())}
    variants = tuple(_variant_view(each, prices.get(each.id), row.options, market, locale) for each in rows)
    return ProductPage(
        id=row.id,
        slug=row.slug,
        name=name,
        summary=text(row.summary, locale),
        description_html=text(row.description, locale),
        brand=row.brand,
        images=_images(row.gallery, name, locale),
        options=_options(row.options, rows, variants, locale),
        variants=variants,
        price=_lowest(variants),
        price_varies=len({variant.price.amount for variant in variants if variant.price}) > 1,
        availability=_availability(variants),
        specification=tuple((text(entry["name"], locale), text(entry["value"], locale)) for entry in row.specification),
        origin_country=row.origin_country or _first(rows, "origin_country", ""),
        materials=row.materials,
        hs_code=row.hs_code or _first(rows, "hs_code", ""),
        weight_g=_first(rows, "weight_g", 0),
        breadcrumbs=tuple((node.slug, text(node.name, locale)) for node in path),
        related=tuple(card(each, asked, market, locale) for each in related),
    )


def sellable(
    variant_ids: Iterable[int], market: MarketView, locale: str, *, at: datetime | None = None
) -> dict[int, Sellable]:
    """What pricing and checkout need to know of these variants, in one query; unknown ids are absent.

    ``unit_price`` is in force at the instant; without one it is the usual price.
    """
    rows = _sellable_by_ids.rows(list(variant_ids), price_list=market.price_list_id, at=at)
    return {row.variant_id: _sellable(row, market, locale) for row in rows}


def sellable_by_skus(
    skus: Iterable[str], market: MarketView, locale: str, *, at: datetime | None = None
) -> dict[str, Sellable]:
    """The same for SKUs, by SKU."""
    rows = _sellable_by_skus.rows(list(skus), price_list=market.price_list_id, at=at)
    return {row.sku: _sellable(row, market, locale) for row in rows}


def sellable_by_sku(sku: str, market: MarketView, locale: str, *, at: datetime | None = None) -> Sellable | None:
    """The same for one SKU, as a buyer puts it into the cart."""
    row = rows_of(_sellable_by_sku(), sku=sku, price_list=market.price_list_id, at=at).one_or_none()
    return _sellable(row, market, locale) if row is not None else None


@cache
def _product() -> Any:
    category_ids = (
        select(func.aggregate_strings(cast(ProductCategory.category_id, String), ","))
        .where(ProductCategory.product_id == Product.id)
        .scalar_subquery()
    )
    columns = (
        Product.id,
        Product.slug,
        Product.name,
        Product.summary,
        Product.description,
        Product.brand,
        Product.options,
        Product.specification,
        Product.origin_country,
        Product.materials,
        Product.hs_code,
        category_ids.label("category_ids"),
        _gallery().label("gallery"),
    )
    return select(*columns).where(Product.slug == bindparam("slug"), Product.published)


@cache
def _variants() -> Any:
    in_list = (Price.variant_id == Variant.id) & (Price.price_list_id == bindparam("price_list"))
    return (
        select(
            Variant.id,
            Variant.sku,
            Variant.options,
            Variant.weight_g,
            Variant.hs_code,
            Variant.origin_country,
            Variant.tracked,
            AMOUNT.label("amount"),
            WISH.label("compare_at"),
            available_of(Variant.id).label("available"),
            available_from_of(Variant.id).label("available_from"),
        )
        .outerjoin(Price, in_list)
        .outerjoin(PriceWindow, is_on(bindparam("at", type_=UtcDateTime)))
        .where(Variant.product_id == bindparam("product"), Variant.active)
        .order_by(Variant.position, Variant.id)
    )


def _asked(product_id: int, rows: Rows, related: Rows, market: MarketView, locale: str, at: datetime | None) -> Asked:
    """Today's prices of the product and of those beside it, in one query."""
    if at is None:
        return {}
    wishes = [row.id for row in related if wants_strike(row.lowest, row.compare_at)]
    if any(wants_strike(row.amount, row.compare_at) for row in rows):
        wishes.append(product_id)
    shown = [product_id, *(row.id for row in related)]
    return asked_by_product(shown, market, locale, wishes=wishes, at=at)


def _variant_view(
    row: AnyRow, asked: AskedPrice | None, options: Sequence[Any], market: MarketView, locale: str
) -> VariantView:
    available = int(row.available)
    if asked is None and row.amount is not None:
        listed = Money(row.amount, market.currency)
        asked = AskedPrice(row.id, CutPrice(listed, listed))
    return VariantView(
        id=row.id,
        sku=row.sku,
        options={code: value["value"] for code, value in row.options.items()},
        label=options_label(row.options, (option["code"] for option in options), locale),
        price=price_view(asked, market) if asked else None,
        list_price=asked.cut.list_price if asked else None,
        availability=availability(tracked=row.tracked, available=available),
        available=available if row.tracked else None,
        available_from=row.available_from if row.tracked else None,
    )


def _options(
    options: Sequence[Any], rows: Sequence[AnyRow], variants: Sequence[VariantView], locale: str
) -> tuple[OptionView, ...]:
    return tuple(
        OptionView(option["code"], text(option["name"], locale), _values(option["code"], rows, variants, locale))
        for option in options
    )


def _values(
    code: str, rows: Sequence[AnyRow], variants: Sequence[VariantView], locale: str
) -> tuple[OptionValueView, ...]:
    """The values of one option in the order of the variants, each once."""
    buyable = {v.options.get(code) for v in variants if v.availability != SOLD_OUT}
    written: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        if code in row.options:
            written.setdefault(row.options[code]["value"], row.options[code])
    return tuple(
        OptionValueView(value, option_label(entry, locale), entry.get("swatch", ""), value in buyable)
        for value, entry in written.items()
    )


def _gallery() -> ScalarSelect[str]:
    """Every picture of the product in one text: a line each, its columns between tabs."""
    columns = (Image.position, Image.id, Image.option_value, Image.path, Image.width, Image.height, Image.alt)
    first, *others = (cast(column, Text) for column in columns)
    written: ColumnElement[str] = first
    for column in others:
        written = written + literal("\t") + column
    return (
        select(func.aggregate_strings(written, "\n"))
        .where(Image.product_id == Product.id, Image.path != "")
        .correlate(Product)
        .scalar_subquery()
    )


def _images(gallery: str | None, name: str, locale: str) -> tuple[ImageView, ...]:
    """The pictures of a gallery in their order; the product's name stands in for a missing alternative text."""
    lines = [line.split("\t") for line in (gallery or "").split("\n") if line]
    lines.sort(key=lambda columns: (int(columns[0]), int(columns[1])))
    return tuple(
        ImageView(media_url(path), text(json.loads(alt) or {}, locale) or name, int(width), int(height), option_value)
        for _, _, option_value, path, width, height, alt in lines
    )


def _related_rows(product_id: int, path: Path, market: MarketView) -> Rows:
    if not path:
        return ()
    found = rows_of(_related(), product=product_id, category=path[-1].id, price_list=market.price_list_id)
    return sorted(found, key=lambda row: (row.position, row.id))


@cache
def _related() -> Any:
    ids = (
        offered_in_category(bindparam("price_list"), bindparam("category"))
        .where(ProductCategory.product_id != bindparam("product"))
        .order_by(ProductCategory.position, ProductCategory.product_id)
        .limit(RELATED_CARDS)
    )
    return cards_of(ids, bindparam("price_list"))


def _lowest(variants: Sequence[VariantView]) -> PriceView | None:
    prices = [variant.price for variant in variants if variant.price]
    return min(prices, key=lambda price: price.amount.minor, default=None)


def _availability(variants: Sequence[VariantView]) -> str:
    counted = [variant.available for variant in variants if variant.available is not None]
    return availability(tracked=len(counted) == len(variants), available=sum(counted))


def _first(rows: Sequence[AnyRow], column: str, default: Any) -> Any:
    return next((value for row in rows if (value := getattr(row, column))), default)


def _ids(joined: str | None) -> set[int]:
    return {int(part) for part in joined.split(",")} if joined else set()


_sellable_by_skus = Among(lambda skus: _sellable_columns().where(Variant.sku.in_(skus)))
_sellable_by_ids = Among(lambda ids: _sellable_columns().where(Variant.id.in_(ids)))


@cache
def _sellable_by_sku() -> Any:
    return _sellable_columns().where(Variant.sku == bindparam("sku"))


def _sellable_columns() -> Any:
    in_list = (Price.variant_id == Variant.id) & (Price.price_list_id == bindparam("price_list"))
    return (
        select(
            Variant.id.label("variant_id"),
            Variant.sku,
            Variant.options,
            Variant.weight_g,
            Variant.requires_shipping,
            Variant.tracked,
            (Variant.active & Product.published).label("active"),
            func.coalesce(func.nullif(Variant.hs_code, ""), Product.hs_code).label("hs_code"),
            func.coalesce(func.nullif(Variant.origin_country, ""), Product.origin_country).label("origin_country"),
            Product.id.label("product_id"),
            Product.slug,
            Product.name,
            Product.options.label("product_options"),
            Product.tax_category,
            Product.customs_description,
            Product.materials,
            AMOUNT.label("amount"),
            Price.derived,
            PriceWindow.amount.label("window_amount"),
            Price.amount.label("usual_amount"),
            PriceWindow.valid_from,
            PriceWindow.valid_until,
            available_of(Variant.id).label("available"),
            _pictures().label("pictures"),
        )
        .join(Product, Product.id == Variant.product_id)
        .outerjoin(Price, in_list)
        .outerjoin(PriceWindow, is_on(bindparam("at", type_=UtcDateTime)))
    )


def _pictures() -> ScalarSelect[str]:
    """Position, option value and path of every picture of the product, in one text."""
    written = cast(Image.position, String) + literal("\t") + Image.option_value + literal("\t") + Image.path
    return (
        select(func.aggregate_strings(written, "\n"))
        .where(Image.product_id == Product.id, Image.path != "")
        .correlate(Product)
        .scalar_subquery()
    )


def _picture_of(pictures: str | None, values: Iterable[str]) -> str:
    """The picture for one of the variant's option values, else the first."""
    wanted = set(values)
    entries = [line.split("\t") for line in (pictures or "").split("\n") if line]
    ranked = sorted(entries, key=lambda entry: (entry[1] not in wanted, int(entry[0])))
    return ranked[0][2] if ranked else ""


def _sellable(row: AnyRow, market: MarketView, locale: str) -> Sellable:
    values = {code: value["value"] for code, value in row.options.items()}
    return Sellable(
        variant_id=row.variant_id,
        sku=row.sku,
        name=text(row.name, locale),
        options=options_label(row.options, (option["code"] for option in row.product_options), locale),
        unit_price=Money(row.amount, market.currency) if row.amount is not None else None,
        price_source=_price_source(row, market),
        tax_category=row.tax_category,
        hs_code=row.hs_code,
        origin_country=row.origin_country,
        weight_g=row.weight_g,
        requires_shipping=row.requires_shipping,
        tracked=row.tracked,
        available=int(row.available),
        image_path=_picture_of(row.pictures, values.values()),
        product_slug=row.slug,
        product_id=row.product_id,
        active=row.active,
        customs_description=row.customs_description,
        materials=row.materials,
        option_values=values,
    )


def _price_source(row: AnyRow, market: MarketView) -> str:
    if row.window_amount is not None:
        window = Window(row.window_amount, row.valid_from, row.valid_until)
        return f"{window} instead of {Money(row.usual_amount, market.currency)}"
    return told(row.derived) if row.derived else ""
