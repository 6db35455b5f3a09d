"""Levels of stock from sales: the sums, and when a proposal is worth a word."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.stock_targets.rules import FEWEST_DAYS, Terms, is_worth_telling, propose


@pytest.mark.covers("S1.10", "S2.9")
def test_even_sales_need_no_safety() -> None:
    target = propose([2] * 30, Terms(lead_days=10, purchase_days=30, service=95))
    assert target is not None
    assert (target.while_waiting, target.safety, target.least, target.most) == (20, 0, 20, 80)


@pytest.mark.covers("S1.10", "S2.9")
def test_uneven_sales_and_higher_service_need_more_safety() -> None:
    daily = [0, 4] * 15
    usual, better = (propose(daily, Terms(10, 30, service)) for service in (90, 99))
    assert usual is not None and better is not None
    assert usual.while_waiting == better.while_waiting == 20
    assert usual.safety == 9  # 1.28 times a swing of 2 a day, over the root of 10 days
    assert better.safety == 15


@pytest.mark.parametrize("daily", [[], [5] * (FEWEST_DAYS - 1), [0] * 60, [0] * 40 + [2]])
def test_too_little_is_known_for_a_proposal(daily: list[int]) -> None:
    assert propose(daily, Terms()) is None


@pytest.mark.covers("S1.10")
def test_stock_bought_by_the_levels_lasts_as_often_as_was_asked_for() -> None:
    dice = random.Random(20261122)
    demand = [sum(dice.random() < 0.2 for _ in range(10)) for _ in range(4000)]
    target = propose(demand[:90], Terms(lead_days=14, purchase_days=30, service=95))
    assert target is not None
    waits = [sum(demand[start : start + 14]) for start in range(90, 3900, 14)]
    lasted = sum(sold <= target.least for sold in waits) / len(waits)
    assert lasted >= 0.9


@given(st.lists(st.integers(0, 1000), max_size=120), st.integers(1, 365), st.integers(1, 365), st.integers(50, 99))
def test_levels_are_in_order_and_cover_the_wait(daily: list[int], lead: int, purchase: int, service: int) -> None:
    target = propose(daily, Terms(lead, purchase, service))
    if target is not None:
        assert target.safety >= 0
        assert sum(daily) * lead / len(daily) <= target.least < target.most


def test_small_differences_are_not_worth_a_word() -> None:
    target = propose([2] * 30, Terms(10, 30, 95))
    assert target is not None
    assert is_worth_telling(target, None, None)
    assert is_worth_telling(target, 20, None)
    assert not is_worth_telling(target, 21, 85)
    assert is_worth_telling(target, 20, 100)
