"""Writing products in batches: a fixed number of statements, however many products there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from entrepot.catalog.filing import Filing
from entrepot.catalog.html import clean_all
from entrepot.catalog.models import Image, Price, Product, ProductCategory, Variant
from entrepot.catalog.noting import chunks, note_prices, refresh_listing_prices
from entrepot.catalog.records import ImageRecord, ProductRecord, VariantRecord, as_sold
from entrepot.catalog.rules import search_text
from entrepot.inventory.stock import Count, set_counts
from entrepot.pricing.history import ListedPrice
from entrepot.sdk.errors import EntrepotError


class SkuTaken(EntrepotError):
    """A SKU belongs to another product."""

    def __init__(self, sku: str, slug: str) -> None:
        super().__init__(f"SKU {sku!r} belongs to the product {slug!r} already. Give this variant another SKU.")
        self.sku = sku


@dataclass(frozen=True, slots=True)
class Saved:
    product_id: int
    slug: str
    created: bool


@dataclass(frozen=True, slots=True)
class Existing:
    id: int
    import_digest: str


class Batch:
    """Saves products inside the caller's transaction, all or none: on an exception the caller rolls back."""

    def __init__(
        self,
        session: Session,
        *,
        at: datetime,
        reference: str,
        actor: str,
        locale: str,
        import_digests: Mapping[str, str],
    ) -> None:
        self._session = session
        self._at = at
        self._reference = reference
        self._actor = actor
        self._digests = import_digests
        self._filing = Filing(session, locale)

    def save(self, records: Sequence[ProductRecord]) -> list[Saved]:
        """Raises SkuTaken, UnknownPriceList, UnknownWarehouse, StockPromised."""
        records = [as_sold(record) for record in records]
        known = existing_products(self._session, [record.slug for record in records])
        known_ids = [existing.id for existing in known.values()]
        refuse_taken_skus(self._session, records)
        ids = self._write_products(records, known)
        self._write_categories(records, known_ids, ids)
        self._write_images(records, known_ids, ids)
        variant_ids = self._write_variants(records, known_ids, ids)
        self._write_prices(records, variant_ids)
        refresh_listing_prices(self._session, list(ids.values()), at=self._at)
        self._write_stock(records, variant_ids)
        return [Saved(ids[record.slug], record.slug, record.slug not in known) for record in records]

    def _write_products(self, records: Sequence[ProductRecord], known: Mapping[str, Existing]) -> dict[str, int]:
        rows = {record.slug: self._product_row(record) for record in records}
        _update(self._session, Product, [rows[slug] | {"id": existing.id} for slug, existing in known.items()])
        ids = {slug: existing.id for slug, existing in known.items()}
        new = [row | {"created_at": self._at} for slug, row in rows.items() if slug not in known]
        if new:
            added = self._session.execute(_returning(Product, Product.id, Product.slug), new)
            ids |= {row.slug: row.id for row in added}
        return ids

    def _product_row(self, record: ProductRecord) -> dict[str, Any]:
        return {
            "slug": record.slug,
            "name": dict(record.name),
            "summary": dict(record.summary),
            "description": clean_all(record.description),
            "brand": record.brand,
            "product_type": record.product_type,
            "tags": list(record.tags),
            "options": [{"code": option.code, "name": dict(option.name)} for option in record.options],
            "tax_category": record.tax_category,
            "origin_country": record.origin_country,
            "hs_code": record.hs_code,
            "customs_description": record.customs_description,
            "materials": record.materials,
            "specification": [{"name": dict(name), "value": dict(value)} for name, value in record.specification],
            "published": record.published,
            "position": record.position,
            "updated_at": self._at,
            "import_digest": self._digests.get(record.slug, ""),
            "search_text": _search_text(record),
        }

    def _write_categories(
        self, records: Sequence[ProductRecord], known_ids: Sequence[int], ids: Mapping[str, int]
    ) -> None:
        _delete_of(self._session, ProductCategory, known_ids)
        rows = [
            {"category_id": category_id, "product_id": ids[record.slug], "position": record.position}
            for record in records
            for category_id in self._filing.category_ids(record.categories)
        ]
        _insert(self._session, ProductCategory, rows)

    def _write_images(self, records: Sequence[ProductRecord], known_ids: Sequence[int], ids: Mapping[str, int]) -> None:
        fetched = _fetched_images(self._session, known_ids)
        _delete_of(self._session, Image, known_ids)
        rows = [
            _image_row(image, ids[record.slug], position, fetched)
            for record in records
            for position, image in enumerate(record.images, start=1)
        ]
        _insert(self._session, Image, rows)

    def _write_variants(
        self, records: Sequence[ProductRecord], known_ids: Sequence[int], ids: Mapping[str, int]
    ) -> dict[str, int]:
        known = _variants_of(self._session, known_ids)
        rows = {
            variant.sku: _variant_row(variant, ids[record.slug], position)
            for record in records
            for position, variant in enumerate(record.variants, start=1)
        }
        _update(self._session, Variant, [rows[sku] | {"id": id_} for sku, id_ in known.items() if sku in rows])
        _update(self._session, Variant, [{"id": id_, "active": False} for sku, id_ in known.items() if sku not in rows])
        new = [row for sku, row in rows.items() if sku not in known]
        if new:
            added = self._session.execute(_returning(Variant, Variant.id, Variant.sku), new)
            known |= {row.sku: row.id for row in added}
        return known

    def _write_prices(self, records: Sequence[ProductRecord], variant_ids: Mapping[str, int]) -> None:
        rows: list[dict[str, Any]] = [
            {
                "price_list_id": self._filing.price_list_id(code),
                "variant_id": variant_ids[variant.sku],
                "amount": price.amount,
                "compare_at": price.compare_at,
            }
            for record in records
            for variant in record.variants
            for code, price in variant.prices.items()
        ]
        if rows:
            self._session.execute(upsert_price(self._session), rows)
            asked = (ListedPrice(row["price_list_id"], row["variant_id"], row["amount"]) for row in rows)
            note_prices(self._session, asked, at=self._at)

    def _write_stock(self, records: Sequence[ProductRecord], variant_ids: Mapping[str, int]) -> None:
        counts = [
            Count(variant_ids[variant.sku], self._filing.warehouse_id(code), on_hand)
            for record in records
            for variant in record.variants
            for code, on_hand in variant.stock.items()
        ]
        if counts:
            set_counts(self._session, counts, reference=self._reference, actor=self._actor, at=self._at)


