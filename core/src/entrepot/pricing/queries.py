"""Reading what prices depend on: live promotions and cuts, what limits discounts, exchange rates, price history.

The catalogue is a slice above this one; of its tables a few columns are named here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Boolean, Engine, Row, Select, String, and_, case, cast, column, func, or_, select, table

from entrepot.engine.registry import Registry
from entrepot.kernel.records import dataclass
from entrepot.markets.queries import MarketView, known_store
from entrepot.markets.rules import text
from entrepot.pricing import models_shown
from entrepot.pricing.cuts import Article, CatalogueCut
from entrepot.pricing.definitions import NoAmountHere, Place, money, names, percent, read_definition
from entrepot.pricing.fx import ConversionImpossible, FxRate, exchanged
from entrepot.pricing.promotions import Plugged, Promotion
from entrepot.pricing.strikes import DEPTH, PricePoint
from entrepot.sdk.promotions import PromotionAction, PromotionCondition
from entrepot.storage.session import UtcDateTime, db, in_unit_of_work, reader

variant = table(
    "variant", column("id"), column("sku"), column("product_id"), column("position"), column("active", Boolean)
)
_product_category = table("product_category", column("product_id"), column("category_id"))
_category = table("category", column("id"), column("slug"))
_window = table(
    "price_window",
    column("valid_from", UtcDateTime),
    column("valid_until", UtcDateTime),
    column("begun", Boolean),
    column("ended", Boolean),
)
_AnyRow = Row[*tuple[Any, ...]]
#: What cross rates go through.
PIVOT = "EUR"
_PRECISION = 50


def customer_key(email: str) -> str:
    """How a buyer is told from another when uses are counted; empty while nobody is known."""
    return email.strip().casefold()


def place_of(market: MarketView) -> Place:
    return Place(market.code, market.currency)


def promotions(
    market: MarketView, locale: str, *, coupons: Collection[str], customer: str, at: datetime
) -> tuple[Promotion, ...]:
    """Promotions of the market that need no coupon or one of these, with the uses of this buyer.

    No query while none needs a coupon or counts its uses and nothing has changed.
    """
    rows = [*_live(at).promotions, *(_with_coupon(coupons) if coupons else ())]
    here = [row for row in rows if not row.markets or market.code in row.markets]
    counted = [row.id for row in here if row.usage_limit is not None or row.per_customer_limit is not None]
    uses = _uses(counted, customer) if counted else {}
    read = (_promotion(row, market, locale, uses.get(row.id, (0, 0))) for row in here)
    return tuple(promotion for promotion in read if promotion)


def running_cuts(market: MarketView, locale: str, *, at: datetime) -> tuple[CatalogueCut, ...]:
    """The market's catalogue cuts at that instant; no query while nothing has changed."""
    on = (row for row in _live(at).cuts if row.starts_at <= at and (row.ends_at is None or at < row.ends_at))
    return _cuts(on, market, locale)


def known_cuts(market: MarketView, locale: str, *, at: datetime) -> tuple[CatalogueCut, ...]:
    """Those that are on, those to come, and those that a struck price may depend on; no query while nothing changed."""
    return _cuts(_live(at).cuts, market, locale)


def past_cuts(market: MarketView, locale: str, *, since: datetime) -> tuple[CatalogueCut, ...]:
    """The market's catalogue cuts that were on at any time from ``since``, or are to come."""
    return _cuts(_cut_rows(since), market, locale)


def windows_are_due(at: datetime) -> bool:
    """Whether a price window has begun or ended that the listings do not know of; no query while nothing changed."""
    edge = _live(at).first_edge
    return edge is not None and edge <= at


def articles(variant_ids: Iterable[int], market: MarketView) -> dict[int, Article]:
    """What cuts and promotions look at, by variant id."""
    found = reader().execute(article_columns().where(variant.c.id.in_(list(variant_ids))))
    return {each.id: article(each, market) for each in found}


