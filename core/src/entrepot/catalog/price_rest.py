"""Price lists in the API: how they follow another one, and prices that hold for a time."""

from __future__ import annotations

import re
from typing import Any

from entrepot import web
from entrepot.api.errors import FieldsInvalid, NotFound
from entrepot.api.operations import Once, Resource
from entrepot.catalog import following
from entrepot.catalog.price_schemas import (
    PriceListInSchema,
    PriceListSchema,
    PriceListsSchema,
    PriceWindowsInSchema,
    RecomputedSchema,
    WindowedPriceSchema,
)
from entrepot.catalog.windows import PriceUnknown, WindowedPrice, set_windows, windowed_price
from entrepot.markets.queries import PriceListView, price_lists
from entrepot.pricing.windows import PriceWindow, instant

lists = Resource("Price lists", __name__, "Prices per market: lists that follow another, and prices for a time.")
resources = (lists,)

_VIEW, _EDIT = "catalog.view", "catalog.edit"


@lists.operation("GET", "/price-lists", answer=PriceListsSchema, scope=_VIEW)
def list_price_lists() -> dict[str, Any]:
    """All price lists"""
    return {"items": [_json(one) for one in price_lists().values()]}


@lists.operation("GET", "/price-lists/<code>", answer=PriceListSchema, scope=_VIEW)
def read_price_list(code: str) -> dict[str, Any]:
    """One price list, and why its prices could not be taken over"""
    return _json(_found(code))


@lists.operation(
    "PUT", "/price-lists/<code>", answer=PriceListSchema, body=PriceListInSchema, scope=_EDIT,
    versioned="read_price_list",
)  # fmt: skip
def save_price_list(body: dict[str, Any], code: str) -> dict[str, Any]:
    """Create a price list, or change how it follows another; its currency stays"""
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,39}", code):
        raise FieldsInvalid({"code": ["Use small letters, digits, hyphens and underscores, at most 40."]})
    written = body.pop("follows")
    follows = following.Following(**{name: value or "" for name, value in written.items()}) if written else None
    following.save_price_list(web.runtime(), code, **body, follows=follows)
    return _json(_found(code))


@lists.operation("POST", "/price-lists/<code>/recomputing", answer=RecomputedSchema, scope=_EDIT, once=Once.TRANSACTION)
def recompute_price_list(code: str) -> following.Recomputed:
    """Take over the prices of the list that this one follows, at the newest stored rate"""
    _found(code)
    return following.recompute(web.runtime(), code)[0]


@lists.operation("GET", "/price-lists/<code>/prices/<sku>", answer=WindowedPriceSchema, scope=_VIEW)
def read_price(code: str, sku: str) -> WindowedPrice:
    """A price with its windows, where it comes from, and what is asked now"""
    return _price(code, sku)


@lists.operation(
    "PUT",
    "/price-lists/<code>/prices/<sku>/windows",
    answer=WindowedPriceSchema,
    body=PriceWindowsInSchema,
    scope=_EDIT,
)
def save_windows(body: dict[str, Any], code: str, sku: str) -> WindowedPrice:
    """Say from when until when another price is asked"""
    currency = _price(code, sku).usual.currency
    windows = [_window(window, body["time_zone"], currency) for window in body["windows"]]
    set_windows(web.runtime(), code, sku, windows)
    return _price(code, sku)


def _window(body: dict[str, Any], time_zone: str, currency: str) -> PriceWindow:
    if body["amount"].currency != currency:
        raise FieldsInvalid({"windows": [f"The price list is in {currency}, not {body['amount'].currency}."]})
    until = body["valid_until"]
    begin, end = instant(body["valid_from"], time_zone), instant(until, time_zone) if until else None
    return PriceWindow(body["amount"].minor, begin, end)


def _price(code: str, sku: str) -> WindowedPrice:
    try:
        return windowed_price(code, sku, at=web.runtime().clock.now())
    except PriceUnknown:
        raise NotFound(f"price of '{sku}' in the list '{code}'") from None


def _found(code: str) -> PriceListView:
    found = price_lists().get(code)
    if found is None:
        raise NotFound(f"price list '{code}'")
    return found


def _json(one: PriceListView) -> dict[str, Any]:
    follows = {
        "base": one.follows,
        "mode": one.mode,
        "percent": one.percent,
        "rounding_step": one.rounding_step or None,
        "rounding_ending": one.rounding_ending or None,
    }
    return {**vars(one), "follows": follows if one.follows else None}
