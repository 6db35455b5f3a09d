"""Bank transfer: what the buyer reads, what staff record, which settings are refused."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from entrepot.sdk import (
    Context,
    FixedClock,
    HttpClient,
    Money,
    Outcome,
    PaymentRequest,
    ProviderRejected,
    RefundRequest,
)
from entrepot_payment_bank_transfer import entrepot_register_payment_providers, manifest
from entrepot_payment_bank_transfer.config import BankTransferConfig
from entrepot_payment_bank_transfer.iban import grouped, is_bic, is_iban
from entrepot_payment_bank_transfer.mapping import advice, amount_text
from entrepot_payment_bank_transfer.provider import BankTransfer

SETTINGS = {"beneficiary": "Harbour Goods GmbH", "iban": "de89 3704 0044 0532 0130 00", "bic": "cobadeffxxx"}
#: Example IBANs of the IBAN registry (SWIFT).
VALID = [
    "DE89370400440532013000",
    "GB29NWBK60161331926819",
    "NO9386011117947",
    "MT84MALT011000012345MTLCAST001S",
]
NO_NETWORK = cast("HttpClient", SimpleNamespace())


def bank_transfer(**settings: Any) -> BankTransfer:
    config = BankTransferConfig().load(SETTINGS | settings)
    clock = FixedClock(datetime(2026, 3, 1, tzinfo=UTC))
    return BankTransfer(Context("1", config, NO_NETWORK, clock, logging.getLogger("test")))


def payment(amount: Money, locale: str = "en") -> PaymentRequest:
    return PaymentRequest(amount, "1000424", "key-1", "http://shop.test/return", locale)


def refund(amount: Money, refundable: Money) -> RefundRequest:
    return RefundRequest("key-1", amount, "refund-7", refundable)


def test_manifest_and_hook_name_the_provider() -> None:
    assert manifest.id == "payment-bank-transfer"
    assert entrepot_register_payment_providers() == [BankTransfer]


@pytest.mark.covers("S1.35", "S2.12")
def test_buyer_reads_account_amount_and_order_number() -> None:
    result = bank_transfer(bank="Commerzbank").start(payment(Money(1990, "EUR"), "de"))

    assert [(line.label, line.value.replace("\xa0", " ")) for line in result.instructions] == [
        ("Empfänger", "Harbour Goods GmbH"),
        ("IBAN", "DE89 3704 0044 0532 0130 00"),
        ("BIC", "COBADEFFXXX"),
        ("Bank", "Commerzbank"),
        ("Betrag", "19,90 €"),
        ("Verwendungszweck", "1000424"),
    ]
    assert (result.outcome, result.amount) == (Outcome.PENDING, Money(1990, "EUR"))
    assert result.redirect_url == ""


def test_lines_without_a_value_are_left_out() -> None:
    labels = [line.label for line in bank_transfer(bic="").start(payment(Money(1, "EUR"))).instructions]

    assert labels == ["Beneficiary", "IBAN", "Amount", "Payment reference"]


def test_same_request_gets_the_same_answer() -> None:
    request = payment(Money(1990, "EUR"))

    assert bank_transfer().start(request) == bank_transfer().start(request)


@pytest.mark.parametrize(
    ("amount", "locale", "expected"),
    [
        (Money(1990, "JPY"), "en", "¥1,990"),
        (Money(1990, "KWD"), "en", "KWD1.990"),
        (Money(123456, "EUR"), "de", "1.234,56 €"),
        (Money(1990, "CNY"), "zh-Hans", "¥19.90"),
        (Money(1990, "EUR"), "not a locale", "€19.90"),
    ],
)
def test_amount_has_the_decimals_of_its_currency(amount: Money, locale: str, expected: str) -> None:
    assert amount_text(amount, locale).replace("\xa0", " ") == expected


def test_advice_counts_days_in_each_language() -> None:
    assert advice(1, "en-GB") == "Please transfer the amount within 1 day and state the payment reference."
    assert "7 Tagen" in advice(7, "de-AT")
    assert "7 天内" in advice(7, "zh-CN")


@pytest.mark.parametrize(("locale", "label"), [("fr", "Bank transfer"), ("de", "Überweisung"), ("zh-Hans", "银行转账")])
def test_method_is_named_in_the_buyers_language(locale: str, label: str) -> None:
    assert bank_transfer().method_label(locale) == label


@pytest.mark.covers("S2.15")
def test_refund_by_hand_is_recorded_as_done() -> None:
    result = bank_transfer().refund(refund(Money(500, "EUR"), refundable=Money(1990, "EUR")))

    assert (result.outcome, result.reference, result.amount) == (
        Outcome.CAPTURED,
        "refund-7",
        Money(500, "EUR"),
    )


@pytest.mark.parametrize(
    ("amount", "remedy"),
    [
        (Money(1991, "EUR"), "at most"),
        (Money(500, "USD"), "in EUR"),
        (Money(0, "EUR"), "above zero"),
        (Money(-1, "EUR"), "above zero"),
    ],
)
def test_impossible_refund_is_refused_with_a_remedy(amount: Money, remedy: str) -> None:
    with pytest.raises(ProviderRejected, match=remedy):
        bank_transfer().refund(refund(amount, refundable=Money(1990, "EUR")))


@pytest.mark.parametrize("iban", VALID)
def test_registered_ibans_are_accepted(iban: str) -> None:
    assert is_iban(iban)
    assert is_iban(grouped(iban).lower())


@given(st.sampled_from(VALID), st.integers(0, 33), st.sampled_from("0123456789"))
def test_one_mistyped_digit_is_noticed(iban: str, position: int, digit: str) -> None:
    at = position % len(iban)
    mistyped = iban[:at] + digit + iban[at + 1 :]

    assert is_iban(mistyped) == (mistyped == iban)


@pytest.mark.parametrize("text", ["", "DE", "DE89", "1234567890123456", "DE89 3704 0044 0532 0130 0O", "٣" * 20])
def test_what_is_no_iban_is_refused(text: str) -> None:
    assert not is_iban(text)


def test_bic_has_eight_or_eleven_characters() -> None:
    assert is_bic("COBADEFF") and is_bic("cobadeffxxx")
    assert not is_bic("COBADEFFX") and not is_bic("C0BADEFF")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("iban", "DE88370400440532013000"),
        ("bic", "COBA"),
        ("days_to_pay", 0),
        ("days_to_pay", "1.5"),
        ("beneficiary", ""),
        ("colour", "blue"),
    ],
)
def test_wrong_setting_is_refused_by_its_name(field: str, value: object) -> None:
    with pytest.raises(ValidationError) as refused:
        BankTransferConfig().load(SETTINGS | {field: value})

    assert set(refused.value.messages_dict) == {field}


def test_settings_are_stored_tidy_and_defaults_apply() -> None:
    assert BankTransferConfig().load(SETTINGS) == {
        "beneficiary": "Harbour Goods GmbH",
        "iban": "DE89370400440532013000",
        "bic": "COBADEFFXXX",
        "bank": "",
        "days_to_pay": 7,
    }
