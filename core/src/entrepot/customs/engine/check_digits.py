"""Check digits and digests that papers and messages of customs carry."""

from __future__ import annotations

import base64
import hashlib
import re
from xml.etree import ElementTree

from entrepot.sdk.errors import EntrepotError

_S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)


class NumberInvalid(EntrepotError):
    """A number or message that cannot be what it claims to be."""


def s10_check_digit(serial: str) -> int:
    """The ninth digit of a postal item id: weights 8 6 4 2 3 5 9 7, 11 - sum mod 11, 10 becomes 0 and 11 becomes 5."""
    if not re.fullmatch(r"\d{8}", serial, re.ASCII):
        raise NumberInvalid(f"'{serial}' is no serial number of UPU S10. Write eight digits.")
    rest = 11 - sum(weight * int(digit) for weight, digit in zip(_S10_WEIGHTS, serial, strict=True)) % 11
    return {10: 0, 11: 5}.get(rest, rest)


def s10_item_id(service: str, serial: str, country: str) -> str:
    """The whole item id, such as RA473124829GB."""
    if not re.fullmatch(r"[A-Z]{2}[A-Z]{2}", service + country):
        raise NumberInvalid(f"'{service}' and '{country}' must be two capital letters each.")
    return f"{service}{serial}{s10_check_digit(serial)}{country}"


def message_digest(xml: str) -> str:
    """Base64 of the SHA-1 over the canonical form (C14N) of a CEB message without its signature; blanks count."""
    try:
        canonical = ElementTree.canonicalize(xml)
    except ElementTree.ParseError as error:
        raise NumberInvalid(f"The message is not well-formed XML: {error}.") from None
    return base64.b64encode(hashlib.sha1(canonical.encode(), usedforsecurity=False).digest()).decode()
