"""From an order to the lines of a transfer form. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from babel.core import Locale, UnknownLocaleError
from babel.numbers import format_currency

from entrepot.sdk import Instruction, Money, PaymentRequest
from entrepot_payment_bank_transfer.iban import grouped
from entrepot_payment_bank_transfer.texts import TEXTS


def instructions(request: PaymentRequest, config: Mapping[str, Any]) -> tuple[Instruction, ...]:
    """What the buyer enters at the bank, in the order of the usual transfer form; empty lines are left out."""
    _ = TEXTS.of(request.locale).gettext
    lines = (
        Instruction(_("Beneficiary"), config["beneficiary"], copyable=True),
        Instruction(_("IBAN"), grouped(config["iban"]), copyable=True),
        Instruction(_("BIC"), config["bic"], copyable=True),
        Instruction(_("Bank"), config["bank"]),
        Instruction(_("Amount"), amount_text(request.amount, request.locale)),
        Instruction(_("Payment reference"), request.order_number, copyable=True),
    )
    return tuple(line for line in lines if line.value)


def advice(days_to_pay: int, locale: str) -> str:
    """The sentence above the instructions."""
    sentence = TEXTS.of(locale).ngettext(
        "Please transfer the amount within %(days)d day and state the payment reference.",
        "Please transfer the amount within %(days)d days and state the payment reference.",
        days_to_pay,
    )
    return sentence % {"days": days_to_pay}


def amount_text(amount: Money, locale: str) -> str:
    """The amount with the currency's own decimals, as the locale writes it."""
    try:
        known = Locale.parse(locale, sep="-" if "-" in locale else "_")
    except (ValueError, UnknownLocaleError):
        known = Locale("en")
    return format_currency(amount.decimal, amount.currency, locale=known)
