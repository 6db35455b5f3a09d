"""Item numbers of the Universal Postal Union, standard S10: two letters, eight digits, check digit, country."""

from __future__ import annotations

import re

from entrepot.sdk import COUNTRIES

_SHAPE = re.compile(r"[A-Z]{2}(\d{8})(\d)([A-Z]{2})")
_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)


def looks_like_s10(number: str) -> bool:
    """Whether a number without blanks, in capitals, has the shape of S10."""
    return _SHAPE.fullmatch(number) is not None


def is_s10(number: str) -> bool:
    """Whether check digit and country of an S10 number are right."""
    shape = _SHAPE.fullmatch(number)
    return shape is not None and check_digit(shape[1]) == int(shape[2]) and shape[3] in COUNTRIES


def check_digit(serial: str) -> int:
    """11 less the weighted sum of the eight digits modulo 11; 10 is written 0 and 11 is written 5."""
    remainder = 11 - sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, serial, strict=True)) % 11
    return {10: 0, 11: 5}.get(remainder, remainder)
