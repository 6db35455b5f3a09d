"""What a product page says about stock and prices; plain texts and URL names from written ones."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from entrepot.kernel.money import Money
from entrepot.kernel.records import dataclass
from entrepot.markets.rules import text

FEW_LEFT = 3

IN_STOCK = "in_stock"
FEW = "few_left"
SOLD_OUT = "sold_out"

_NO_WORD = re.compile(r"[^\w]+", re.UNICODE)


@dataclass(frozen=True)
class PriceView:
    """A price as the market shows it. ``compare_at`` is struck through: higher, and lawfully the former price."""

    amount: Money
    compare_at: Money | None
    includes_tax: bool


def availability(*, tracked: bool, available: int) -> str:
    """`in_stock`, `few_left` or `sold_out`. What is not counted can always be sold."""
    if not tracked:
        return IN_STOCK
    if available <= 0:
        return SOLD_OUT
    return FEW if available <= FEW_LEFT else IN_STOCK


def wants_strike(amount: int | None, compare_at: int | None) -> bool:
    """Whether the merchant wishes to show a former price beside this one."""
    return amount is not None and compare_at is not None and compare_at > amount


def options_label(options: Mapping[str, Any], codes: Iterable[str], locale: str) -> str:
    """`Deep sea / XL`: the variant's values in the order of the product's options."""
    return " / ".join(option_label(options[code], locale) for code in codes if code in options)


def option_label(value: Mapping[str, Any], locale: str) -> str:
    return text(value.get("label") or {}, locale) or str(value.get("value", ""))


def slugify(written: str) -> str:
    """`Café crème 2` becomes `cafe-creme-2`; scripts other than Latin stay as they are."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", written.casefold()) if not unicodedata.combining(c))
    return _NO_WORD.sub("-", unicodedata.normalize("NFC", plain)).strip("-_")


def search_text(parts: Iterable[str]) -> str:
    """Words in the form that ``search_words`` looks for."""
    return " ".join(folded for part in parts if (folded := fold(part)))


def search_words(query: str, limit: int = 6) -> list[str]:
    """The words of a query in the form of ``search_text``; more than the limit are ignored."""
    return fold(query[:200]).split()[:limit]


def fold(written: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", written).casefold().split())
