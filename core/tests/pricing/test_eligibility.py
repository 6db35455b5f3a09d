"""When a promotion is earned: windows, limits, coupons, goods, buyers, and what plugins add."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from entrepot.kernel.money import Money
from entrepot.pricing.definitions import NoAmountHere, Place, PromotionInvalid, read_definition
from entrepot.pricing.discounting import discount_goods
from entrepot.pricing.promotions import (
    Action,
    Conditions,
    Plugged,
    Promotion,
    coupon_refusal,
    earned,
    refusal,
)
from entrepot.sdk.promotions import PromotionAction, PromotionCart, PromotionCondition, PromotionLine, Stage
from entrepot.testkit.samples import NOON

EUR = Place("eu", "EUR")
MUG = PromotionLine("1", "mug", 2, Money(1000, "EUR"), Money(1000, "EUR"), frozenset({"kitchen"}))
CART = PromotionCart("eu", "EUR", NOON, (MUG,))
TENNER = Promotion("ten", "Ten off", (Action("order_fixed", amount=Money(1000, "EUR")),))


def with_conditions(**conditions: Any) -> Promotion:
    return replace(TENNER, conditions=Conditions(**conditions))


@pytest.mark.covers("G15")
def test_a_window_begins_with_its_first_instant_and_ends_before_its_last() -> None:
    windowed = replace(TENNER, starts_at=NOON, ends_at=NOON + timedelta(hours=1))
    assert refusal(windowed, CART) == ""
    assert refusal(windowed, replace(CART, at=NOON - timedelta(microseconds=1))) == "not_now"
    assert refusal(windowed, replace(CART, at=NOON + timedelta(hours=1))) == "not_now"


@pytest.mark.parametrize(
    ("promotion", "reason"),
    [
        (replace(TENNER, usage_limit=3, used=3), "used_up"),
        (replace(TENNER, per_customer_limit=1, used_by_customer=1), "used_by_you"),
        (replace(TENNER, coupon="SAVE"), "coupon"),
        (with_conditions(min_qty=3), "quantity"),
        (with_conditions(min_items_total=Money(2001, "EUR")), "total"),
        (with_conditions(requires_category="garden"), "goods"),
        (with_conditions(requires_any_category=frozenset({"garden", "attic"})), "goods"),
        (with_conditions(requires_sku="bowl"), "goods"),
        (with_conditions(category_min=(("kitchen", Money(2001, "EUR")),)), "total"),
        (with_conditions(nth_order=2), "nth_order"),
        (with_conditions(customer_groups=frozenset({"trade"})), "customer"),
        (with_conditions(plugged=(("gone.member", {}),)), "conditions"),
    ],
)
def test_each_limit_refuses_with_its_reason(promotion: Promotion, reason: str) -> None:
    assert refusal(promotion, CART) == reason


def test_limits_that_are_just_met_let_it_apply() -> None:
    met = with_conditions(
        min_qty=2,
        min_items_total=Money(2000, "EUR"),
        requires_any_category=frozenset({"kitchen", "attic"}),
        requires_sku="mug",
        category_min=(("kitchen", Money(2000, "EUR")),),
        nth_order=1,
    )
    assert refusal(met, CART) == ""


def test_a_coupon_is_accepted_whatever_its_capitals_and_refused_when_unknown_or_not_earned() -> None:
    listed = [replace(TENNER, coupon="SAVE", conditions=Conditions(min_qty=2))]
    assert coupon_refusal(listed, CART, " save ") == ""
    assert coupon_refusal(listed, CART, "other") == "unknown"
    assert coupon_refusal(listed, replace(CART, lines=()), "SAVE") == "quantity"


def test_an_exclusive_promotion_that_is_not_earned_excludes_nothing() -> None:
    exclusive = replace(TENNER, id="alone", exclusive=True, conditions=Conditions(min_qty=99))
    assert earned([exclusive, TENNER], CART) == (TENNER,)


class Member(PromotionCondition):
    id = "loyalty.member"
    label = "Is a member"

    def is_met(self, cart: PromotionCart, options: Mapping[str, Any]) -> bool:
        return bool(options["level"] in cart.customer_groups)


class Greedy(PromotionAction):
    id = "loyalty.greedy"
    label = "Takes more than there is"
    stage = Stage.ORDER

    def discounts(self, cart: PromotionCart, options: Mapping[str, Any]) -> Mapping[str, Money]:
        return {line.id: line.value * 5 for line in cart.lines}


class Broken(PromotionAction, PromotionCondition):
    id = "loyalty.broken"

    def is_met(self, cart: PromotionCart, options: Mapping[str, Any]) -> bool:
        raise RuntimeError

    def discounts(self, cart: PromotionCart, options: Mapping[str, Any]) -> Mapping[str, Money]:
        raise RuntimeError


PLUGGED = Plugged(
    conditions={Member.id: Member(), Broken.id: Broken()}, actions={Greedy.id: Greedy(), Broken.id: Broken()}
)


@pytest.mark.covers("S0.35")
def test_a_plugins_condition_decides_and_its_action_is_capped_at_the_goods() -> None:
    promotion = Promotion("m", "Members", (Action(Greedy.id),), Conditions(plugged=((Member.id, {"level": "gold"}),)))
    assert refusal(promotion, CART, PLUGGED) == "conditions"
    member = replace(CART, customer_groups=frozenset({"gold"}))
    assert refusal(promotion, member, PLUGGED) == ""
    assert discount_goods((promotion,), member, PLUGGED)["1"].by_unit == (1000, 1000)


def test_a_plugin_that_fails_costs_the_shop_nothing() -> None:
    promotion = Promotion("b", "Broken", (Action(Broken.id),), Conditions(plugged=((Broken.id, {}),)))
    assert refusal(promotion, CART, PLUGGED) == "conditions"
    assert discount_goods((promotion,), CART, PLUGGED) == {}


def test_amounts_are_read_for_the_market_first_and_then_for_its_currency() -> None:
    written = {"kind": "order_fixed", "amount": {"EUR": "10.00", "ie": "12.00"}}
    assert read_definition(written, Place("ie", "EUR")).actions[0].amount == Money(1200, "EUR")
    assert read_definition(written, EUR).actions[0].amount == Money(1000, "EUR")
    with pytest.raises(NoAmountHere):
        read_definition(written, Place("jp", "JPY"))


def test_what_all_actions_share_is_written_once() -> None:
    written = {
        "category": "kitchen",
        "actions": [{"kind": "unit_percent", "percent": "5"}, {"kind": "order_percent", "percent": "1"}],
    }
    actions = read_definition(written, EUR).actions
    assert [action.scope.categories for action in actions] == [frozenset({"kitchen"})] * 2


@pytest.mark.parametrize(
    ("written", "remedy"),
    [
        ({}, "Give it a 'kind'"),
        ({"kind": "order_fixd", "amount": "1"}, "Known are"),
        ({"kind": "order_fixed"}, "needs an 'amount'"),
        ({"kind": "order_fixed", "amount": "1.005"}, "more decimals"),
        ({"kind": "order_fixed", "amount": "-1"}, "positive amount"),
        ({"kind": "order_percent", "percent": "120"}, "from 0 to 100"),
        ({"kind": "order_percent", "percent": "ten"}, "from 0 to 100"),
        ({"kind": "cheapest_free"}, "needs 'every'"),
        ({"kind": "order_fixed", "amount": "1", "min_qty": "two"}, "whole number"),
        ({"kind": "order_fixed", "amount": "1", "minimum": 2}, "'minimum' is not known"),
        ({"actions": [{"kind": "order_fixed", "amount": "1", "min_qty": 2}]}, "'min_qty' is not known"),
    ],
)
def test_a_definition_that_cannot_apply_says_what_to_change(written: dict[str, Any], remedy: str) -> None:
    with pytest.raises(PromotionInvalid, match=remedy):
        read_definition(written, EUR)
