"""The promises of a market, from the store's settings, their version, and those that hold for an order."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from entrepot.markets.queries import known_store
from entrepot.markets.rules import text
from entrepot.orders.fulfilment import auto_complete_days
from entrepot.policies.rules import Policy, policy_held, policy_of

#: The pages, in the order in which they are shown.
KINDS = ("returns", "withdrawal", "shipping", "terms")


def promises(settings: Mapping[str, Any], market: str) -> dict[str, Any]:
    """What holds for an order of this market that is placed now; stored with it, and enough to show the pages again.

    ``terms`` are the merchant's own words: the setting ``terms``, {locale: text}.
    """
    content = {
        **policy_of(settings, market).promised(),
        "complete_days": auto_complete_days(settings),
        "terms": dict(settings.get("terms") or {}),
    }
    return {"version": version_of(content), **content}


def promises_today(market: str) -> dict[str, Any]:
    """``promises`` of the store as this process knows it: worked out once while its settings stay. Read only."""
    settings = known_store().settings
    known = _today.get(market)
    if known is None or known[0] is not settings:
        known = _today[market] = (settings, promises(settings, market))
    return known[1]


_today: dict[str, tuple[Mapping[str, Any], dict[str, Any]]] = {}


def policy_for(agreed: Mapping[str, Any], settings: Mapping[str, Any], market: str) -> Policy:
    """On which terms goods of an order come back that keeps these promises; empty where it was placed elsewhere."""
    today = policy_of(settings, market)
    return policy_held(agreed, today, version=promises(settings, market)["version"])


def version_of(content: Mapping[str, Any]) -> str:
    """Ten letters that differ where a promise differs."""
    written = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(written.encode()).hexdigest()[:10]


def own_words(promised: Mapping[str, Any], locale: str) -> tuple[str, ...]:
    """The merchant's terms in paragraphs: in this language, else in English, else in the first there is."""
    written = text(promised.get("terms") or {}, locale)
    return tuple(part.strip() for part in written.split("\n\n") if part.strip())
