"""What buyers are asked today, for every page: listed prices after catalogue cuts, with the price that may be struck.

One query for all products of a page, and none while no cut is on and no product carries a wish for a struck price. The
catalogue is a slice above this one; of its tables a few columns are named here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Row, and_, case, column, func, or_, select, table
from sqlalchemy.orm import aliased

from entrepot.kernel.money import Money
from entrepot.kernel.records import dataclass
from entrepot.markets.queries import MarketView
from entrepot.pricing import queries
from entrepot.pricing.cuts import CatalogueCut, CutPrice, cut_price
from entrepot.pricing.strikes import DEPTH, PricePoint, announced_strike, asked_prices
from entrepot.storage.session import UtcDateTime, reader

_price = table("price", column("price_list_id"), column("variant_id"), column("amount"), column("compare_at"))
_window = table(
    "price_window",
    column("price_list_id"),
    column("variant_id"),
    column("amount"),
    column("valid_from", UtcDateTime),
    column("valid_until", UtcDateTime),
)
#: The listed price in force, and the former price to show: the merchant's wish, else the usual price of a reduction.
_amount = func.coalesce(_window.c.amount, _price.c.amount).label("amount")
_wish = func.coalesce(_price.c.compare_at, case((_window.c.amount < _price.c.amount, _price.c.amount)))
_AnyRow = Row[*tuple[Any, ...]]


@dataclass(frozen=True)
class AskedPrice:
    """What one variant costs today; ``struck`` is the former price that may lawfully be shown beside it."""

    variant_id: int
    cut: CutPrice
    struck: Money | None = None

    @property
    def price(self) -> Money:
        return self.cut.price


def asked_by_product(
    product_ids: Collection[int], market: MarketView, locale: str, *, wishes: Collection[int], at: datetime
) -> dict[int, tuple[AskedPrice, ...]]:
    """Prices of the active variants by product, in their order, of those products whose listed price is not the answer.

    ``wishes`` are those of the products for which the merchant wishes to show a former price.
    """
    cuts = queries.known_cuts(market, locale, at=at)
    is_every = queries.windows_are_due(at) or any(cut.is_on(at) for cut in cuts)
    concerned = product_ids if is_every else wishes
    if not concerned:
        return {}
    found: dict[int, list[AskedPrice]] = defaultdict(list)
    for _, points in groupby(_rows(concerned, market, at), key=lambda row: row.id):
        rows = list(points)
        found[rows[0].product_id].append(_asked(rows, market, cuts, at))
    return {product_id: tuple(prices) for product_id, prices in found.items()}


def _asked(rows: Sequence[_AnyRow], market: MarketView, cuts: Iterable[CatalogueCut], at: datetime) -> AskedPrice:
    """From the rows of one variant, one for each listed price that was noted."""
    first = rows[0]
    article = queries.article(first, market)
    covering = [cut for cut in cuts if cut.covers(article)]
    today = cut_price(Money(first.amount, market.currency), article, covering, at)
    listed = [PricePoint(row.since, row.noted) for row in rows if row.since is not None]
    asked = asked_prices(listed, article, covering, currency=market.currency, until=at)
    struck = announced_strike(asked, at, today=today, wish=first.compare_at)
    return AskedPrice(first.id, today, Money(struck, market.currency) if struck is not None else None)


def _rows(product_ids: Collection[int], market: MarketView, at: datetime) -> Iterable[_AnyRow]:
    from entrepot.pricing import models

    since = at - DEPTH
    noted, earlier = models.PriceHistory, aliased(models.PriceHistory)
    held_before = (
        select(func.max(earlier.since))
        .where(earlier.price_list_id == market.price_list_id, earlier.variant_id == queries.variant.c.id)
        .where(earlier.since <= since)
        .correlate(queries.variant)
        .scalar_subquery()
    )
    history = and_(
        noted.price_list_id == market.price_list_id,
        noted.variant_id == queries.variant.c.id,
        noted.since <= at,
        or_(noted.since > since, noted.since == held_before),
    )
    in_list = and_(_price.c.variant_id == queries.variant.c.id, _price.c.price_list_id == market.price_list_id)
    is_on = and_(
        _window.c.variant_id == _price.c.variant_id,
        _window.c.price_list_id == _price.c.price_list_id,
        _window.c.valid_from <= at,
        or_(_window.c.valid_until.is_(None), _window.c.valid_until > at),
    )
    variant = queries.variant.c
    query = (
        queries.article_columns(variant.product_id, _amount, _wish.label("compare_at"))
        .add_columns(noted.since, noted.amount.label("noted"))
        .join(_price, in_list)
        .outerjoin(_window, is_on)
        .outerjoin(noted, history)
        .where(variant.product_id.in_(list(product_ids)), variant.active)
        .order_by(variant.product_id, variant.position, variant.id, noted.since)
    )
    return reader().execute(query)