def existing_products(session: Session, slugs: Sequence[str]) -> dict[str, Existing]:
    """The products that are there already, by slug."""
    query = select(Product.id, Product.slug, Product.import_digest)
    return {
        row.slug: Existing(row.id, row.import_digest)
        for chunk in chunks(slugs)
        for row in session.execute(query.where(Product.slug.in_(chunk)))
    }


def refuse_taken_skus(session: Session, records: Iterable[ProductRecord]) -> None:
    """Raises SkuTaken when a SKU belongs to a product with another slug."""
    wanted = {variant.sku: record.slug for record in records for variant in record.variants}
    owner = select(Variant.sku, Product.slug).join(Product, Product.id == Variant.product_id)
    for chunk in chunks(list(wanted)):
        for row in session.execute(owner.where(Variant.sku.in_(chunk))):
            if wanted[row.sku] != row.slug:
                raise SkuTaken(row.sku, row.slug)


def _search_text(record: ProductRecord) -> str:
    skus = (variant.sku for variant in record.variants)
    return search_text([*record.name.values(), record.brand, record.product_type, *record.tags, *skus])


def _variant_row(variant: VariantRecord, product_id: int, position: int) -> dict[str, Any]:
    return {
        "product_id": product_id,
        "sku": variant.sku,
        "options": {
            code: {"value": value.value, "label": dict(value.label), "swatch": value.swatch}
            for code, value in variant.options.items()
        },
        "barcode": variant.barcode,
        "weight_g": variant.weight_g,
        "hs_code": variant.hs_code,
        "origin_country": variant.origin_country,
        "tracked": variant.tracked,
        "requires_shipping": variant.requires_shipping,
        "position": position,
        "active": True,
    }


def _image_row(
    image: ImageRecord, product_id: int, position: int, fetched: Mapping[tuple[int, str], Any]
) -> dict[str, Any]:
    here = fetched.get((product_id, image.source_url)) if image.source_url and not image.path else None
    return {
        "product_id": product_id,
        "option_value": image.option_value,
        "path": here.path if here else image.path,
        "source_url": image.source_url,
        "alt": dict(image.alt),
        "width": here.width if here else image.width,
        "height": here.height if here else image.height,
        "position": position,
    }


def _fetched_images(session: Session, product_ids: Sequence[int]) -> dict[tuple[int, str], Any]:
    """Pictures that were fetched from elsewhere, so that saving again does not lose them."""
    columns = select(Image.product_id, Image.source_url, Image.path, Image.width, Image.height)
    fetched = columns.where(Image.source_url != "", Image.path != "")
    return {
        (row.product_id, row.source_url): row
        for chunk in chunks(product_ids)
        for row in session.execute(fetched.where(Image.product_id.in_(chunk)))
    }


def _variants_of(session: Session, product_ids: Sequence[int]) -> dict[str, int]:
    query = select(Variant.id, Variant.sku)
    return {
        row.sku: row.id
        for chunk in chunks(product_ids)
        for row in session.execute(query.where(Variant.product_id.in_(chunk)))
    }


def upsert_price(session: Session, *, derived: bool = False) -> Any:
    """Writes rows of ``Price``. One that is entered is no longer derived, unless the amount stays.

    ``derived`` rows bring where they come from, and leave the wish for a former price alone.
    """
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    new = dialect.insert(_table(Price))
    entered = case((Price.amount == new.excluded.amount, Price.derived), else_=new.excluded.derived)
    either = (
        {"derived": new.excluded.derived} if derived else {"derived": entered, "compare_at": new.excluded.compare_at}
    )
    return new.on_conflict_do_update(
        index_elements=["price_list_id", "variant_id"], set_={"amount": new.excluded.amount, **either}
    )


def _insert(session: Session, model: type[Any], rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        session.execute(insert(_table(model)), rows)


def _returning(model: type[Any], *columns: Any) -> Any:
    return insert(_table(model)).returning(*columns)


def _table(model: type[Any]) -> Any:
    """Inserting into the table instead of the class spares the ORM's bookkeeping, a good part of an import."""
    return model.__table__


def _update(session: Session, model: type[Any], rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        session.execute(update(model), rows)


def _delete_of(session: Session, model: type[Any], product_ids: Sequence[int]) -> None:
    for chunk in chunks(product_ids):
        session.execute(delete(model).where(model.product_id.in_(chunk)))
