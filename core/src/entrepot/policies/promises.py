"""The promises of a market, from the store's settings, and their version."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from entrepot.orders.fulfilment import auto_complete_days
from entrepot.returns.rules import WITHDRAWAL_DAYS, policy_of

#: The pages, in the order in which they are shown.
KINDS = ("returns", "withdrawal", "shipping", "terms")


def promises(settings: Mapping[str, Any], market: str) -> dict[str, Any]:
    """What holds for an order of this market that is placed now; stored with it, and enough to show the pages again.

    ``terms`` are the merchant's own words: the setting ``terms``, {locale: text}.
    """
    policy = policy_of(settings, market)
    content = {
        "days": policy.days,
        "who_pays": policy.who_pays,
        "fee_percent": str(policy.fee_percent.normalize()),
        "refund_duties": policy.refund_duties,
        "withdrawal_days": WITHDRAWAL_DAYS,
        "complete_days": auto_complete_days(settings),
        "terms": dict(settings.get("terms") or {}),
    }
    return {"version": version_of(content), **content}


def version_of(content: Mapping[str, Any]) -> str:
    """Ten letters that differ where a promise differs."""
    written = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(written.encode()).hexdigest()[:10]


def own_words(promised: Mapping[str, Any], locale: str) -> tuple[str, ...]:
    """The merchant's terms in paragraphs: in this language, else in English, else in the first there is."""
    texts = promised.get("terms") or {}
    text = texts.get(locale) or texts.get(locale.partition("-")[0]) or texts.get("en") or next(iter(texts.values()), "")
    return tuple(part.strip() for part in str(text).split("\n\n") if part.strip())
