"""Whatever order captures, refunds, disputes and payouts come in: every entry sums to zero in every currency."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entrepot.kernel.money import Money
from entrepot.ledger.reconciliation import latest_payouts, payout_report
from entrepot.ledger.rules import balanced, exchange_difference, settlement_postings
from entrepot.sdk.payments import SettlementKind, SettlementLine

minor = st.integers(-10_000_000, 10_000_000)
currency = st.sampled_from(["EUR", "USD", "JPY", "KWD"])
money = st.builds(Money, minor, currency)


@st.composite
def lines(draw: st.DrawFn) -> tuple[SettlementLine, Money]:
    settled = draw(currency)
    gross, fee = Money(draw(minor), settled), Money(draw(minor), settled)
    presentment = draw(st.none() | money)
    if presentment is not None and presentment.currency == settled:
        presentment = gross
    line = SettlementLine("1", draw(st.sampled_from(SettlementKind)), "ref", gross, fee, presentment)
    return line, Money(draw(minor), (presentment or gross).currency)


@pytest.mark.covers("G5", "G6")
@given(st.lists(lines(), max_size=20))
def test_any_sequence_of_settlements_keeps_every_entry_balanced_and_payouts_explained(sequence):
    cleared: dict[str, int] = defaultdict(int)
    explained: dict[str, int] = defaultdict(int)
    for line, booked_fee in sequence:
        sums: dict[str, int] = defaultdict(int)
        for account, amount in settlement_postings(line, booked_fee=booked_fee):
            sums[amount.currency] += amount.minor
            if account == "payout":
                cleared[amount.currency] += amount.minor
        assert not any(sums.values())
        explained[line.net.currency] += line.net.minor
    assert cleared == explained


@pytest.mark.covers("G5")
@given(minor, minor)
def test_exchange_difference_is_balanced_and_its_sign_is_that_of_a_gain(taken, arrived):
    (_, clearing), (_, difference) = exchange_difference(taken=Money(taken, "EUR"), arrived=Money(arrived, "EUR"))
    assert (clearing + difference).is_zero
    assert (difference.minor < 0) == (arrived > taken)


@pytest.mark.covers("G5")
@given(st.lists(minor, min_size=1, max_size=8))
def test_converted_entries_stay_balanced_and_move_by_the_rounding_only(amounts):
    worth = [Money(value, "EUR") for value in amounts]
    found = balanced(worth)
    assert sum(value.minor for value in found) == 0
    assert sum(1 for before, after in zip(worth, found, strict=True) if before != after) <= 1


steps = st.lists(
    st.tuples(
        st.sampled_from(["capture", "refund", "dispute", "fee", "unknown"]),
        st.integers(1, 50_000),
        st.integers(0, 500),
        st.sampled_from(["EUR", "USD", "JPY"]),
    ),
    min_size=1,
    max_size=8,
)


@pytest.mark.databases
@pytest.mark.covers("G5", "G6")
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps, st.integers(-100, 100))
def test_any_sequence_through_the_books_keeps_entries_balanced_and_remainders_exact(books, sequence, surplus):
    settled = [line for step in sequence for line in _happens(books, *step)]
    net = sum((line.net for line in settled), Money.zero("EUR"))
    done = books.settle(*settled, reference=f"po_{next(books.numbers)}", amount=net + Money(surplus, "EUR"))
    report = payout_report(done.payouts[0])
    assert books.imbalance() == []
    assert report.unexplained == Money(surplus, "EUR")
    assert report.amount == report.matched + report.open + report.unexplained
    assert {item.line.reference for item in report.open_items} <= {"nobody"}
    assert books.balance("payout") == -sum(one.remainder.minor for one in latest_payouts(1000))


def _happens(books, what, minor, fee, currency):
    """Something happens to a new payment of the currency; the lines with which a payout in EUR tells of it."""
    if what in ("fee", "unknown"):
        kind, reference = ("fee", "") if what == "fee" else ("capture", "nobody")
        return [books.line(kind, reference, Money(-minor if what == "fee" else minor, "EUR"))]
    amount, settled = Money(minor, currency), Money(minor, "EUR")
    paid = books.captured(amount)
    lines = [books.line("capture", paid, settled, fee=fee, presentment=amount)]
    if what == "refund":
        refund = books.refunded(paid, amount)
        lines.append(books.line("refund", refund, -settled, presentment=-amount))
    if what == "dispute":
        lines.append(books.line("dispute", paid, -settled, fee=1500, presentment=-amount))
    return lines
