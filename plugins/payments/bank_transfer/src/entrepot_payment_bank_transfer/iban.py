"""IBAN and BIC: tidy, check, and group for reading. Pure."""

from __future__ import annotations

import re

_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?")


def compact(text: str) -> str:
    """Without blanks and in capitals, as banks store it."""
    return "".join(text.split()).upper()


def is_iban(text: str) -> bool:
    """Whether form and check digits are those of an IBAN (ISO 13616, ISO 7064 mod 97-10)."""
    iban = compact(text)
    if not _IBAN.fullmatch(iban):
        return False
    rearranged = iban[4:] + iban[:4]
    return int("".join(str(int(character, 36)) for character in rearranged)) % 97 == 1


def is_bic(text: str) -> bool:
    """Whether the form is that of a BIC (ISO 9362): 8 or 11 characters."""
    return bool(_BIC.fullmatch(compact(text)))


def grouped(iban: str) -> str:
    """In blocks of four, as people read it aloud."""
    plain = compact(iban)
    return " ".join(plain[start : start + 4] for start in range(0, len(plain), 4))
