"""E-mail addresses: one plain address, no header smuggled in, domains in the form that mail servers take. Pure."""

from __future__ import annotations

import re

_SHAPE = re.compile(r"([^@\s<>,;:\"\\()\[\]\x00-\x1f\x7f]{1,64})@([^@\s<>,;:\"\\()\[\]\x00-\x1f\x7f]{1,253})")


class AddressRefused(ValueError):
    """A text that is not one e-mail address."""


def ascii_address(text: str) -> str:
    """The address with its domain in ASCII (IDNA); raises AddressRefused, also for line breaks and lists."""
    shape = _SHAPE.fullmatch(text)
    if shape is None:
        raise AddressRefused("This is not one e-mail address. Write it like name@example.com, without a line break.")
    try:
        domain = shape[2].encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise AddressRefused("The part after the @ is not a domain. Write it like name@example.com.") from None
    return f"{shape[1]}@{domain}"


def domain_of(address: str) -> str:
    return address.rpartition("@")[2]
