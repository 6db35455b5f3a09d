"""Products as they are saved, for whoever edits them: every language, every price list."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, or_, select

from entrepot.catalog.models import Category, Image, Price, Product, ProductCategory, Variant
from entrepot.catalog.records import (
    ImageRecord,
    OptionRecord,
    OptionValueRecord,
    PriceRecord,
    ProductRecord,
    VariantRecord,
)
from entrepot.markets.queries import price_list_codes
from entrepot.storage.session import reader


@dataclass(frozen=True)
class RecordRow:
    """One row of the list of all products, published or not."""

    id: int
    slug: str
    name: Mapping[str, str]
    published: bool
    updated_at: datetime


@dataclass(frozen=True)
class StoredRecord:
    """A product as it is stored. ``categories`` are the slugs of the lowest ones; prices are minor units by list."""

    record: ProductRecord
    categories: tuple[str, ...]
    updated_at: datetime


def record_rows(*, q: str, after: int, limit: int) -> list[RecordRow]:
    """Products by id, from the one after ``after`` on; ``q`` is in a name, or is the slug or a SKU."""
    row = Product
    query = select(row.id, row.slug, row.name, row.published, row.updated_at).where(row.id > after)
    if q:
        of_sku = select(Variant.product_id).where(Variant.sku == q)
        named = row.search_text.contains(q.lower(), autoescape=True)
        query = query.where(or_(row.slug == q, named, row.id.in_(of_sku)))
    return [RecordRow(*found) for found in reader().execute(query.order_by(row.id).limit(limit))]


def stored_record(slug: str) -> StoredRecord | None:
    """One product, in five queries whatever its size; None when there is none."""
    product = reader().execute(select(Product.__table__).where(Product.slug == slug)).one_or_none()
    if product is None:
        return None
    variants = reader().execute(
        select(Variant.__table__)
        .where(Variant.product_id == product.id, Variant.active)
        .order_by(Variant.position, Variant.id)
    )
    prices = _prices(product.id)
    record = ProductRecord(
        slug=product.slug,
        name=product.name,
        summary=product.summary,
        description=product.description,
        brand=product.brand,
        product_type=product.product_type,
        tags=tuple(product.tags),
        options=tuple(OptionRecord(option["code"], option["name"]) for option in product.options),
        variants=tuple(_variant(row, prices.get(row.id, {})) for row in variants),
        images=_images(product.id),
        specification=tuple((line["name"], line["value"]) for line in product.specification),
        tax_category=product.tax_category,
        origin_country=product.origin_country,
        hs_code=product.hs_code,
        customs_description=product.customs_description,
        materials=product.materials,
        published=product.published,
        position=product.position,
    )
    return StoredRecord(record, _lowest_categories(product.id), product.updated_at)


def way_to(slug: str) -> tuple[str, ...] | None:
    """The slugs from the top down to this category; None when there is none."""
    columns = select(Category.id, Category.parent_id, Category.slug)
    rows: dict[int, Any] = {row.id: row for row in reader().execute(columns)}
    found = next((row for row in rows.values() if row.slug == slug), None)
    way: list[str] = []
    while found is not None:
        way.append(found.slug)
        found = rows.get(found.parent_id)
    return tuple(reversed(way)) or None


def _variant(row: Row[Any], prices: Mapping[str, PriceRecord]) -> VariantRecord:
    options = {
        code: OptionValueRecord(value["value"], value["label"], value.get("swatch", ""))
        for code, value in row.options.items()
    }
    return VariantRecord(
        sku=row.sku,
        options=options,
        prices=prices,
        weight_g=row.weight_g,
        tracked=row.tracked,
        barcode=row.barcode,
        hs_code=row.hs_code,
        origin_country=row.origin_country,
        requires_shipping=row.requires_shipping,
    )


def _prices(product_id: int) -> dict[int, dict[str, PriceRecord]]:
    """{variant id: {price list code: price}}"""
    codes = price_list_codes()
    rows = reader().execute(
        select(Price.__table__).join(Variant, Variant.id == Price.variant_id).where(Variant.product_id == product_id)
    )
    found: dict[int, dict[str, PriceRecord]] = defaultdict(dict)
    for row in rows:
        found[row.variant_id][codes[row.price_list_id]] = PriceRecord(row.amount, row.compare_at)
    return found


def _images(product_id: int) -> tuple[ImageRecord, ...]:
    rows: Sequence[Row[Any]] = (
        reader()
        .execute(select(Image.__table__).where(Image.product_id == product_id).order_by(Image.position, Image.id))
        .all()
    )
    return tuple(
        ImageRecord(row.path, row.source_url, row.alt, row.option_value, row.width, row.height) for row in rows
    )


def _lowest_categories(product_id: int) -> tuple[str, ...]:
    """A product is filed under all that contains its categories; these are the ones that contain no other."""
    filed = select(ProductCategory.category_id).where(ProductCategory.product_id == product_id)
    query = select(Category.id, Category.slug, Category.parent_id).where(Category.id.in_(filed)).order_by(Category.slug)
    rows = reader().execute(query).all()
    above = {row.parent_id for row in rows}
    return tuple(row.slug for row in rows if row.id not in above)


def category_record(slug: str) -> dict[str, Any] | None:
    """One category with the slug of the one above it."""
    above = Category.__table__.alias("above")
    columns = (Category.slug, Category.name, Category.description, Category.position, above.c.slug.label("parent"))
    query = select(*columns).outerjoin(above, above.c.id == Category.parent_id)
    row = reader().execute(query.where(Category.slug == slug)).one_or_none()
    return {**row._mapping, "parent": row.parent or ""} if row is not None else None
