"""What the stock is worth, by both methods."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.inventory import adjusting, transfers
from entrepot.inventory.costing import METHODS, Step, Worth, fifo, moving_average
from entrepot.inventory.stock import Cost
from entrepot.inventory.valuation import stock_value
from entrepot.sdk.errors import EntrepotError

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.covers("S0.17")
def test_the_first_in_leaves_first_and_the_average_is_shared():
    steps = [Step(10, 1000), Step(10, 2000), Step(-15)]
    assert fifo(steps) == Worth(pieces=5, value=1000, consumed=2000, unpriced=0)
    assert moving_average(steps) == Worth(pieces=5, value=750, consumed=2250, unpriced=0)


def test_pieces_without_a_cost_take_the_latest_or_the_average():
    steps = [Step(2, 100), Step(2, 300), Step(1)]
    assert fifo(steps).value == 550
    assert moving_average(steps).value == 500
    assert fifo([Step(3)]) == moving_average([Step(3)]) == Worth(3, 0, 0, 3)


movements = st.lists(st.tuples(st.integers(-9, 9).filter(bool), st.none() | st.integers(0, 9999)), max_size=30)


@given(movements, st.sampled_from(sorted(METHODS)))
def test_no_cent_is_lost_and_pieces_equal_the_ledger(wanted, method):
    steps, on_hand, known = [], 0, 0
    for quantity, cost in wanted:
        if on_hand + quantity < 0:
            continue
        on_hand += quantity
        cost = cost or 0 if quantity > 0 else None
        known += cost or 0
        steps.append(Step(quantity, cost))
    worth = METHODS[method](steps)
    assert worth.pieces == on_hand
    assert worth.value + worth.consumed == known
    assert worth.value >= 0
    assert worth.pieces or not worth.value


@given(movements, st.sampled_from(sorted(METHODS)))
def test_unknown_costs_never_make_pieces_or_negative_values(wanted, method):
    steps, on_hand = [], 0
    for quantity, cost in wanted:
        if on_hand + quantity >= 0:
            on_hand += quantity
            steps.append(Step(quantity, cost if quantity > 0 else None))
    worth = METHODS[method](steps)
    assert worth.pieces == on_hand
    assert worth.value >= 0
    assert 0 <= worth.unpriced <= worth.pieces


@pytest.mark.databases
@pytest.mark.covers("S0.17", "S2.11")
def test_landed_cost_counts_and_goods_in_transit_keep_their_value(app, runtime, new_variant, new_warehouse):
    mug, hamburg, lyon = new_variant("MUG"), new_warehouse("hamburg"), new_warehouse("lyon")
    receive(runtime, mug, hamburg, pieces=10, seen=0, cost=Cost(goods=1000, landing=200))
    transfer = transfers.draft(runtime, source_id=hamburg, target_id=lyon, lines={mug: 4})
    transfers.send(runtime, transfer, actor="test")
    assert [(row.sku, row.worth.value) for row in stock_value("average", until=NOON)] == [("MUG", 1200)]
    transfers.receive(runtime, transfer, arrived={mug: 3}, seen=0, actor="test")
    transfers.close(runtime, transfer, reason="lost", actor="test")
    (row,) = stock_value("fifo", until=NOON)
    assert row.worth == Worth(pieces=9, value=1080, consumed=120, unpriced=0)
    assert stock_value("fifo", until=NOON - timedelta(days=1)) == []


def test_only_received_goods_have_a_cost(app, runtime, new_variant, new_warehouse):
    mug, hamburg = new_variant("MUG"), new_warehouse("hamburg")
    with pytest.raises(EntrepotError, match="Only received goods have a cost"):
        receive(runtime, mug, hamburg, pieces=1, seen=0, kind="returned", cost=Cost(goods=1))


def receive(runtime, variant, warehouse, *, pieces, seen, cost, kind="received"):
    adjusting.adjust(
        runtime,
        variant_id=variant,
        warehouse_id=warehouse,
        kind=kind,
        pieces=pieces,
        reason="delivery 1",
        seen=seen,
        actor="test",
        cost=cost,
    )