def article_columns(*more: Any) -> Select[*tuple[Any, ...]]:
    """A selection of variants that ``article`` reads, with other columns if wanted."""
    from entrepot.pricing import models

    slugs = (
        select(func.aggregate_strings(cast(_category.c.slug, String), "\n"))
        .select_from(_product_category.join(_category, _category.c.id == _product_category.c.category_id))
        .where(_product_category.c.product_id == variant.c.product_id)
        .correlate(variant)
        .scalar_subquery()
    )
    limit = models.DiscountLimit
    return (
        select(variant.c.id, variant.c.sku, slugs.label("slugs"), limit.discountable, limit.floors, *more)
        .select_from(variant)
        .outerjoin(limit, limit.variant_id == variant.c.id)
    )


def article(row: _AnyRow, market: MarketView) -> Article:
    place = place_of(market)
    floors = row.floors or {}
    has_floor = place.market in floors or place.currency in floors
    return Article(
        sku=row.sku,
        categories=frozenset(row.slugs.split("\n")) if row.slugs else frozenset(),
        floor=money(floors, place, "floor") if has_floor else None,
        discountable=row.discountable is not False,
    )


def plugged(registry: Registry) -> Plugged:
    """Conditions and actions that plugins brought."""
    rules = [rule() for rule in registry.promotion_rules]
    return Plugged(
        conditions={rule.id: rule for rule in rules if isinstance(rule, PromotionCondition)},
        actions={rule.id: rule for rule in rules if isinstance(rule, PromotionAction)},
    )


def fx_rate(base: str, quote: str, *, on: date) -> FxRate:
    """The newest stored rate between the two currencies, in either direction, of that day or before.

    A pair that no source quotes is crossed through the euro: the older leg gives id and day. Raises
    ConversionImpossible.
    """
    found = _stored_rate(base, quote, on=on) or _crossed(base, quote, on=on)
    if found is None:
        raise ConversionImpossible(f"No rate {base}/{quote} is stored for {on} or before. Import or enter one.")
    return found


def _crossed(base: str, quote: str, *, on: date) -> FxRate | None:
    if PIVOT in (base, quote):
        return None
    legs = _stored_rate(base, PIVOT, on=on), _stored_rate(PIVOT, quote, on=on)
    if legs[0] is None or legs[1] is None:
        return None
    units, _ = exchanged(exchanged(Fraction(1), base, legs[0])[0], PIVOT, legs[1])
    older = min(legs[0], legs[1], key=lambda leg: leg.on)
    with localcontext(prec=_PRECISION):
        rate = Decimal(units.numerator) / Decimal(units.denominator)
    return FxRate(older.id, base, quote, rate, older.on, f"{older.source} through {PIVOT}")


def _stored_rate(base: str, quote: str, *, on: date) -> FxRate | None:
    from entrepot.pricing import models

    row = models.FxRate
    pair = or_(and_(row.base == base, row.quote == quote), and_(row.base == quote, row.quote == base))
    as_asked = case((row.base == base, 0), else_=1)
    newest = select(row.__table__).where(pair, row.on <= on).order_by(row.on.desc(), as_asked, row.id.desc()).limit(1)
    found = reader().execute(newest).one_or_none()
    if found is None:
        return None
    return FxRate(found.id, found.base, found.quote, Decimal(found.rate), found.on, found.source)


def price_history(
    variant_ids: Iterable[int], market: MarketView, *, since: datetime
) -> dict[int, tuple[PricePoint, ...]]:
    """Prices of the market's list by variant id, oldest first: all changes from ``since``, and what held before."""
    from entrepot.pricing import models

    row = models.PriceHistory
    known = (row.price_list_id == market.price_list_id, row.variant_id.in_(list(variant_ids)))
    before = (
        select(row.variant_id, func.max(row.since).label("since"))
        .where(*known, row.since <= since)
        .group_by(row.variant_id)
        .subquery()
    )
    found = reader().execute(
        select(row.variant_id, row.since, row.amount)
        .outerjoin(before, before.c.variant_id == row.variant_id)
        .where(*known, or_(before.c.since.is_(None), row.since >= before.c.since))
        .order_by(row.variant_id, row.since)
    )
    points: dict[int, list[PricePoint]] = defaultdict(list)
    for each in found:
        points[each.variant_id].append(PricePoint(each.since, each.amount))
    return {variant_id: tuple(history) for variant_id, history in points.items()}


