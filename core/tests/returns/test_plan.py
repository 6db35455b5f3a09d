"""Money plans against golden figures, and what holds for every sequence of them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.returns.plan import MoneyPlan, Terms, Wanted, money_plan
from entrepot.returns.sale import Sale, Sold, pieces

#: Two mugs and three bowls with 19 % in the prices; delivery 4.90.
EUROPE = Sale("EUR", (Sold("mug", "Mug", 2, 3980, 635), Sold("bowl", "Bowl", 3, 1000, 160)), 490, 78)
#: Tax on top of the prices: 3 x 10.00 + 2.50.
AMERICA = Sale("USD", (Sold("mug", "Mug", 3, 3250, 250),), 0, 0)
YEN = Sale("JPY", (Sold("mug", "Mug", 3, 1000, 91),), 500, 45)
DINAR = Sale("KWD", (Sold("mug", "Mug", 7, 10_000, 0),), 1000, 0)
#: A coupon made one line free.
GIFT = Sale("EUR", (Sold("mug", "Mug", 1, 1990, 318), Sold("card", "Card", 1, 0, 0)), 490, 78)
FREE = Sale("EUR", (Sold("card", "Card", 2, 0, 0),), 490, 78)
ALL = 10**9
KEPT = Terms(Decimal(10))
BACK = Terms(shipping=True)

GOLDEN = [
    ("one of two", EUROPE, [Wanted("mug", 1)], Terms(), ALL, 1990, 318),
    ("the second of two has the smaller tax", EUROPE, [Wanted("mug", 1, 1)], Terms(), ALL, 1990, 317),
    ("both", EUROPE, [Wanted("mug", 2)], Terms(), ALL, 3980, 635),
    ("first third of an odd price", EUROPE, [Wanted("bowl", 1)], Terms(), ALL, 334, 54),
    ("second third", EUROPE, [Wanted("bowl", 1, 1)], Terms(), ALL, 333, 53),
    ("last third", EUROPE, [Wanted("bowl", 1, 2)], Terms(), ALL, 333, 53),
    ("last two thirds", EUROPE, [Wanted("bowl", 2, 1)], Terms(), ALL, 666, 106),
    ("all with delivery is all that was paid", EUROPE, [Wanted("mug", 2), Wanted("bowl", 3)], BACK, ALL, 5470, 873),
    ("all without delivery", EUROPE, [Wanted("mug", 2), Wanted("bowl", 3)], Terms(), ALL, 4980, 795),
    ("a part with its share of delivery", EUROPE, [Wanted("mug", 1)], BACK, ALL, 2186, 349),
    ("a tenth is kept", EUROPE, [Wanted("mug", 1)], KEPT, ALL, 1791, 286),
    ("a tenth of an odd price, halves away from zero", EUROPE, [Wanted("bowl", 1)], KEPT, ALL, 301, 49),
    ("nothing is left after a whole fee", EUROPE, [Wanted("mug", 1)], Terms(Decimal(100)), ALL, 0, 0),
    ("a part of a percent", EUROPE, [Wanted("mug", 2)], Terms(Decimal("12.5")), ALL, 3482, 556),
    ("tax on top goes back too", AMERICA, [Wanted("mug", 1)], Terms(), ALL, 1084, 84),
    ("tax on top, the rest", AMERICA, [Wanted("mug", 2, 1)], Terms(), ALL, 2166, 166),
    ("no cents in yen", YEN, [Wanted("mug", 1)], BACK, ALL, 501, 46),
    ("yen, the rest", YEN, [Wanted("mug", 2, 1)], BACK, ALL, 999, 90),
    ("three decimals", DINAR, [Wanted("mug", 1)], Terms(), ALL, 1429, 0),
    ("three decimals, the last", DINAR, [Wanted("mug", 1, 6)], BACK, ALL, 1428 + 142, 0),
    ("what was free gives nothing back", GIFT, [Wanted("card", 1)], BACK, ALL, 0, 0),
    ("the paid one bears all of the delivery", GIFT, [Wanted("mug", 1)], BACK, ALL, 2480, 396),
    ("delivery of free goods is shared by pieces", FREE, [Wanted("card", 1)], BACK, ALL, 245, 39),
    ("what was given back before is left out", EUROPE, [Wanted("mug", 2)], Terms(), 3000, 3000, 479),
    ("nothing is left to give back", EUROPE, [Wanted("mug", 2)], Terms(), 0, 0, 0),
    ("nothing is refunded", EUROPE, [], BACK, ALL, 0, 0),
]


@pytest.mark.covers("G18", "S2.15", "S1.50")
@pytest.mark.parametrize(
    ("sale", "wanted", "terms", "left", "refund", "tax"), [pytest.param(*case[1:], id=case[0]) for case in GOLDEN]
)
def test_golden_plan(sale: Sale, wanted: list[Wanted], terms: Terms, left: int, refund: int, tax: int) -> None:
    plan = money_plan(sale, wanted, terms, refundable=left)
    assert (plan.refund.minor, plan.tax.minor) == (refund, tax)
    assert MoneyPlan.from_json(plan.to_json()) == plan


@st.composite
def sales(draw: st.DrawFn) -> Sale:
    lines = []
    for position in range(draw(st.integers(1, 4))):
        gross = draw(st.integers(0, 20_000))
        lines.append(Sold(f"line{position}", "Thing", draw(st.integers(1, 7)), gross, draw(st.integers(0, gross))))
    shipping = draw(st.integers(0, 3000))
    return Sale("EUR", tuple(lines), shipping, draw(st.integers(0, shipping)))


@given(sales())
@settings(max_examples=150, deadline=None)
def test_the_shares_of_all_pieces_are_what_was_paid(sale: Sale) -> None:
    every = [piece for line in pieces(sale).values() for piece in line]
    assert sum(piece.goods for piece in every) == sum(line.gross for line in sale.lines)
    assert sum(piece.goods_tax for piece in every) == sum(line.tax for line in sale.lines)
    assert sum(piece.shipping for piece in every) == sale.shipping
    assert sum(piece.shipping_tax for piece in every) == sale.shipping_tax


@pytest.mark.covers("G18")
@given(sales(), st.data())
@settings(max_examples=150, deadline=None)
def test_no_sequence_of_returns_and_refunds_gives_back_more_than_was_paid(sale: Sale, data: st.DataObject) -> None:
    paid = left = sum(line.gross for line in sale.lines) + sale.shipping
    before = {line.line_id: 0 for line in sale.lines}
    by_hand = 0
    for _ in range(data.draw(st.integers(1, 6))):
        if data.draw(st.booleans()):
            amount = data.draw(st.integers(0, left))
            left, by_hand = left - amount, by_hand + amount
            continue
        wanted = []
        for line in sale.lines:
            quantity = data.draw(st.integers(0, line.quantity - before[line.line_id]))
            if quantity:
                wanted.append(Wanted(line.line_id, quantity, before[line.line_id]))
                before[line.line_id] += quantity
        terms = Terms(Decimal(data.draw(st.integers(0, 100))), data.draw(st.booleans()))
        plan = money_plan(sale, wanted, terms, refundable=left)
        assert 0 <= plan.refund.minor <= left
        left -= plan.refund.minor
    assert 0 <= left <= paid


@pytest.mark.covers("G18")
@given(sales(), st.data())
@settings(max_examples=100, deadline=None)
def test_returning_everything_in_any_parts_gives_back_everything(sale: Sale, data: st.DataObject) -> None:
    left = sum(line.gross for line in sale.lines) + sale.shipping
    open_ = [line.line_id for line in sale.lines for _ in range(line.quantity)]
    before = {line.line_id: 0 for line in sale.lines}
    for line_id in data.draw(st.permutations(open_)):
        left -= money_plan(sale, [Wanted(line_id, 1, before[line_id])], BACK, refundable=left).refund.minor
        before[line_id] += 1
    assert left == 0
