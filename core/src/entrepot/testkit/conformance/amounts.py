"""Finds an amount of money in what was sent or answered, however the vendor likes to write it."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from entrepot.sdk import Money
from entrepot.testkit.http import SentRequest, leaves


def find_amount(values: Any, amount: Money) -> bool:
    """Whether the values contain the amount (in minor units or as an exact decimal text) beside its currency."""
    plain = [value for _, value in leaves(values)]
    currency = any(isinstance(value, str) and value.upper() == amount.currency for value in plain)
    return currency and any(_is_amount(value, amount) for value in plain)


def has_float(sent: SentRequest) -> bool:
    return any(isinstance(value, float) for _, value in leaves(sent.payload))


def _is_amount(value: Any, amount: Money) -> bool:
    if isinstance(value, bool | float) or not isinstance(value, int | str):
        return False
    if isinstance(value, int) or value.isdigit():
        whole = amount.decimal if amount.decimal == amount.decimal.to_integral_value() else None
        return int(value) == amount.minor or (isinstance(value, str) and whole == int(value))
    try:
        return Decimal(value) == amount.decimal
    except InvalidOperation:
        return False
