"""The price that may be struck through: what was really asked in the 30 days before, never anything else."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.pricing.cuts import Article, CatalogueCut
from entrepot.pricing.strikes import PricePoint, asked_prices, lawful_strike, lowest
from entrepot.testkit.samples import NOON

MUG = Article("mug")


def ago(days: float) -> datetime:
    return NOON - timedelta(days=days)


@pytest.mark.covers("G16", "S1.11")
@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ([(100, 2000)], None),  # never reduced
        ([(100, 2000), (1, 1500)], 2000),
        ([(100, 2000), (20, 1800), (10, 2000), (1, 1500)], 1800),  # a lower price in between counts
        ([(100, 1500), (45, 2000), (1, 1500)], 2000),  # older than 30 days does not
        ([(100, 1500), (20, 3000), (1, 2000)], None),  # raised first, then "reduced" above the old price
        ([(5, 2000), (1, 1500)], 2000),  # new in the shop: what there is
        ([(100, 2000), (10, 2500)], None),  # a rise is no reduction
        ([(100, 2000), (60, 1500)], 2000),  # long since reduced: what was asked before the reduction
    ],
)
def test_the_reference_is_the_lowest_price_of_30_days_before(history: list[tuple[int, int]], expected: int) -> None:
    assert lawful_strike([PricePoint(ago(days), amount) for days, amount in history], NOON) == expected


def test_a_price_that_held_until_the_window_opened_does_not_count() -> None:
    points = [PricePoint(ago(40), 1000), PricePoint(ago(30), 2000), PricePoint(NOON, 1500)]
    assert lawful_strike(points, NOON) == 2000


def test_prices_to_come_are_not_announced() -> None:
    assert lawful_strike([PricePoint(ago(9), 2000), PricePoint(NOON + timedelta(days=1), 1500)], NOON) is None


def test_catalogue_cuts_are_part_of_what_was_asked() -> None:
    cut = CatalogueCut("sale", "Sale", percent=Decimal(25), starts_at=ago(20), ends_at=ago(15))
    again = CatalogueCut("again", "Sale again", percent=Decimal(30), starts_at=ago(2))
    asked = asked_prices([PricePoint(ago(90), 2000)], MUG, [cut, again], currency="EUR", until=NOON)
    assert [(point.since, point.amount) for point in asked] == [
        (ago(90), 2000),
        (ago(20), 1500),
        (ago(15), 2000),
        (ago(2), 1400),
    ]
    assert lawful_strike(asked, NOON) == 1500


HISTORIES = st.lists(st.tuples(st.integers(0, 90), st.integers(1, 5000)), min_size=1, max_size=12).map(
    lambda rows: [PricePoint(ago(days), amount) for days, amount in sorted(dict(rows).items(), reverse=True)]
)


@given(HISTORIES)
def test_a_strike_is_always_a_price_that_was_asked_and_is_higher_than_todays(history: list[PricePoint]) -> None:
    strike = lawful_strike(history, NOON)
    if strike is not None:
        assert strike in {point.amount for point in history[:-1]}
        assert strike > history[-1].amount


@given(HISTORIES, st.integers(0, 90), st.integers(1, 60))
def test_the_lowest_price_is_found_whatever_the_window(history: list[PricePoint], days: int, length: int) -> None:
    since, until = ago(days + length), ago(days)
    sampled = [
        next(point.amount for point in reversed(history) if point.since <= at)
        for hours in range(0, length * 24, 12)
        if history[0].since <= (at := since + timedelta(hours=hours)) < until
    ]
    assert lowest(history, since=since, until=until) == min(sampled, default=None)
