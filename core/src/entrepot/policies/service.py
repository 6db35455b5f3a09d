"""Publishing promises: the merchant's terms, and on which terms goods come back. Orders keep those they had."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from entrepot.markets.queries import store
from entrepot.markets.service import change_store
from entrepot.policies.errors import MarketUnknown, NotDays, NotPercent, PromiseChanged, PromiseRefused, TextTooLong
from entrepot.policies.promises import version_of
from entrepot.policies.rules import written_percent
from entrepot.sdk.errors import EntrepotError

LONGEST_TERMS = 100_000
LONGEST_INSTRUCTIONS = 2000
MOST_DAYS = 3650


def seen(what: str) -> str:
    """Names what the setting ``returns`` or ``terms`` holds now, so that nobody overwrites what they have not seen."""
    return version_of(store().settings.get(what) or {})


def publish_terms(texts: Mapping[str, str], *, seen: str) -> None:
    """Publish the terms, {locale: text}; an empty text takes its language out, languages not named stay.

    Raises PromiseChanged where something else is published than was ``seen``, and PromiseRefused.
    """
    published = _unchanged("terms", seen)
    written = {locale: _paragraphs(text) for locale, text in texts.items()}
    too_long: dict[str, EntrepotError] = {
        locale: TextTooLong(len(text), LONGEST_TERMS) for locale, text in written.items() if len(text) > LONGEST_TERMS
    }
    if too_long:
        raise PromiseRefused(too_long)
    merged = {**published, **written}
    change_store(settings={"terms": {locale: text for locale, text in merged.items() if text}})


def publish_return_terms(market: str, typed: Mapping[str, str], *, seen: str) -> None:
    """Publish on which terms goods come back: everywhere for an empty ``market``, else what differs in that market.

    What is left empty is not set: the usual term holds, or that of everywhere. Raises MarketUnknown, PromiseChanged and
    PromiseRefused.
    """
    if market and store().market(market) is None:
        raise MarketUnknown(market)
    published = _unchanged("returns", seen)
    chosen = _read(typed)
    markets = dict(published.get("markets") or {})
    if market:
        markets[market] = {**_others(markets.get(market) or {}), **chosen}
    else:
        published = {**_others(published), **chosen}
    change_store(
        settings={"returns": {**published, "markets": {code: terms for code, terms in markets.items() if terms}}}
    )


def _unchanged(what: str, seen: str) -> dict[str, Any]:
    published = dict(store().settings.get(what) or {})
    if version_of(published) != seen:
        raise PromiseChanged
    return published


def _paragraphs(text: str) -> str:
    """As browsers send it, with one empty line between paragraphs."""
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip()


def _read(typed: Mapping[str, str]) -> dict[str, Any]:
    """{term: value} of what was entered; raises PromiseRefused with every field that makes no sense."""
    read: dict[str, Any] = {}
    wrong: dict[str, EntrepotError] = {}
    for term, reading in _READING.items():
        text = typed.get(term, "").strip()
        try:
            read |= {term: reading(text)} if text else {}
        except EntrepotError as error:
            wrong[term] = error
    if wrong:
        raise PromiseRefused(wrong)
    return read


def _days(text: str) -> int:
    if not re.fullmatch(r"\d{1,4}", text) or int(text) > MOST_DAYS:
        raise NotDays(MOST_DAYS)
    return int(text)


def _percent(text: str) -> str:
    if not re.fullmatch(r"\d{1,3}([.,]\d{1,2})?", text) or Decimal(text.replace(",", ".")) > 100:
        raise NotPercent
    return written_percent(Decimal(text.replace(",", ".")))


def _instructions(text: str) -> str:
    if len(text) > LONGEST_INSTRUCTIONS:
        raise TextTooLong(len(text), LONGEST_INSTRUCTIONS)
    return "\n".join(line.rstrip() for line in text.splitlines())


def _who_pays(text: str) -> str:
    return "seller" if text == "seller" else "buyer"


def _yes(text: str) -> bool:
    return text == "yes"


_READING: Mapping[str, Callable[[str], Any]] = {
    "days": _days,
    "who_pays": _who_pays,
    "fee_percent": _percent,
    "refund_duties": _yes,
    "auto_approve": _yes,
    "instructions": _instructions,
}


def _others(published: Mapping[str, Any]) -> dict[str, Any]:
    """What the form does not ask for stays as it is."""
    return {name: value for name, value in published.items() if name not in _READING}
