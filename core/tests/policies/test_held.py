"""Which terms hold for an order: those that were agreed, and today's where they are better for the buyer."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from entrepot.policies.promises import policy_for, promises
from entrepot.policies.rules import Basis, Policy, policy_held, policy_of, stored_policy

pytestmark = pytest.mark.covers("S1.49", "S1.51")
GENEROUS: dict[str, Any] = {"days": 60, "who_pays": "seller", "fee_percent": 0, "refund_duties": True}
STRICT: dict[str, Any] = {"days": 14, "who_pays": "buyer", "fee_percent": 20, "refund_duties": False}


def settings(returns: dict[str, Any]) -> dict[str, Any]:
    return {"returns": returns}


def held(agreed: dict[str, Any], today: dict[str, Any]) -> Policy:
    return policy_for(promises(settings(agreed), "eu"), settings(today), "eu")


def test_what_was_agreed_holds_when_the_shop_becomes_stricter() -> None:
    policy = held(GENEROUS, STRICT)
    assert policy.promised() == policy_of(settings(GENEROUS), "eu").promised()
    assert policy.basis == Basis(promises(settings(GENEROUS), "eu")["version"], agreed=True)


def test_what_is_better_today_holds_and_says_what_was_agreed() -> None:
    policy = held(STRICT, GENEROUS)
    assert policy.promised() == policy_of(settings(GENEROUS), "eu").promised()
    assert policy.basis.version == promises(settings(STRICT), "eu")["version"]
    assert policy.basis.improved == {"days": 14, "who_pays": "buyer", "fee_percent": "20", "refund_duties": False}


def test_each_term_is_compared_for_itself() -> None:
    policy = held({"days": 30, "who_pays": "seller"}, {"days": 45, "fee_percent": "7.5"})
    assert (policy.days, policy.who_pays, policy.fee_percent) == (45, "seller", 0)
    assert policy.basis.improved == {"days": 30}


@pytest.mark.parametrize(("agreed", "today"), tuple(product((GENEROUS, STRICT, {}), repeat=2)))
def test_no_buyer_is_worse_off_than_with_either(agreed: dict[str, Any], today: dict[str, Any]) -> None:
    policy = held(agreed, today)
    for other in (policy_of(settings(agreed), "eu"), policy_of(settings(today), "eu")):
        assert policy.days >= other.days and policy.fee_percent <= other.fee_percent
        assert policy.refund_duties >= other.refund_duties
        assert policy.who_pays == "seller" or other.who_pays == "buyer"


def test_an_order_without_promises_goes_by_todays() -> None:
    today = settings({**STRICT, "instructions": "To the harbour"})
    policy = policy_for({}, today, "eu")
    assert replace(policy, basis=Basis()) == policy_of(today, "eu")
    assert policy.basis == Basis(promises(today, "eu")["version"], agreed=False)


def test_how_the_shop_works_is_todays_whatever_was_agreed() -> None:
    policy = held(STRICT, {**STRICT, "auto_approve": True, "instructions": "To the harbour"})
    assert (policy.auto_approve, policy.instructions, policy.basis.improved) == (True, "To the harbour", {})


def test_a_term_that_the_kept_promises_do_not_know_is_todays() -> None:
    policy = policy_held({"version": "old", "days": 90}, Policy(who_pays="seller"), version="new")
    assert (policy.days, policy.who_pays, policy.basis) == (90, "seller", Basis("old", agreed=True))


def test_a_stored_policy_is_read_as_it_was() -> None:
    policy = held(STRICT, GENEROUS)
    assert stored_policy(policy.as_dict()) == policy
    assert stored_policy({"days": 30, "fee_percent": "5", "gone": 1}) == Policy(fee_percent=Decimal(5))


def test_a_round_percentage_is_written_in_full() -> None:
    assert promises(settings({"fee_percent": 10}), "eu")["fee_percent"] == "10"
    assert promises(settings({"fee_percent": "7.50"}), "eu")["fee_percent"] == "7.5"
