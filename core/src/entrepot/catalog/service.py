"""Saving products and categories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from entrepot.catalog.html import clean_all
from entrepot.catalog.models import Category, ProductCategory
from entrepot.catalog.records import ProductRecord
from entrepot.catalog.rules import slugify
from entrepot.catalog.saving import Batch, Saved
from entrepot.kernel.clock import HasClock
from entrepot.markets.rules import FALLBACK_LOCALE
from entrepot.markets.service import touch_store
from entrepot.sdk.errors import EntrepotError
from entrepot.storage.session import unit_of_work


class CategoryInvalid(EntrepotError):
    """A category that cannot stand where it was put."""


def save_product(
    runtime: HasClock,
    record: ProductRecord,
    *,
    reference: str = "catalogue",
    actor: str = "system",
    locale: str = FALLBACK_LOCALE,
) -> int:
    """Create or change the product with this slug; its id. See ``save_products``."""
    return save_products(runtime, [record], reference=reference, actor=actor, locale=locale)[0].product_id


def save_products(
    runtime: HasClock,
    records: Sequence[ProductRecord],
    *,
    reference: str = "catalogue",
    actor: str = "system",
    locale: str = FALLBACK_LOCALE,
) -> list[Saved]:
    """Create or change many products in one transaction, all of them or none.

    Variants that a record no longer names are deactivated; prices in price lists and stock in warehouses that it does
    not name stay as they are. Missing categories are created, named in ``locale``. Raises SkuTaken, UnknownPriceList,
    UnknownWarehouse, StockPromised.
    """
    with unit_of_work() as session:
        batch = Batch(
            session, at=runtime.clock.now(), reference=reference, actor=actor, locale=locale, import_digests={}
        )
        return batch.save(records)


def save_category(
    runtime: HasClock,
    *,
    name: Mapping[str, str],
    slug: str = "",
    parent: str = "",
    description: Mapping[str, str] | None = None,
    position: int = 100,
) -> int:
    """Create or change the category with this slug, under the category with the slug ``parent``; its id."""
    slug = slug or slugify(next(iter(name.values())))
    with unit_of_work() as session:
        parent_id = _parent_id(session, parent)
        category = session.scalar(select(Category).where(Category.slug == slug)) or Category(slug=slug)
        moved = category.id is not None and category.parent_id != parent_id
        category.name = dict(name)
        category.description = clean_all(description or {})
        category.parent_id = parent_id
        category.position = position
        session.add(category)
        session.flush()
        if moved:
            _refuse_circle(session, category)
            _file_under_ancestors(session, category)
        touch_store(session)
        return category.id


def _parent_id(session: Session, slug: str) -> int | None:
    if not slug:
        return None
    found = session.scalar(select(Category.id).where(Category.slug == slug))
    if found is None:
        raise CategoryInvalid(f"There is no category {slug!r} to put this one under. Create it first.")
    return found


def _refuse_circle(session: Session, category: Category) -> None:
    if category.id in _ancestors(session, category.parent_id):
        raise CategoryInvalid(f"Category {category.slug!r} cannot stand below itself. Choose another parent.")


def _ancestors(session: Session, category_id: int | None) -> list[int]:
    rows = session.execute(select(Category.id, Category.parent_id))
    parents: dict[int, int | None] = {row.id: row.parent_id for row in rows}
    found: list[int] = []
    while category_id is not None and category_id not in found:  # a circle ends it too
        found.append(category_id)
        category_id = parents[category_id]
    return found


def _file_under_ancestors(session: Session, category: Category) -> None:
    """File the products of a moved category under everything that contains it now.

    Former ancestors keep them: whether they were filed there for another reason is not known.
    """
    filed = select(ProductCategory.product_id, ProductCategory.position).where(
        ProductCategory.category_id == category.id
    )
    products = {row.product_id: row.position for row in session.execute(filed)}
    for ancestor in _ancestors(session, category.parent_id):
        there = select(ProductCategory.product_id).where(ProductCategory.category_id == ancestor)
        missing = products.keys() - set(session.scalars(there))
        if missing:
            session.execute(
                insert(ProductCategory),
                [{"category_id": ancestor, "product_id": id_, "position": products[id_]} for id_ in sorted(missing)],
            )
