"""Stock that suppliers and warehouses of others report through the API."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from entrepot import web
from entrepot.api import context
from entrepot.api.errors import FieldsInvalid
from entrepot.api.operations import Once, Resource
from entrepot.sdk.stock import StockEvent, StockNews
from entrepot.stock_sources import queries, service
from entrepot.stock_sources.schemas import StockReportSchema, StockSourceListSchema, StockTakenSchema

stock_sources = Resource("Stock sources", __name__, "What suppliers and warehouses of others say is there.")
resources = (stock_sources,)
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")


@stock_sources.operation("GET", "/stock-sources", answer=StockSourceListSchema, scope="inventory.view")
def list_stock_sources() -> dict[str, Any]:
    """Who reports stock, and how fresh that is by warehouse"""
    return {"items": queries.sources()}


@stock_sources.operation(
    "POST",
    "/stock-sources/<source>/events",
    answer=StockTakenSchema,
    body=StockReportSchema,
    scope="inventory.sync",
    once=Once.SERVICE,
    largest_body=1024 * 1024,
)
def report_stock(body: dict[str, Any], source: str) -> Any:
    """Report what is there. Repeated or out of order, an event changes nothing"""
    if not _NAME.fullmatch(source):
        raise FieldsInvalid({"source": ["Name the source in small letters, digits, - and _, at most 60."]})
    known = queries.source(source)
    if known is not None and known.mode != "push":
        raise FieldsInvalid({"source": [f"'{known.label}' is asked by the shop. Report under another name."]})
    now = web.runtime().clock.now()
    news = StockNews(
        events=tuple(StockEvent(**event) for event in body["events"]),
        as_of=min(body["as_of"] or now, now),
        stale_after=timedelta(minutes=body["stale_after_minutes"]),
    )
    return service.take(web.runtime(), source, source, news, mode="push", actor=context.actor())
