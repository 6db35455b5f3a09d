"""Markets in the API: where the shop sells, in which currency and languages."""

from __future__ import annotations

from typing import Any

from entrepot.api.errors import NotFound
from entrepot.api.operations import Resource
from entrepot.markets.queries import MarketView, store
from entrepot.markets.schemas import MarketListSchema, MarketSchema

markets = Resource("Markets", __name__, "Where the shop sells.")
resources = (markets,)


@markets.operation("GET", "/markets", answer=MarketListSchema)
def list_markets() -> dict[str, Any]:
    """The markets that are open"""
    return {"items": store().markets}


@markets.operation("GET", "/markets/<code>", answer=MarketSchema)
def read_market(code: str) -> MarketView:
    """One market"""
    found = store().market(code)
    if found is None:
        raise NotFound(f"market '{code}'")
    return found
