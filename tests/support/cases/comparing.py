"""Whether an answer is what a case expects."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

#: The case's words for reasons that the API names otherwise.
REASONS = {"insufficient_stock": "insufficient_stock", "below_promised": "below_on_hold"}
#: The case's words for our states.
_SAME = {
    "unpaid": {"awaiting_payment", "pending", "new"},
    "pending": {"awaiting_payment", "new", "processing"},
    "created": {"new"},
    "part_paid": {"partially_paid", "partially_captured"},
    "part_refunded": {"partially_refunded"},
    "paid": {"completed", "captured"},
    "captured": {"paid", "completed"},
    "authorized": {"authorised"},
    "part_authorized": {"partially_authorized", "partially_authorised", "part_authorised"},
    "to_pay": {"new", "placed", "open"},
    "to_ship": {"new", "placed", "open", "paid"},
    "completed": {"fulfilled"},
    "declined": {"failed"},
    "expired": {"failed"},
    "cancelled": {"canceled"},
}


def fits(expected: Any, actual: Any) -> bool:
    """Mappings by the keys that are expected, amounts by their value, states by their meaning."""
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        if not expected:
            return not actual
        return all(fits(value, actual.get(key, actual.get(str(key), 0))) for key, value in expected.items())
    if isinstance(expected, list) and isinstance(actual, list | tuple):
        pairs = zip(expected, actual, strict=False)
        return len(expected) == len(actual) and all(fits(*pair) for pair in pairs)
    if expected == actual or (isinstance(actual, str) and expected in _SAME.get(actual, ())):
        return True
    return _is_same_number(expected, actual)


def in_any_order(values: Any) -> list[str]:
    """A list of codes or amounts for which the order does not matter."""
    return sorted((str(value) for value in values or ()), key=lambda text: (_number(text) or 0, text))


def _is_same_number(expected: Any, actual: Any) -> bool:
    one, other = _number(expected), _number(actual)
    return one is not None and one == other


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None
