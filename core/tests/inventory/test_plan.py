"""The allocation plan: whole or not at all, few parcels, by priority, and explained."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.inventory.rules import EXACT_SEARCH_UP_TO, Later, Pick, Shortage, StockAt, Strategy, plan


def stock(warehouse_id: int, priority: int = 100, country: str = "DE", **available: int) -> list[StockAt]:
    """``stock(1, v1=5)``: five of variant 1 in warehouse 1."""
    return [
        StockAt(int(variant[1:]), warehouse_id, pieces, priority, country, f"W{warehouse_id}")
        for variant, pieces in available.items()
    ]


@pytest.mark.covers("S2.3")
def test_one_warehouse_that_has_everything_is_taken_even_if_another_comes_first():
    answer = plan({1: 2, 2: 1}, [*stock(1, 1, v1=9), *stock(2, 2, v1=2, v2=1)])
    assert answer.picks == (Pick(1, 2, 2), Pick(2, 2, 1))
    assert answer.reasons == ("W2 serves everything: the first by priority that can.",)


def test_of_several_that_have_everything_the_first_by_priority_is_taken():
    assert plan({1: 1}, [*stock(1, 20, v1=9), *stock(2, 10, v1=9)]).picks == (Pick(1, 2, 1),)


def test_of_equal_priority_the_one_in_the_destination_country_is_taken():
    levels = [*stock(1, country="DE", v1=9), *stock(2, country="CN", v1=9)]
    assert plan({1: 1}, levels, "CN").picks == (Pick(1, 2, 1),)
    assert plan({1: 1}, levels).picks == (Pick(1, 1, 1),)


def test_a_line_is_split_only_when_no_chosen_warehouse_has_it_all():
    answer = plan({1: 3, 2: 2}, [*stock(1, 1, v1=1, v2=1), *stock(2, 2, v1=3), *stock(3, 3, v2=1)])
    assert answer.picks == (Pick(1, 2, 3), Pick(2, 1, 1), Pick(2, 3, 1))
    answer = plan({1: 3, 2: 2}, [*stock(1, 1, v1=1, v2=1), *stock(2, 2, v1=3), *stock(3, 3, v2=2)])
    assert answer.picks == (Pick(1, 2, 3), Pick(2, 3, 2))
    assert "W2, W3 together are the fewest" in answer.reasons[0]


def test_a_shortage_names_what_is_available_and_picks_nothing():
    answer = plan({1: 5, 2: 1}, [*stock(1, v1=2, v2=9), *stock(2, v1=2)])
    assert (answer.complete, answer.picks) == (False, ())
    assert answer.shortages == (Shortage(1, 5, 4),)
    assert answer.reasons == ("Variant 1: 5 wanted, 4 available in all warehouses.",)


def test_nothing_wanted_needs_nothing():
    assert plan({1: 0}, []).complete
    assert plan({}, stock(1, v1=3)).picks == ()


levels_of_warehouses = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(1, 3)), max_size=EXACT_SEARCH_UP_TO + 3
)


@given(levels_of_warehouses, st.integers(0, 6), st.integers(0, 6))
def test_a_plan_serves_all_or_names_every_shortage(warehouses, first, second):
    levels = [
        level
        for number, (one, two, priority) in enumerate(warehouses, start=1)
        for level in stock(number, priority, v1=one, v2=two)
    ]
    wanted = {1: first, 2: second}
    answer = plan(wanted, levels)
    total = {variant: sum(level.available for level in levels if level.variant_id == variant) for variant in wanted}
    short = {variant for variant, quantity in wanted.items() if quantity > total[variant]}
    assert {shortage.variant_id for shortage in answer.shortages} == short
    if short:
        assert answer.picks == ()
        return
    here = {(level.variant_id, level.warehouse_id): level.available for level in levels}
    assert all(0 < pick.quantity <= here[pick.variant_id, pick.warehouse_id] for pick in answer.picks)
    for variant, quantity in wanted.items():
        assert sum(pick.quantity for pick in answer.picks if pick.variant_id == variant) == quantity
    if len(warehouses) <= EXACT_SEARCH_UP_TO:
        assert len({pick.warehouse_id for pick in answer.picks}) == fewest(wanted, here, len(warehouses))


def fewest(wanted: dict[int, int], here: dict[tuple[int, int], int], count: int) -> int:
    """By trying everything."""
    return next(
        size
        for size in range(count + 1)
        for chosen in combinations(range(1, count + 1), size)
        if all(sum(here[variant, w] for w in chosen) >= quantity for variant, quantity in wanted.items())
    )


@pytest.mark.covers("S2.3")
def test_by_priority_each_warehouse_gives_what_it_has():
    levels = [*stock(1, 1, v1=1), *stock(2, 2, v1=9)]
    answer = plan({1: 3}, levels, strategy=Strategy.PRIORITY)
    assert answer.picks == (Pick(1, 1, 1), Pick(1, 2, 2))
    assert answer.reasons == ("W1, W2: each gives what it has, by priority.",)
    assert plan({1: 3}, levels).picks == (Pick(1, 2, 3),)


@pytest.mark.covers("S2.3")
def test_the_nearest_warehouse_serves_even_if_another_comes_first():
    levels = [*stock(1, 1, country="CN", v1=9), *stock(2, 2, country="DE", v1=2)]
    answer = plan({1: 3}, levels, "DE", strategy=Strategy.NEAREST)
    assert answer.picks == (Pick(1, 1, 1), Pick(1, 2, 2))
    assert answer.reasons == ("W2, W1: each gives what it has, those in the destination country first.",)


@pytest.mark.covers("S2.3")
def test_the_cheapest_warehouses_serve_even_if_they_are_two():
    costs = {1: 1900, 2: 500, 3: 600}
    levels = [
        replace(level, dispatch_cost=costs[level.warehouse_id])
        for level in [*stock(1, 1, v1=9), *stock(2, 2, v1=2), *stock(3, 3, v1=2)]
    ]
    answer = plan({1: 3}, levels, strategy=Strategy.CHEAPEST)
    assert answer.picks == (Pick(1, 2, 2), Pick(1, 3, 1))
    assert answer.reasons == ("W2, W3: the lowest dispatch cost, 1100 in minor units of the base currency.",)


def test_a_warehouse_without_a_dispatch_cost_is_the_dearest():
    levels = [*stock(1, 1, v1=9), *(replace(level, dispatch_cost=99_000) for level in stock(2, 2, v1=9))]
    assert plan({1: 1}, levels, strategy=Strategy.CHEAPEST).picks == (Pick(1, 2, 1),)
    assert "no cheaper way is known" in plan({1: 1}, levels[:1], strategy=Strategy.CHEAPEST).reasons[0]


@pytest.mark.covers("S2.3")
def test_what_stock_lacks_is_awaited_within_the_limit():
    later = {1: Later(7, 2, "preorder", date(2026, 5, 1), "MUG")}
    answer = plan({1: 3}, stock(1, v1=1), later=later)
    assert (answer.picks, answer.awaited) == ((Pick(1, 1, 1),), (Pick(1, 7, 2),))
    assert answer.reasons[-1] == "MUG: 2 on preorder, to leave from 2026-05-01 on."
    assert plan({1: 4}, stock(1, v1=1), later=later).shortages == (Shortage(1, 4, 3),)
    assert plan({1: 2}, [], later=later).awaited == (Pick(1, 7, 2),)


@given(levels_of_warehouses, st.integers(0, 6), st.sampled_from(Strategy))
def test_every_strategy_serves_all_or_nothing(warehouses, quantity, strategy):
    levels = [
        replace(level, dispatch_cost=cost or None)
        for number, (one, cost, priority) in enumerate(warehouses, start=1)
        for level in stock(number, priority, v1=one)
    ]
    answer = plan({1: quantity}, levels, strategy=strategy)
    there = {level.warehouse_id: level.available for level in levels}
    assert answer.complete == (sum(there.values()) >= quantity)
    assert sum(pick.quantity for pick in answer.picks) == (quantity if answer.complete else 0)
    assert all(0 < pick.quantity <= there[pick.warehouse_id] for pick in answer.picks)
