"""Promotions and which of them a cart has earned. Pure; what they take off is in ``discounting``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from entrepot.kernel.money import Money
from entrepot.kernel.records import dataclass
from entrepot.sdk.promotions import PromotionAction, PromotionCart, PromotionCondition, PromotionLine

UNIT_KINDS = ("unit_fixed", "unit_percent", "cheapest_free")
ORDER_KINDS = ("order_fixed", "order_percent")
SHIPPING_KINDS = ("shipping_percent",)


@dataclass(frozen=True)
class Scope:
    """Which units a discount looks at. Empty sets mean all."""

    categories: frozenset[str] = frozenset()
    skus: frozenset[str] = frozenset()
    min_price: Money | None = None
    max_price: Money | None = None
    #: Also goods whose price a catalogue cut has lowered.
    on_discounted: bool = True

    def covers(self, line: PromotionLine) -> bool:
        if not line.discountable or (line.is_reduced and not self.on_discounted):
            return False
        if self.categories and not self.categories & line.categories:
            return False
        if self.skus and line.sku not in self.skus:
            return False
        above = self.min_price is None or line.unit_price >= self.min_price
        return above and (self.max_price is None or line.unit_price <= self.max_price)


@dataclass(frozen=True)
class Action:
    """One discount of a promotion. ``percent`` is 20 for 20 %; ``every`` and ``max_applications`` are cheapest_free's.

    ``kind`` is one of the kinds above or the id of a plugin's action, which is given ``options``.
    """

    kind: str
    scope: Scope = field(default_factory=Scope)
    amount: Money | None = None
    percent: Decimal = Decimal(0)
    every: int = 0
    max_units: int | None = None
    max_applications: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Conditions:
    """What must be true of cart and buyer; goods count before discounts. Empty means no condition."""

    requires_category: str = ""
    requires_any_category: frozenset[str] = frozenset()
    requires_sku: str = ""
    min_qty: int = 0
    min_items_total: Money | None = None
    #: (category, goods of it)
    category_min: tuple[tuple[str, Money], ...] = ()
    nth_order: int | None = None
    customer_groups: frozenset[str] = frozenset()
    #: (id of a plugin's condition, its options)
    plugged: tuple[tuple[str, Mapping[str, Any]], ...] = ()


@dataclass(frozen=True)
class Promotion:
    """A promotion as it stands for one cart: amounts in the cart's currency, uses counted for its buyer.

    Higher ``priority`` first, of equal ones the lower ``position``. Of exclusive ones the first alone applies.
    """

    id: str
    label: str
    actions: tuple[Action, ...]
    conditions: Conditions = field(default_factory=Conditions)
    priority: int = 0
    position: int = 0
    exclusive: bool = False
    coupon: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    usage_limit: int | None = None
    used: int = 0
    per_customer_limit: int | None = None
    used_by_customer: int = 0


@dataclass(frozen=True)
class Plugged:
    """Conditions and actions that plugins brought, by id."""

    conditions: Mapping[str, PromotionCondition] = field(default_factory=dict)
    actions: Mapping[str, PromotionAction] = field(default_factory=dict)


NOTHING_PLUGGED = Plugged()


def coupon_code(written: str) -> str:
    """A coupon as it is compared: capitals, no space around it."""
    return written.strip().upper()


def refusal(promotion: Promotion, cart: PromotionCart, plugged: Plugged = NOTHING_PLUGGED) -> str:
    """Why the cart has not earned the promotion (a key such as "used_up"); empty when it has."""
    for reason, is_met in _CHECKS:
        if not is_met(promotion, cart):
            return reason
    met = all(_plugged_met(plugged, id, options, cart) for id, options in promotion.conditions.plugged)
    return "" if met else "conditions"


def coupon_refusal(
    promotions: Iterable[Promotion], cart: PromotionCart, code: str, plugged: Plugged = NOTHING_PLUGGED
) -> str:
    """Why the coupon cannot be used with this cart; empty when one of its promotions is earned."""
    tried = replace(cart, coupons=cart.coupons | {coupon_code(code)})
    reasons = [refusal(each, tried, plugged) for each in promotions if each.coupon == coupon_code(code)]
    if not reasons:
        return "unknown"
    return "" if "" in reasons else reasons[0]


def earned(
    promotions: Iterable[Promotion], cart: PromotionCart, plugged: Plugged = NOTHING_PLUGGED
) -> tuple[Promotion, ...]:
    """The promotions that apply, in the order of reckoning."""
    in_order = sorted(promotions, key=lambda each: (-each.priority, each.position))
    eligible = [each for each in in_order if not refusal(each, cart, plugged)]
    alone = next((each for each in eligible if each.exclusive), None)
    return (alone,) if alone else tuple(eligible)


def _plugged_met(plugged: Plugged, id: str, options: Mapping[str, Any], cart: PromotionCart) -> bool:
    """A condition whose plugin is gone or fails is not met: a discount must never come from a defect."""
    condition = plugged.conditions.get(id)
    try:
        return condition is not None and condition.is_met(cart, options) is True
    except Exception:
        return False


def _in_window(promotion: Promotion, cart: PromotionCart) -> bool:
    begun = promotion.starts_at is None or promotion.starts_at <= cart.at
    return begun and (promotion.ends_at is None or cart.at < promotion.ends_at)


def _coupon_entered(promotion: Promotion, cart: PromotionCart) -> bool:
    return not promotion.coupon or promotion.coupon in cart.coupons


def _uses_left(promotion: Promotion, cart: PromotionCart) -> bool:
    return promotion.usage_limit is None or promotion.used < promotion.usage_limit


def _buyers_uses_left(promotion: Promotion, cart: PromotionCart) -> bool:
    return promotion.per_customer_limit is None or promotion.used_by_customer < promotion.per_customer_limit


def _nth_order(promotion: Promotion, cart: PromotionCart) -> bool:
    return promotion.conditions.nth_order in (None, cart.earlier_orders + 1)


def _enough_units(promotion: Promotion, cart: PromotionCart) -> bool:
    return cart.quantity >= promotion.conditions.min_qty


def _enough_goods(promotion: Promotion, cart: PromotionCart) -> bool:
    least = promotion.conditions.min_items_total
    return least is None or cart.goods >= least


def _goods_present(promotion: Promotion, cart: PromotionCart) -> bool:
    wanted = promotion.conditions
    categories = frozenset(category for line in cart.lines for category in line.categories)
    return (
        (not wanted.requires_category or wanted.requires_category in categories)
        and (not wanted.requires_any_category or bool(wanted.requires_any_category & categories))
        and (not wanted.requires_sku or any(line.sku == wanted.requires_sku for line in cart.lines))
    )


def _enough_of_categories(promotion: Promotion, cart: PromotionCart) -> bool:
    return all(
        sum(line.value.minor for line in cart.lines if category in line.categories) >= least.minor
        for category, least in promotion.conditions.category_min
    )


def _group_fits(promotion: Promotion, cart: PromotionCart) -> bool:
    groups = promotion.conditions.customer_groups
    return not groups or bool(groups & cart.customer_groups)


_CHECKS: tuple[tuple[str, Callable[[Promotion, PromotionCart], bool]], ...] = (
    ("coupon", _coupon_entered),
    ("not_now", _in_window),
    ("used_up", _uses_left),
    ("used_by_you", _buyers_uses_left),
    ("nth_order", _nth_order),
    ("customer", _group_fits),
    ("quantity", _enough_units),
    ("total", _enough_goods),
    ("goods", _goods_present),
    ("total", _enough_of_categories),
)