@dataclass(frozen=True)
class _Live:
    """What may apply from ``since`` on, as the store's version found it; coupons are looked up when entered.

    ``cuts`` reach back as far as a struck price may.
    """

    version: int
    since: datetime
    promotions: tuple[_AnyRow, ...]
    cuts: tuple[_AnyRow, ...]
    #: The first edge of a price window that the listings do not know of.
    first_edge: datetime | None


_known: WeakKeyDictionary[Engine, _Live] = WeakKeyDictionary()


def _live(at: datetime) -> _Live:
    version = known_store().version
    known = _known.get(db.engine)
    if known is not None and known.version == version and known.since <= at:
        return known
    row = models_shown.Promotion
    ending = or_(row.ends_at.is_(None), row.ends_at > at)
    query = select(row.__table__).where(row.enabled, row.coupon == "", ending).order_by(row.id)
    loaded = _Live(version, at, tuple(reader().execute(query)), _cut_rows(at - DEPTH), _first_edge())
    if not in_unit_of_work():  # what is not committed may never come true
        _known[db.engine] = loaded
    return loaded


def _with_coupon(coupons: Collection[str]) -> tuple[_AnyRow, ...]:
    row = models_shown.Promotion
    return tuple(reader().execute(select(row.__table__).where(row.enabled, row.coupon.in_(list(coupons)))))


def _uses(promotion_ids: list[int], customer: str) -> dict[int, tuple[int, int]]:
    """Uses by everybody and by this buyer, as they are now."""
    from entrepot.pricing import models

    row, own = models.Promotion, models.PromotionCustomer
    found = reader().execute(
        select(row.id, row.used, func.coalesce(own.used, 0).label("own"))
        .outerjoin(own, and_(own.promotion_id == row.id, own.customer == customer_key(customer)))
        .where(row.id.in_(promotion_ids))
    )
    return {each.id: (each.used, each.own) for each in found}


def _cut_rows(since: datetime) -> tuple[_AnyRow, ...]:
    row = models_shown.CatalogueCut
    ending = or_(row.ends_at.is_(None), row.ends_at > since)
    return tuple(reader().execute(select(row.__table__).where(ending).order_by(row.id)))


def _first_edge() -> datetime | None:
    row = _window.c
    edge = case((~row.begun, row.valid_from), else_=row.valid_until)
    return reader().execute(select(func.min(edge)).where(~row.ended)).scalar()


def _cuts(rows: Iterable[_AnyRow], market: MarketView, locale: str) -> tuple[CatalogueCut, ...]:
    here = (row for row in rows if not row.markets or market.code in row.markets)
    return tuple(cut for row in here if (cut := _cut(row, market, locale)))


def _promotion(row: _AnyRow, market: MarketView, locale: str, uses: tuple[int, int]) -> Promotion | None:
    try:
        definition = read_definition(row.definition, place_of(market))
    except NoAmountHere:
        return None
    return Promotion(
        id=row.code,
        label=text(row.label, locale),
        actions=definition.actions,
        conditions=definition.conditions,
        priority=row.priority,
        position=row.id,
        exclusive=row.exclusive,
        coupon=row.coupon,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        usage_limit=row.usage_limit,
        used=uses[0],
        per_customer_limit=row.per_customer_limit,
        used_by_customer=uses[1],
    )


def _cut(row: _AnyRow, market: MarketView, locale: str) -> CatalogueCut | None:
    written = row.definition
    try:
        amount = money(written["amount"], place_of(market), "amount") if "amount" in written else None
    except NoAmountHere:
        return None
    return CatalogueCut(
        id=row.code,
        label=text(row.label, locale),
        percent=percent(written.get("percent", 0)),
        amount=amount,
        skus=names(written.get("sku")) | names(written.get("skus")),
        categories=names(written.get("category")) | names(written.get("categories")),
        priority=row.priority,
        position=row.id,
        exclusive=row.exclusive,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
    )
