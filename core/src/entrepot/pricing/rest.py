"""Promotions, catalogue cuts and exchange rates in the API."""

from __future__ import annotations

from typing import Any

from entrepot import web
from entrepot.api import paging
from entrepot.api.errors import FieldsInvalid, NotFound
from entrepot.api.operations import Once, Resource
from entrepot.api.schemas import PageQuery
from entrepot.pricing import listing, service
from entrepot.pricing.schemas import (
    CutInSchema,
    CutListSchema,
    CutSchema,
    PromotionInSchema,
    PromotionPageSchema,
    PromotionSchema,
    RatesSchema,
    is_code,
)

promotions = Resource("Promotions", __name__, "Discounts, reductions of prices, and exchange rates.")
resources = (promotions,)

_VIEW, _EDIT = "catalog.view", "catalog.edit"


@promotions.operation("GET", "/promotions", answer=PromotionPageSchema, query=PageQuery, scope=_VIEW)
def list_promotions(query: dict[str, Any]) -> dict[str, Any]:
    """All promotions"""
    after = int(paging.unwrap_number(query["cursor"]) or 0)
    rows = listing.promotion_rows(after=after, limit=query["limit"] + 1)
    shown = rows[: query["limit"]]
    return paging.page(shown, shown[-1].id if len(rows) > len(shown) else None)


@promotions.operation("GET", "/promotions/<code>", answer=PromotionSchema, scope=_VIEW)
def read_promotion(code: str) -> listing.AnyRow:
    """One promotion"""
    found = listing.promotion_row(code)
    if found is None:
        raise NotFound(f"promotion '{code}'")
    return found


@promotions.operation(
    "PUT", "/promotions/<code>", answer=PromotionSchema, body=PromotionInSchema, scope=_EDIT,
    versioned="read_promotion",
)  # fmt: skip
def save_promotion(body: dict[str, Any], code: str) -> listing.AnyRow:
    """Create a promotion, or replace it"""
    _check(code)
    service.save_promotion(web.runtime(), code=code, **body)
    return read_promotion_row(code)


@promotions.operation(
    "POST", "/promotions/<code>/end", answer=PromotionSchema, scope=_EDIT, once=Once.TRANSACTION,
    versioned="read_promotion",
)  # fmt: skip
def end_promotion(code: str) -> listing.AnyRow:
    """End a promotion now; it stays readable, and orders keep what they were given"""
    read_promotion_row(code)
    service.end_promotion(web.runtime(), code)
    return read_promotion_row(code)


@promotions.operation("GET", "/catalogue-cuts", answer=CutListSchema, scope=_VIEW)
def list_cuts() -> dict[str, Any]:
    """Reductions of prices, newest first, with those that are over"""
    return {"items": listing.cut_rows()}


@promotions.operation("PUT", "/catalogue-cuts/<code>", answer=CutSchema, body=CutInSchema, scope=_EDIT)
def save_cut(body: dict[str, Any], code: str) -> listing.AnyRow:
    """Reduce prices, in the place of the reduction with this code"""
    _check(code)
    service.save_cut(web.runtime(), code=code, **body)
    return listing.cut_rows(code)[0]


@promotions.operation("POST", "/catalogue-cuts/<code>/end", answer=CutListSchema, scope=_EDIT, once=Once.TRANSACTION)
def end_cut(code: str) -> dict[str, Any]:
    """End a reduction now; it stays in the list"""
    if not listing.cut_rows(code):
        raise NotFound(f"catalogue cut '{code}'")
    service.end_cut(web.runtime(), code)
    return {"items": listing.cut_rows(code)}


@promotions.operation(
    "POST", "/exchange-rates", answer=RatesSchema, body=RatesSchema, scope=_EDIT, once=Once.TRANSACTION
)
def save_rates(body: dict[str, Any]) -> dict[str, Any]:
    """Store the exchange rates of a day"""
    service.save_rates(web.runtime(), **body)
    return body


def read_promotion_row(code: str) -> listing.AnyRow:
    found = listing.promotion_row(code)
    if found is None:
        raise NotFound(f"promotion '{code}'")
    return found


def _check(code: str) -> None:
    if not is_code(code):
        raise FieldsInvalid({"code": ["Use letters, digits, dots, hyphens and underscores, at most 60."]})
