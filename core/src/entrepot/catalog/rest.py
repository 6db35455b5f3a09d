"""The catalogue in the API, as buyers see it: texts in their language, prices of their market."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from entrepot import web
from entrepot.api import context
from entrepot.api.errors import NotFound
from entrepot.api.operations import Resource
from entrepot.api.schemas import ReaderQuery
from entrepot.catalog.listings import all_products, category_page, search
from entrepot.catalog.queries import product_page
from entrepot.catalog.schemas import CategoryListSchema, ProductPageSchema, ProductQuery, ProductSchema
from entrepot.catalog.views import ProductPage
from entrepot.markets.queries import CategoryNode, MarketView, store
from entrepot.markets.rules import text

catalogue = Resource("Catalogue", __name__, "Products and categories as buyers see them.")
resources = (catalogue,)


@catalogue.operation("GET", "/products", answer=ProductPageSchema, query=ProductQuery, problems=(404,))
def list_products(query: dict[str, Any]) -> dict[str, Any]:
    """Products of a category, of a search, or all"""
    market, locale = context.market_of(query)
    cursor, limit, now = query["cursor"], query["limit"], web.runtime().clock.now()
    if query["q"]:
        found: Any = search(query["q"], market, locale, cursor, limit=limit, at=now)
    elif query["category"]:
        found = category_page(
            query["category"],
            market,
            locale,
            cursor=cursor,
            sort=query["sort"],
            limit=limit,
            in_stock_only=query["in_stock"],
            at=now,
        )
    else:
        found = all_products(market, locale, cursor=cursor, limit=limit, at=now)
    if found is None:
        raise NotFound(f"category '{query['category']}'")
    return {"items": found.cards, "next_cursor": found.next_cursor or None}


@catalogue.operation("GET", "/products/<slug>", answer=ProductSchema, query=ReaderQuery)
def read_product(query: dict[str, Any], slug: str) -> dict[str, Any]:
    """One product with its variants"""
    market, locale = context.market_of(query)
    found = product_page(slug, market, locale, at=web.runtime().clock.now())
    if found is None:
        raise NotFound(f"product '{slug}'")
    return _product(found)


@catalogue.operation("GET", "/categories", answer=CategoryListSchema, query=ReaderQuery)
def list_categories(query: dict[str, Any]) -> dict[str, Any]:
    """The category tree, each after its parent"""
    market, locale = context.market_of(query)
    return {"items": list(_below(store().categories, None, market, locale))}


def _product(page: ProductPage) -> dict[str, Any]:
    return {
        **{field.name: getattr(page, field.name) for field in fields(page)},
        "specification": [{"name": name, "value": value} for name, value in page.specification],
        "categories": [slug for slug, _ in page.breadcrumbs],
    }


def _below(
    nodes: tuple[CategoryNode, ...], parent: str | None, market: MarketView, locale: str
) -> Iterator[dict[str, Any]]:
    for node in nodes:
        description = text(node.description, locale)
        yield {"slug": node.slug, "name": text(node.name, locale), "description": description, "parent": parent}
        yield from _below(node.children, node.slug, market, locale)
