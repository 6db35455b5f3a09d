"""What promotions take off goods and delivery: unit by unit, every cent with its cause. Pure.

Unit discounts look at the unit's price after catalogue cuts; then order discounts are spread over the lines in
proportion to their value after unit discounts. No unit falls below its floor.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from entrepot.kernel.money import Money, round_half_up
from entrepot.kernel.records import dataclass
from entrepot.pricing.promotions import (
    NOTHING_PLUGGED,
    ORDER_KINDS,
    SHIPPING_KINDS,
    UNIT_KINDS,
    Action,
    Plugged,
    Promotion,
)
from entrepot.pricing.spreading import spread
from entrepot.sdk.promotions import PromotionAction, PromotionCart, PromotionLine, Stage


@dataclass(frozen=True)
class Discount:
    """An amount taken off, and by which promotion."""

    cause: str
    label: str
    amount: Money


@dataclass(frozen=True)
class LineDiscounts:
    """What was taken off a line: by cause, and off each of its units (minor units)."""

    by_cause: tuple[Discount, ...]
    by_unit: tuple[int, ...]


def discount_goods(
    applying: Sequence[Promotion], cart: PromotionCart, plugged: Plugged = NOTHING_PLUGGED
) -> dict[str, LineDiscounts]:
    """What each line loses, by line id: all unit discounts first, then the order discounts."""
    goods = _Goods(cart, plugged)
    for promotion in applying:
        for action in promotion.actions:
            goods.take_unit_discounts(promotion, action)
    goods.begin_order_stage()
    for promotion in applying:
        goods.begin_promotion()
        for action in promotion.actions:
            goods.take_order_discount(promotion, action)
    return goods.result()


def discount_shipping(applying: Sequence[Promotion], fee: Money) -> tuple[Discount, ...]:
    """What is taken off the delivery fee; each percentage looks at the whole fee, together never more than it."""
    found = []
    left = fee
    for promotion in applying:
        wanted = [fee * (action.percent / 100) for action in promotion.actions if action.kind in SHIPPING_KINDS]
        cut = min(sum(wanted, Money.zero(fee.currency)), left)
        if cut.minor > 0:
            found.append(Discount(promotion.id, promotion.label, cut))
            left -= cut
    return tuple(found)


class _Goods:
    """The units of the cart while discounts are taken off them."""

    def __init__(self, cart: PromotionCart, plugged: Plugged) -> None:
        self._cart = cart
        self._plugged = plugged
        self._left = {line.id: [line.unit_price.minor] * line.quantity for line in cart.lines}
        self._taken: dict[str, dict[str, int]] = {line.id: {} for line in cart.lines}
        self._labels: dict[str, str] = {}

    def take_unit_discounts(self, promotion: Promotion, action: Action) -> None:
        """Each unit by itself; the amount looks at its price after catalogue cuts."""
        if action.kind in UNIT_KINDS:
            for line, unit in _affected(action, self._cart.lines):
                self._take(promotion, line, unit, _off_unit(action, line.unit_price))
        else:
            self._take_plugged(promotion, action, Stage.UNIT)

    def begin_order_stage(self) -> None:
        self._after_unit_discounts = {id: tuple(units) for id, units in self._left.items()}

    def begin_promotion(self) -> None:
        """Fix the prices that all actions of the next promotion look at."""
        self._at_start = {id: tuple(units) for id, units in self._left.items()}

    def take_order_discount(self, promotion: Promotion, action: Action) -> None:
        if action.kind not in ORDER_KINDS:
            return self._take_plugged(promotion, action, Stage.ORDER)
        parts: dict[str, list[int]] = {}
        for line, unit in _units(action, self._cart.lines):
            parts.setdefault(line.id, []).append(unit)
        return self._spread_over_lines(promotion, self._off_order(action, parts), parts)

    def result(self) -> dict[str, LineDiscounts]:
        return {line.id: self._of_line(line) for line in self._cart.lines if self._taken[line.id]}

    def _of_line(self, line: PromotionLine) -> LineDiscounts:
        taken = self._taken[line.id].items()
        by_cause = (Discount(id, self._labels[id], Money(minor, self._cart.currency)) for id, minor in taken)
        return LineDiscounts(tuple(by_cause), tuple(line.unit_price.minor - left for left in self._left[line.id]))

    def _off_order(self, action: Action, parts: Mapping[str, Sequence[int]]) -> int:
        if action.kind == "order_fixed":
            return action.amount.minor if action.amount else 0
        value = sum(self._at_start[id][unit] for id, units in parts.items() for unit in units)
        return round_half_up(value * action.percent / 100)

    def _spread_over_lines(self, promotion: Promotion, amount: int, parts: Mapping[str, Sequence[int]]) -> None:
        lines = [line for line in self._cart.lines if line.id in parts]
        weights = [sum(self._after_unit_discounts[line.id][unit] for unit in parts[line.id]) for line in lines]
        caps = [sum(self._room(line, unit) for unit in parts[line.id]) for line in lines]
        for line, share in zip(lines, spread(amount, weights, caps), strict=True):
            self._spread_over_units(promotion, line, share, parts[line.id])

    def _spread_over_units(self, promotion: Promotion, line: PromotionLine, share: int, units: Sequence[int]) -> None:
        weights = [self._left[line.id][unit] for unit in units]
        caps = [self._room(line, unit) for unit in units]
        for unit, cut in zip(units, spread(share, weights, caps), strict=True):
            self._take(promotion, line, unit, cut)

    def _take_plugged(self, promotion: Promotion, action: Action, stage: Stage) -> None:
        plugged = self._plugged.actions.get(action.kind)
        if plugged is None or plugged.stage is not stage:
            return
        wanted = _plugged_discounts(plugged, self._cart, action.options)
        for line in self._cart.lines:
            amount = wanted.get(line.id)
            if amount is not None and line.discountable:
                self._spread_over_units(promotion, line, max(amount.minor, 0), range(line.quantity))

    def _take(self, promotion: Promotion, line: PromotionLine, unit: int, wanted: int) -> None:
        cut = min(wanted, self._room(line, unit))
        if cut <= 0:
            return
        self._left[line.id][unit] -= cut
        self._labels[promotion.id] = promotion.label
        taken = self._taken[line.id]
        taken[promotion.id] = taken.get(promotion.id, 0) + cut

    def _room(self, line: PromotionLine, unit: int) -> int:
        floor = line.floor.minor if line.floor else 0
        return max(self._left[line.id][unit] - floor, 0)


def _units(action: Action, lines: Iterable[PromotionLine]) -> list[tuple[PromotionLine, int]]:
    """The units that an action may touch; where their number is limited, the cheapest ones."""
    units = [(line, unit) for line in lines if action.scope.covers(line) for unit in range(line.quantity)]
    if action.max_units is None:
        return units
    return _cheapest_first(units)[: action.max_units]


def _affected(action: Action, lines: Iterable[PromotionLine]) -> list[tuple[PromotionLine, int]]:
    units = _units(action, lines)
    if action.kind != "cheapest_free":
        return units
    times = len(units) // action.every if action.every > 0 else 0
    if action.max_applications is not None:
        times = min(times, action.max_applications)
    return _cheapest_first(units)[:times]


def _cheapest_first(units: list[tuple[PromotionLine, int]]) -> list[tuple[PromotionLine, int]]:
    return sorted(units, key=lambda each: each[0].unit_price.minor)


def _off_unit(action: Action, price: Money) -> int:
    if action.kind == "cheapest_free":
        return price.minor
    if action.kind == "unit_percent":
        return (price * (action.percent / 100)).minor
    return action.amount.minor if action.amount else 0


def _plugged_discounts(action: PromotionAction, cart: PromotionCart, options: Mapping[str, Any]) -> Mapping[str, Money]:
    try:
        found = dict(action.discounts(cart, options))
    except Exception:
        return {}
    sound = all(isinstance(amount, Money) and amount.currency == cart.currency for amount in found.values())
    return found if sound else {}
