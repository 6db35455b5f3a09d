"""What is true of customers, whatever stores them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from entrepot.kernel.texts import N_, folded_email
from entrepot.sdk.errors import EntrepotError

#: More are of no use to anybody who looks at the record.
MOST_ADDRESSES = 10
#: Reserved for what must never be delivered (RFC 2606).
NOWHERE = "erased.invalid"
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s]+")
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


class CustomerInvalid(EntrepotError):
    """A customer or a group that cannot be stored. ``fields`` has messages by field."""

    def __init__(self, field: str, message: str, **values: object) -> None:
        super().__init__(message, **values)
        self.fields = {field: [str(self)]}


def checked_email(written: str) -> str:
    """The address as it is kept; raises CustomerInvalid."""
    email = folded_email(written)
    if len(email) > 254 or not _EMAIL.fullmatch(email) or email.endswith(NOWHERE):
        raise CustomerInvalid(
            "email", N_("“{typed}” is no e-mail address. Write it like anna@example.com."), typed=written[:80]
        )
    return email


def checked_code(written: str) -> str:
    """A group's code; raises CustomerInvalid."""
    if not _CODE.fullmatch(written):
        raise CustomerInvalid(
            "code", N_("“{typed}” is no code. Use small letters, digits, - and _, such as trade."), typed=written[:80]
        )
    return written


def joined(known: Sequence[Mapping[str, str]], newer: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """Addresses with the newer ones first, each once."""
    found: list[dict[str, str]] = []
    for address in (*newer, *known):
        plain = {field: text for field, text in address.items() if text}
        if plain and plain not in found:
            found.append(plain)
    return found[:MOST_ADDRESSES]


def anonymous_email(customer_id: int) -> str:
    """What stands where the address was, once a customer is erased."""
    return f"customer-{customer_id}@{NOWHERE}"
