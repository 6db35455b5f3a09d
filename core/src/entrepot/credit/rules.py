"""Codes, validity and how credits share in paying. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from entrepot.kernel.money import Money, total

KINDS = ("gift_card", "store_credit")
#: The liability of each kind in the ledger. Payments made with a credit carry its kind instead of an account's id.
ACCOUNTS: Mapping[str, str] = {"gift_card": "gift_cards", "store_credit": "store_credit"}
#: Digits and letters that nobody takes for one another.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 16
#: How the keys of cards begin that an order sold.
SOLD = "sold "


@dataclass(frozen=True)
class Usable:
    """A credit that can be spent now."""

    id: str
    kind: str
    code_end: str
    balance: Money
    expires_at: datetime | None


@dataclass(frozen=True)
class Use:
    """The part of an order that one credit pays."""

    credit_id: str
    kind: str
    code_end: str
    amount: Money


@dataclass(frozen=True)
class Due:
    """What credits pay of a total, and what is left to pay another way."""

    uses: tuple[Use, ...]
    left: Money

    @property
    def covered(self) -> Money:
        return total((use.amount for use in self.uses), self.left.currency)


def written(code: str) -> str:
    """A code as it is compared: however it was typed, grouped or copied."""
    return "".join(character for character in code.upper() if character.isascii() and character.isalnum())


def digest(code: str) -> str:
    """What is stored of a code. It has 79 random bits, so that nobody finds it from this."""
    return hashlib.sha256(written(code).encode()).hexdigest()


def grouped(code: str) -> str:
    """A code as people read it: four groups of four."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def share(credits: Iterable[Usable], amount: Money) -> Due:
    """Spend what expires first; credits of another currency pay nothing."""
    left, uses = amount, []
    for credit in sorted(credits, key=lambda each: (each.expires_at is None, each.expires_at or 0, each.id)):
        if credit.balance.currency != amount.currency or left.minor <= 0:
            continue
        part = min(credit.balance, left)
        uses.append(Use(credit.id, credit.kind, credit.code_end, part))
        left = left - part
    return Due(tuple(use for use in uses if not use.amount.is_zero), left)


def expiry(settings: Mapping[str, Any], kind: str, now: datetime) -> datetime | None:
    """By the store's setting ``credit``: {"gift_card_days": …, "store_credit_days": …}; none or 0: it never ends."""
    days = int((settings.get("credit") or {}).get(f"{kind}_days") or 0)
    return now + timedelta(days=days) if days > 0 else None


def sold_key(line_id: str, piece: int) -> str:
    """The key of the card that an order's line sold as its n-th piece."""
    return f"{SOLD}{line_id} {piece}"


def line_of(sold: str) -> str:
    """The order's line that sold the card with this key."""
    return sold.removeprefix(SOLD).partition(" ")[0]


def void_key(credit_id: str) -> str:
    """What the keys of the refunds for a card that was taken back begin with."""
    return f"void-{credit_id}"
