"""Payout files: the profile says which column is what; what cannot be read is named with its row."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from entrepot.kernel.money import Money
from entrepot.ledger.payout_files import PROFILES, PayoutFileInvalid, read_payouts, read_profile
from entrepot.sdk.payments import SettlementKind

STRIPE = """\
automatic_payout_id,automatic_payout_effective_at_utc,balance_transaction_id,reporting_category,source_id,gross,fee,net,currency,customer_facing_amount,customer_facing_currency
po_1,2026-11-20 00:00:00,txn_1,charge,ch_1,100.00,1.75,98.25,eur,110.00,usd
po_1,2026-11-20 00:00:00,txn_2,refund,re_1,-20.00,0.00,-20.00,eur,-22.00,usd
po_1,2026-11-20 00:00:00,txn_3,payout,po_1,-78.25,0.00,-78.25,eur,,
"""
OWN = "payout;paid_at;id;kind;reference;gross;fee;currency\np1;2026-11-20;1;capture;ch_1;{gross};0;EUR\n"


@pytest.mark.covers("G6")
def test_columns_as_stripe_writes_them_are_read():
    [payout] = read_payouts(STRIPE, PROFILES["stripe"])
    assert (payout.reference, payout.amount) == ("po_1", Money(7825, "EUR"))
    assert payout.paid_at == datetime(2026, 11, 20, tzinfo=UTC)
    assert [line.kind for line in payout.lines] == [SettlementKind.CAPTURE, SettlementKind.REFUND]
    assert (payout.lines[0].net, payout.lines[0].presentment) == (Money(9825, "EUR"), Money(11000, "USD"))


@pytest.mark.covers("G6")
def test_own_profile_reads_any_bank_file():
    profile = read_profile(
        '[columns]\npayout="Zahlung"\npaid_at="Tag"\nid="Nr"\nkind="Art"\ngross="Betrag"\ncurrency="W"\n'
        '[kinds]\nGutschrift="capture"\n'
    )
    [payout] = read_payouts("Zahlung,Tag,Nr,Art,Betrag,W\nZ9,2026-11-20,7,Gutschrift,12.50,EUR\n", profile)
    assert (payout.amount, payout.lines[0].kind) == (Money(1250, "EUR"), SettlementKind.CAPTURE)


def test_wrong_amount_is_named_with_row_and_column():
    with pytest.raises(PayoutFileInvalid, match=r"Row 2: gross '12,5O' is not an amount\. Write it like 12\.50"):
        read_payouts(OWN.format(gross="12,5O"), PROFILES["own"])


def test_more_decimals_than_the_currency_has_are_refused_rather_than_rounded():
    with pytest.raises(PayoutFileInvalid, match="Row 2"):
        read_payouts(OWN.format(gross="12.505"), PROFILES["own"])


def test_missing_column_is_named():
    with pytest.raises(PayoutFileInvalid, match="no column payout"):
        read_payouts("a,b\n1,2\n", PROFILES["own"])


def test_net_that_does_not_add_up_is_refused():
    with pytest.raises(PayoutFileInvalid, match="Row 2: net"):
        read_payouts(STRIPE.replace("98.25", "98.24"), PROFILES["stripe"])


def test_profile_with_an_unknown_kind_is_refused():
    with pytest.raises(PayoutFileInvalid, match="unknown kinds: gift"):
        read_profile('[columns]\n[kinds]\nx="gift"\n')
