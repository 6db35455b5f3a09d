"""The machines beneath the six statuses: whatever happens, only the steps of the tables are taken."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.kernel.money import Money
from entrepot.orders import rules
from entrepot.payments.rules import AttemptState, payment_state

EUR = Money(0, "EUR")


@pytest.mark.covers("S1.20", "S2.7")
@pytest.mark.parametrize("table", [rules.PAYMENT_STEPS, rules.FULFILMENT_STEPS, rules.RETURN_STEPS])
def test_every_step_leads_to_a_state_of_its_machine(table: Mapping[str, frozenset[str]]) -> None:
    reached = frozenset().union(*table.values())
    assert reached <= table.keys()
    first = next(iter(table))
    assert table.keys() - {first} <= reached
    assert all(state not in nexts for state, nexts in table.items())


def attempt(amount: int, captured: int, refunded: int, reserved: bool) -> AttemptState:
    money = [Money(minor, "EUR") for minor in (amount, min(captured, amount), min(refunded, captured, amount))]
    state = "captured" if money[1].minor else "authorized" if reserved else "pending"
    return AttemptState(state, money[0], money[1], money[2], EUR)


small = st.integers(0, 3)
steps = st.lists(
    st.tuples(st.sampled_from(["capture", "reserve", "release", "refund", "raise", "lower"]), small), max_size=12
)


@pytest.mark.covers("S1.20", "S2.14")
@given(steps)
def test_money_moves_only_along_the_table(moves: list[tuple[str, int]]) -> None:
    charged = 3
    attempts = [attempt(2, 0, 0, False), attempt(3, 0, 0, False)]
    state = payment_state(Money(charged, "EUR"), attempts)
    for move, size in moves:
        which = size % 2
        known = attempts[which]
        if move == "capture" and known.state != "captured":
            attempts[which] = attempt(known.amount.minor, known.amount.minor, 0, False)
        elif move == "reserve" and known.state == "pending":
            attempts[which] = attempt(known.amount.minor, 0, 0, True)
        elif move == "release" and known.state == "authorized":
            attempts[which] = attempt(known.amount.minor, 0, 0, False)
        elif move == "refund" and known.captured.minor:
            back = min(known.refunded.minor + size, known.captured.minor)
            attempts[which] = attempt(known.amount.minor, known.captured.minor, back, False)
        elif move == "raise":
            charged += size
        elif move == "lower":
            taken = sum(each.captured.minor for each in attempts)
            charged = max(charged - size, min(taken, charged), 1)
        after = payment_state(Money(charged, "EUR"), attempts)
        assert after == state or after in rules.PAYMENT_STEPS[state], (state, after, move)
        state = after


@pytest.mark.covers("S1.20", "S2.4")
@given(st.lists(st.tuples(st.sampled_from(["ship", "deliver", "add"]), small), max_size=12))
def test_goods_move_only_along_the_table(moves: list[tuple[str, int]]) -> None:
    lines: list[list[int]] = [[2, 0, 0], [1, 0, 0]]
    parcels: list[bool] = []
    state = rules.fulfilment_state(lines, parcels)
    for move, size in moves:
        if move == "ship":
            open_lines = [line for line in lines if line[1] < line[0]]
            if open_lines:
                open_lines[size % len(open_lines)][1] += 1
                parcels.append(False)
        elif move == "deliver" and parcels:
            parcels[size % len(parcels)] = True
        elif move == "add" and state != "delivered":
            lines.append([1, 0, 0])
        after = rules.fulfilment_state(lines, parcels)
        assert after == state or after in rules.FULFILMENT_STEPS[state], (state, after, move)
        state = after


@pytest.mark.covers("S1.20")
@given(st.sampled_from(rules.PAYMENT_STATES), st.sampled_from(rules.FULFILMENT_STATES), st.booleans(), st.booleans())
def test_every_combination_is_one_of_the_six(payment: str, fulfilment: str, cancelled: bool, completed: bool) -> None:
    state = rules.OrderState(payment, fulfilment, cancelled, completed)
    assert rules.status(state) in rules.STATUSES
    actions = rules.allowed_actions(state, refundable=1, can_capture=True, can_confirm=True)
    assert len(actions) == len(set(actions))
    assert "ship" not in actions or rules.status(state) == "to_ship"
