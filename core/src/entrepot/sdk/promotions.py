"""Promotions: what conditions and actions see of a cart, and the bases of those that plugins bring. All pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from entrepot.kernel.money import Money, total
from entrepot.kernel.records import dataclass
from entrepot.sdk.errors import Unsupported


@dataclass(frozen=True)
class PromotionLine:
    """One line of the cart. ``unit_price`` is after catalogue cuts, ``list_price`` before them."""

    id: str
    sku: str
    quantity: int
    unit_price: Money
    list_price: Money
    #: Slugs of the product's categories and of all that contain them.
    categories: frozenset[str] = frozenset()
    #: No discount takes the price of a unit below it.
    floor: Money | None = None
    discountable: bool = True

    @property
    def is_reduced(self) -> bool:
        return self.unit_price < self.list_price

    @property
    def value(self) -> Money:
        return self.unit_price * self.quantity


@dataclass(frozen=True)
class PromotionCart:
    """The cart and its buyer. ``earlier_orders`` counts the buyer's orders that were not cancelled."""

    market: str
    currency: str
    at: datetime
    lines: tuple[PromotionLine, ...]
    coupons: frozenset[str] = frozenset()
    earlier_orders: int = 0
    customer_groups: frozenset[str] = frozenset()

    @property
    def quantity(self) -> int:
        return sum(line.quantity for line in self.lines)

    @property
    def goods(self) -> Money:
        """Goods before discounts, after catalogue cuts."""
        return total((line.value for line in self.lines), self.currency)


class Stage(StrEnum):
    """When an action is reckoned: all unit discounts first, then order discounts."""

    UNIT = "unit"
    ORDER = "order"


class PromotionCondition:
    """A condition that merchants may add to a promotion. ``options`` is what they entered for it."""

    #: Starts with the plugin's id: "loyalty.member".
    id: ClassVar[str] = ""
    label: ClassVar[str] = ""

    def is_met(self, cart: PromotionCart, options: Mapping[str, Any]) -> bool:
        """Whether the promotion applies to this cart. Pure; an exception counts as no."""
        raise Unsupported(self, "is_met")


class PromotionAction:
    """A kind of discount. The core caps what it asks for: floors hold and no discount exceeds the goods."""

    #: Starts with the plugin's id: "loyalty.points".
    id: ClassVar[str] = ""
    label: ClassVar[str] = ""
    stage: ClassVar[Stage] = Stage.UNIT

    def discounts(self, cart: PromotionCart, options: Mapping[str, Any]) -> Mapping[str, Money]:
        """The discount of whole lines by line id. Pure; an exception means no discount."""
        raise Unsupported(self, "discounts")
