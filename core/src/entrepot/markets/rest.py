"""Markets in the API: where the shop sells, in which currency and languages."""

from __future__ import annotations

import re
from typing import Any

from entrepot import web
from entrepot.api.errors import FieldsInvalid, NotFound
from entrepot.api.operations import Resource
from entrepot.markets import service
from entrepot.markets.queries import MarketView, store
from entrepot.markets.schemas import MarketInSchema, MarketListSchema, MarketSchema

markets = Resource("Markets", __name__, "Where the shop sells.")
resources = (markets,)


@markets.operation("GET", "/markets", answer=MarketListSchema)
def list_markets() -> dict[str, Any]:
    """The markets that are open"""
    return {"items": store().markets}


@markets.operation("GET", "/markets/<code>", answer=MarketSchema)
def read_market(code: str) -> MarketView:
    """One market"""
    return _found(code)


@markets.operation(
    "PUT", "/markets/<code>", answer=MarketSchema, body=MarketInSchema, scope="store.manage", versioned="read_market"
)
def save_market(body: dict[str, Any], code: str) -> MarketView:
    """Open a market, or change it. One that is not enabled is answered as it was"""
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,19}", code):
        raise FieldsInvalid({"code": ["Use small letters, digits, hyphens and underscores, at most 20."]})
    before = store().market(code)
    service.save_market(web.runtime(), code=code, **body)
    return store().market(code) or before or _closed(code, body)


def _found(code: str) -> MarketView:
    found = store().market(code)
    if found is None:
        raise NotFound(f"market '{code}'")
    return found


def _closed(code: str, body: dict[str, Any]) -> MarketView:
    """A market that nobody can read yet."""
    shown = {name: body[name] for name in ("name", "currency", "includes_tax", "time_zone", "default_country")}
    countries, locales = frozenset(body["countries"]), tuple(body["locales"])
    return MarketView(code=code, **shown, locales=locales, countries=countries, price_list_id=0)
