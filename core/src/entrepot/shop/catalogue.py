"""Home, category, product and search pages."""

from __future__ import annotations

from flask import abort, request

from entrepot.catalog import queries as catalog
from entrepot.shop.choosing import choose_variant
from entrepot.web import runtime
from entrepot.web.frame import render
from entrepot.web.i18n import gettext as _
from entrepot.web.visitor import visitor

LONGEST_QUERY = 200


def home() -> str:
    who = visitor()
    return render("home.html", home=catalog.home_page(who.market, who.locale, at=runtime().clock.now()))


def category(slug: str) -> str:
    who = visitor()
    page = catalog.category_page(
        slug,
        who.market,
        who.locale,
        cursor=request.args.get("after", ""),
        sort=request.args.get("sort", "featured"),
        in_stock_only=request.args.get("in_stock") == "1",
        at=runtime().clock.now(),
    )
    if page is None:
        abort(404)
    return render("category/show.html", category=page, sorts=_sorts(), after=request.args.get("after", ""))


def product(slug: str) -> str:
    who = visitor()
    page = catalog.product_page(slug, who.market, who.locale, at=runtime().clock.now())
    if page is None:
        abort(404)
    return render("product/show.html", product=page, choice=choose_variant(page, request.args))


def search() -> str:
    who = visitor()
    words = request.args.get("q", "").strip()[:LONGEST_QUERY]
    found = catalog.search(words, who.market, who.locale, request.args.get("after", ""), at=runtime().clock.now())
    return render("search/show.html", search=found)


def _sorts() -> tuple[tuple[str, str], ...]:
    """(value, label) of every way to sort a category."""
    return (
        ("featured", _("Our choice")),
        ("newest", _("Newest first")),
        ("price", _("Price, low to high")),
        ("price_desc", _("Price, high to low")),
    )
