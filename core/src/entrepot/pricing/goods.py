"""From listed prices to what goods cost this buyer now: catalogue cuts, then the promotions of the cart."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from entrepot.engine.registry import Registry
from entrepot.kernel.money import Money
from entrepot.markets.queries import MarketView
from entrepot.pricing import queries
from entrepot.pricing.cuts import Article, CatalogueCut, CutPrice, cut_price
from entrepot.pricing.discounting import Discount, discount_goods, discount_shipping
from entrepot.pricing.promotions import NOTHING_PLUGGED, Plugged, Promotion, coupon_code, coupon_refusal, earned
from entrepot.pricing.rules import QuoteLine, TraceStep, discounted
from entrepot.sdk.promotions import PromotionCart, PromotionLine


@dataclass(frozen=True)
class Buyer:
    """Who buys, as far as is known. Earlier orders and groups are asked only when a promotion depends on them."""

    email: str
    coupons: tuple[str, ...]
    earlier_orders: Callable[[], int]
    groups: Callable[[], frozenset[str]] = frozenset


@dataclass(frozen=True)
class PricedGoods:
    """Lines with cuts and discounts, and the promotions that apply, for the delivery fee."""

    lines: tuple[QuoteLine, ...]
    applying: tuple[Promotion, ...] = ()
    trace: tuple[TraceStep, ...] = ()

    def off_shipping(self, fee: Money) -> tuple[Discount, ...]:
        return discount_shipping(self.applying, fee)


@dataclass(frozen=True)
class _Known:
    """What was read for one cart."""

    cuts: tuple[CatalogueCut, ...]
    promotions: tuple[Promotion, ...]
    articles: Mapping[int, Article]
    plugged: Plugged


def price_goods(
    registry: Registry, lines: Sequence[QuoteLine], market: MarketView, locale: str, buyer: Buyer, *, at: datetime
) -> PricedGoods:
    """The lines at today's prices with everything that promotions take off. Reads only; no query where no cut and no
    promotion is on."""
    known = _read(registry, lines, market, locale, buyer, at)
    if not known.cuts and not known.promotions:
        return PricedGoods(tuple(lines))
    cut = tuple(_cut(line, known, at) for line in lines)
    cart = _cart(cut, known, market, buyer, at)
    applying = earned(known.promotions, cart, known.plugged)
    taken = discount_goods(applying, cart, known.plugged)
    priced = tuple(discounted(line, taken.get(line.id)) for line in cut)
    return PricedGoods(priced, applying, _trace(applying))


def refusal_of_coupon(
    registry: Registry,
    lines: Sequence[QuoteLine],
    market: MarketView,
    locale: str,
    buyer: Buyer,
    *,
    code: str,
    at: datetime,
) -> str:
    """Why the coupon cannot be used with these lines, as a key like "used_up" or "unknown"; empty when it can."""
    tried = replace(buyer, coupons=(*buyer.coupons, coupon_code(code)))
    known = _read(registry, lines, market, locale, tried, at)
    cart = _cart(tuple(_cut(line, known, at) for line in lines), known, market, tried, at)
    return coupon_refusal(known.promotions, cart, code, known.plugged)


def cut_prices(prices: Mapping[int, Money], market: MarketView, locale: str, *, at: datetime) -> dict[int, CutPrice]:
    """Listed prices by variant id with today's catalogue cuts; for pages. No query where no cut is on."""
    cuts = queries.running_cuts(market, locale, at=at)
    if not cuts:
        return {id: CutPrice(price, price) for id, price in prices.items()}
    articles = queries.articles(prices, market)
    return {id: cut_price(price, articles.get(id, Article("")), cuts, at) for id, price in prices.items()}


def _read(
    registry: Registry, lines: Sequence[QuoteLine], market: MarketView, locale: str, buyer: Buyer, at: datetime
) -> _Known:
    cuts = queries.running_cuts(market, locale, at=at)
    promotions = queries.promotions(market, locale, coupons=buyer.coupons, customer=buyer.email, at=at)
    if not cuts and not promotions:
        return _Known((), (), {}, NOTHING_PLUGGED)
    articles = queries.articles((line.variant_id for line in lines), market)
    return _Known(cuts, promotions, articles, queries.plugged(registry))


def _cut(line: QuoteLine, known: _Known, at: datetime) -> QuoteLine:
    price = cut_price(line.unit_price, known.articles.get(line.variant_id, Article(line.sku)), known.cuts, at)
    if not price.is_cut:
        return line
    return replace(
        line,
        unit_price=price.price,
        total=price.price * line.quantity,
        list_price=price.list_price,
        cuts=price.discounts,
    )


def _cart(lines: Sequence[QuoteLine], known: _Known, market: MarketView, buyer: Buyer, at: datetime) -> PromotionCart:
    conditions = [promotion.conditions for promotion in known.promotions]
    counts = bool(known.plugged.conditions) or any(each.nth_order is not None for each in conditions)
    groups = bool(known.plugged.conditions) or any(each.customer_groups for each in conditions)
    return PromotionCart(
        market=market.code,
        currency=market.currency,
        at=at,
        lines=tuple(_promotion_line(line, known.articles.get(line.variant_id)) for line in lines),
        coupons=frozenset(buyer.coupons),
        earlier_orders=buyer.earlier_orders() if counts else 0,
        customer_groups=buyer.groups() if groups else frozenset(),
    )


def _promotion_line(line: QuoteLine, article: Article | None) -> PromotionLine:
    known = article or Article(line.sku)
    return PromotionLine(
        id=line.id,
        sku=line.sku,
        quantity=line.quantity,
        unit_price=line.unit_price,
        list_price=line.list_price or line.unit_price,
        categories=known.categories,
        floor=known.floor,
        discountable=known.discountable,
    )


def _trace(applying: Sequence[Promotion]) -> tuple[TraceStep, ...]:
    return tuple(
        TraceStep("promotions", f"{each.id}: {each.label}" + (f" (coupon {each.coupon})" if each.coupon else ""))
        for each in applying
    )
