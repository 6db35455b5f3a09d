"""Category pages, the home page and the search: keyset pages of cards, at the prices of the instant ``at``.

Sorting by price goes by the lowest listed price, before catalogue cuts: it is stored, and a cut that begins or ends
while somebody turns pages neither repeats nor skips a product. Without ``at`` cards show listed prices.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, literal, select, tuple_, union
from sqlalchemy.orm import aliased

from entrepot.catalog import cursors
from entrepot.catalog.cards import (
    AnyRow,
    Asked,
    asked_of,
    can_be_bought,
    card,
    card_rows,
    image_view,
    offered,
    offered_in_category,
)
from entrepot.catalog.models import Category, Image, Product, ProductCategory, ProductPrice
from entrepot.catalog.rules import search_words
from entrepot.catalog.tree import path_to
from entrepot.catalog.views import CategoryLink, CategoryPage, HomePage, ImageView, ProductCard, SearchPage
from entrepot.kernel.records import dataclass
from entrepot.markets.queries import CategoryNode, MarketView, known_store
from entrepot.markets.rules import text
from entrepot.storage.session import reader

HOME_CARDS = 8
LARGEST_PAGE = 100


@dataclass(frozen=True)
class _Sort:
    """Columns that a listing is sorted by, and the same key of a row. The product id makes every key unique."""

    name: str
    columns: tuple[Any, ...]
    key: Callable[[AnyRow], tuple[int, ...]]
    descending: bool = False

    def after(self, key: tuple[Any, ...]) -> ColumnElement[bool]:
        columns = tuple_(*self.columns)
        values = tuple_(*(literal(part) for part in key))
        return columns < values if self.descending else columns > values

    def order(self) -> list[ColumnElement[Any]]:
        return [column.desc() if self.descending else column.asc() for column in self.columns]


_BY_POSITION = _Sort("featured", (Product.position, Product.id), lambda row: (row.position, row.id))

SORTS = {
    sort.name: sort
    for sort in (
        _Sort("featured", (ProductCategory.position, ProductCategory.product_id), lambda row: (row.position, row.id)),
        _Sort("price", (ProductPrice.lowest, Product.id), lambda row: (row.lowest, row.id)),
        _Sort("price_desc", (ProductPrice.lowest, Product.id), lambda row: (row.lowest, row.id), descending=True),
        _Sort("newest", (Product.id,), lambda row: (row.id,), descending=True),
    )
}


def category_page(
    slug: str,
    market: MarketView,
    locale: str,
    *,
    cursor: str = "",
    sort: str = "featured",
    limit: int = 24,
    in_stock_only: bool = False,
    at: datetime | None = None,
) -> CategoryPage | None:
    """One page of a category and everything below it; None when there is no such category.

    An unknown sort order is the featured one, and a cursor that was tampered with is the first page.
    """
    path = path_to(known_store().categories, slug)
    if not path:
        return None
    chosen = SORTS.get(sort, SORTS["featured"])
    ids = offered_in_category(market.price_list_id, path[-1].id)
    if in_stock_only:
        ids = ids.where(can_be_bought())
    cards, next_cursor = _page(ids, chosen, market, locale, cursor=cursor, limit=limit, at=at)
    return CategoryPage(
        slug=slug,
        name=text(path[-1].name, locale),
        description=text(path[-1].description, locale),
        breadcrumbs=tuple((node.slug, text(node.name, locale)) for node in path[:-1]),
        children=tuple(CategoryLink(node.slug, text(node.name, locale)) for node in path[-1].children),
        cards=cards,
        next_cursor=next_cursor,
        in_stock_only=in_stock_only,
        sort=chosen.name,
    )


def search(
    q: str, market: MarketView, locale: str, cursor: str = "", *, limit: int = 24, at: datetime | None = None
) -> SearchPage:
    """Products that contain every word in a name, brand, type, tag or SKU; nothing for an empty query."""
    words = search_words(q)
    if not words:
        return SearchPage(q, (), "")
    ids = offered(market.price_list_id)
    for word in words:
        ids = ids.where(Product.search_text.contains(word, autoescape=True))
    cards, next_cursor = _page(ids, _BY_POSITION, market, locale, cursor=cursor, limit=limit, at=at)
    return SearchPage(q, cards, next_cursor)


def all_products(
    market: MarketView, locale: str, *, cursor: str = "", limit: int = 24, at: datetime | None = None
) -> SearchPage:
    """Everything that the market offers, in the order of the shop."""
    cards, next_cursor = _page(
        offered(market.price_list_id), _BY_POSITION, market, locale, cursor=cursor, limit=limit, at=at
    )
    return SearchPage("", cards, next_cursor)


def home_page(market: MarketView, locale: str, *, at: datetime | None = None) -> HomePage:
    """What the shop shows first, what came last, and a picture per top category."""
    newest = SORTS["newest"]
    firsts = (_limited(offered(market.price_list_id), sort, HOME_CARDS).subquery() for sort in (_BY_POSITION, newest))
    rows = card_rows(union(*(select(first.c.id) for first in firsts)), market)
    asked = asked_of(rows, market, locale, at=at)
    return HomePage(
        featured=_cards(_sorted(rows, _BY_POSITION)[:HOME_CARDS], asked, market, locale),
        new=_cards(_sorted(rows, newest)[:HOME_CARDS], asked, market, locale),
        categories=_links_with_picture(known_store().categories, locale),
    )


def _page(
    ids: Select[int],
    sort: _Sort,
    market: MarketView,
    locale: str,
    *,
    cursor: str,
    limit: int,
    at: datetime | None,
) -> tuple[tuple[ProductCard, ...], str]:
    """One keyset page and the cursor of the next."""
    limit = min(max(limit, 1), LARGEST_PAGE)
    key = cursors.decode(cursor, sort.name, *[int] * len(sort.columns))
    if key is not None:
        ids = ids.where(sort.after(key))
    rows = _sorted(card_rows(_limited(ids, sort, limit + 1), market), sort)
    shown = rows[:limit]
    next_cursor = cursors.encode(sort.name, *sort.key(shown[-1])) if len(rows) > limit else ""
    return _cards(shown, asked_of(shown, market, locale, at=at), market, locale), next_cursor


def _limited(ids: Select[int], sort: _Sort, limit: int) -> Select[int]:
    return ids.order_by(*sort.order()).limit(limit)


def _sorted(rows: Sequence[AnyRow], sort: _Sort) -> list[AnyRow]:
    return sorted(rows, key=sort.key, reverse=sort.descending)


def _cards(rows: Sequence[AnyRow], asked: Asked, market: MarketView, locale: str) -> tuple[ProductCard, ...]:
    return tuple(card(row, asked, market, locale) for row in rows)


def _links_with_picture(nodes: Sequence[CategoryNode], locale: str) -> tuple[CategoryLink, ...]:
    pictures = _pictures([node.id for node in nodes])
    return tuple(CategoryLink(node.slug, text(node.name, locale), _picture(node, pictures, locale)) for node in nodes)


def _picture(node: CategoryNode, pictures: dict[int, AnyRow], locale: str) -> ImageView | None:
    row = pictures.get(node.id)
    return image_view(row, text(node.name, locale), locale) if row is not None else None


def _pictures(category_ids: Sequence[int]) -> dict[int, AnyRow]:
    """The first picture of the first product that has one, per category."""
    picture = aliased(Image)
    first = (
        select(Image.id)
        .join(ProductCategory, ProductCategory.product_id == Image.product_id)
        .join(Product, Product.id == Image.product_id)
        .where(ProductCategory.category_id == Category.id, Product.published, Image.path != "")
        .order_by(ProductCategory.position, ProductCategory.product_id, Image.position, Image.id)
        .limit(1)
        .correlate(Category)
        .scalar_subquery()
    )
    rows = reader().execute(
        select(Category.id, picture.path, picture.alt, picture.width, picture.height)
        .join(picture, picture.id == first)
        .where(Category.id.in_(category_ids))
    )
    return {row.id: row for row in rows}
