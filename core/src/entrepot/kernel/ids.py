"""Identifiers: sortable ids, unguessable tokens, order numbers with a check digit."""

from __future__ import annotations

import secrets
import time
import uuid


def new_id() -> str:
    """A UUID of version 7 (RFC 9562): unique everywhere and sorting by creation time."""
    milliseconds = time.time_ns() // 1_000_000
    value = (
        (milliseconds & (1 << 48) - 1) << 80
        | 0x7 << 76
        | secrets.randbits(12) << 64
        | 0b10 << 62
        | secrets.randbits(62)
    )
    return str(uuid.UUID(int=value))


def new_token() -> str:
    """An unguessable URL-safe text of 192 bits, for private links and carts."""
    return secrets.token_urlsafe(24)


def order_number(sequence: int, prefix: str = "") -> str:
    """A number for people: the sequence and a Luhn check digit, e.g. 100042 -> "1000424"."""
    return f"{prefix}{sequence}{luhn_digit(str(sequence))}"


def luhn_digit(digits: str) -> int:
    """The check digit that makes ``digits + digit`` valid under Luhn's rule (ISO/IEC 7812)."""
    doubled = (int(d) * 2 if i % 2 == 0 else int(d) for i, d in enumerate(reversed(digits)))
    return -sum(d - 9 if d > 9 else d for d in doubled) % 10


def is_order_number(number: str, prefix: str = "") -> bool:
    """Whether the check digit fits, so that a mistyped number is told before a look-up."""
    body = number.removeprefix(prefix)
    return body.isascii() and body.isdigit() and len(body) > 1 and luhn_digit(body[:-1]) == int(body[-1])
