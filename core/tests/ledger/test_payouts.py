"""Payouts are explained to the last cent, or say what is not."""

from __future__ import annotations

import pytest

from entrepot.kernel.money import Money
from entrepot.ledger import payouts
from entrepot.ledger.payouts import PayoutRefused
from entrepot.ledger.reconciliation import payout_report
from entrepot.ledger.service import booked
from entrepot.ledger.valuation import value_postings
from entrepot.sdk.errors import ProviderError
from entrepot.sdk.payments import Settlement
from entrepot.testkit.providers import ScriptedPayment
from entrepot.testkit.samples import NOON

pytestmark = pytest.mark.databases


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


@pytest.mark.covers("G6", "S1.39")
def test_captures_refunds_fees_and_disputes_explain_a_payout_with_remainder_zero(books):
    paid, disputed = books.captured(eur(10000)), books.captured(eur(5000))
    refund = books.refunded(paid, eur(2000))
    done = books.settle(
        books.line("capture", paid, eur(10000), fee=175),
        books.line("capture", disputed, eur(5000), fee=100),
        books.line("refund", refund, eur(-2000)),
        books.line("dispute", disputed, eur(-5000), fee=1500),
        books.line("fee", "", eur(-250)),
    )
    report = payout_report(done.payouts[0])
    assert report.is_settled and report.remainder.is_zero and report.unexplained.is_zero
    expected = {"psp": 0, "payout": 0, "bank": 5975, "fees": 2025, "disputes": 5000, "refunds": 2000}
    assert {account: books.balance(account) for account in expected} == expected
    assert books.imbalance() == []


@pytest.mark.covers("G6", "S1.39")
def test_unknown_payment_is_shown_as_open_item_and_matched_once_it_is_known(books):
    done = books.settle(books.line("capture", "ch_1001", eur(900)))
    report = payout_report(done.payouts[0])
    assert (report.remainder, report.open, report.unexplained) == (eur(900), eur(900), eur(0))
    assert "ch_1001" in report.open_items[0].note
    books.numbers = iter([1001])
    books.captured(eur(900))
    assert payouts.match_again(books.shop.runtime, report.id) == 1
    assert payout_report(report.id).is_settled


@pytest.mark.covers("G6")
def test_what_no_line_speaks_of_is_shown_exactly(books):
    paid = books.captured(eur(1000))
    done = books.settle(books.line("capture", paid, eur(1000)), amount=eur(993))
    report = payout_report(done.payouts[0])
    assert (report.remainder, report.unexplained, report.is_settled) == (eur(-7), eur(-7), False)
    assert books.balance("payout") == 7


def test_line_that_settles_more_than_was_captured_stays_open(books):
    paid = books.captured(eur(1000))
    done = books.settle(books.line("capture", paid, eur(1000)), books.line("capture", paid, eur(1)))
    [item] = payout_report(done.payouts[0]).open_items
    assert "0.00" in item.note


def test_importing_the_same_payout_again_changes_nothing(books):
    line = books.line("capture", books.captured(eur(1000)), eur(1000), fee=30)
    first, second = books.settle(line), books.settle(line)
    assert (first.payouts, second.new_lines) == (second.payouts, 0)
    assert (books.balance("bank"), books.balance("fees")) == (970, 30)


def test_payout_with_another_amount_than_before_is_refused(books):
    line = books.line("capture", books.captured(eur(1000)), eur(1000))
    books.settle(line)
    with pytest.raises(PayoutRefused, match="bank statement"):
        books.settle(line, amount=eur(999))


def test_line_of_an_earlier_payout_is_refused_and_leaves_nothing(books):
    line = books.line("capture", books.captured(eur(1000)), eur(1000))
    books.settle(line)
    with pytest.raises(PayoutRefused, match="earlier payout"):
        books.settle(line, reference="po_2")
    assert books.balance("bank") == 1000


def test_fee_that_was_booked_with_the_capture_is_not_booked_twice(books):
    paid = books.captured(eur(1000), fee=eur(30))
    books.settle(books.line("capture", paid, eur(1000), fee=35))
    assert (books.balance("fees"), books.balance("psp"), books.balance("payout")) == (35, 0, 0)


@pytest.mark.covers("G5", "S1.39")
def test_gain_and_loss_by_exchange_are_booked_with_the_rates_of_both_days(books):
    books.rate("EUR", "USD", "1.25")
    paid = books.captured(Money(10000, "USD"))
    books.settle(books.line("capture", paid, eur(7900), fee=100, presentment=Money(10000, "USD")))
    assert books.balance("fx_difference") == 100  # 80.00 when it was taken, 79.00 when it arrived: a loss
    assert (books.balance("psp", "USD"), books.balance("payout"), books.balance("bank")) == (0, 0, 7800)
    assert books.imbalance() == []


@pytest.mark.covers("G5")
def test_missing_rate_is_told_and_nothing_is_guessed(books):
    paid = books.captured(Money(10000, "USD"))
    done = books.settle(books.line("capture", paid, eur(7900), presentment=Money(10000, "USD")))
    [line] = payout_report(done.payouts[0]).lines
    assert (line.state, books.balance("fx_difference")) == ("matched", 0)
    assert "rate" in line.note


@pytest.mark.covers("G5")
def test_postings_are_valued_in_base_currency_and_name_the_rate(books):
    books.captured(Money(3333, "USD"))
    assert value_postings() == 0  # no rate yet: it waits
    books.rate("EUR", "USD", "1.7")
    assert value_postings() == 4
    assert value_postings() == 0
    for entry in booked(1):
        worth = [posting.worth for posting in entry.postings]
        assert sum(value.minor for value in worth) == 0 and {value.currency for value in worth} == {"EUR"}
        assert all(posting.rate_id for posting in entry.postings)


@pytest.mark.covers("G6", "S1.39")
def test_provider_that_offers_settlements_is_asked_through_the_guard(books, monkeypatch):
    line = books.line("fee", "", eur(-300))
    told = [Settlement("po_9", eur(-300), NOON, (line,))]
    monkeypatch.setattr(ScriptedPayment, "settlements", lambda _provider, _since: told)
    done = payouts.fetch(books.shop.runtime, books.shop.accounts["scripted"], since=NOON, actor="test")
    report = payout_report(done.payouts[0])
    assert (report.is_settled, report.source, books.balance("bank")) == (True, "provider", -300)


def test_provider_without_settlements_says_so(books):
    with pytest.raises(ProviderError, match="settlements"):
        payouts.fetch(books.shop.runtime, books.shop.accounts["scripted"], since=NOON, actor="test")
