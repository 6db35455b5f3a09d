"""Transfers and counts in the API."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from entrepot import web
from entrepot.api import context, paging
from entrepot.api.errors import NotFound
from entrepot.api.operations import Once, Resource, View
from entrepot.inventory import counting, moving, reporting, transfers
from entrepot.inventory.moving import CountView, TransferView
from entrepot.inventory.moving_schemas import (
    ArrivedSchema,
    CountedSchema,
    CountInSchema,
    CountPageSchema,
    CountQuery,
    MissingSchema,
    MovementPageSchema,
    StockCountSchema,
    TransferInSchema,
    TransferPageSchema,
    TransferQuery,
    TransferSchema,
)
from entrepot.inventory.schemas import StockQuery

stock_moves = Resource("Stock moves", __name__, "The stock ledger, transfers between warehouses, and stocktaking.")
resources = (stock_moves,)

_VIEW, _ADJUST = "inventory.view", "inventory.adjust"


def _step_of_transfer(name: str, **options: Any) -> Callable[[View], View]:
    """A step of a transfer's life, at an address of its own."""
    rule = f"/transfers/<number:transfer_id>/{name}"
    return stock_moves.operation("POST", rule, answer=TransferSchema, scope=_ADJUST, once=Once.TRANSACTION, **options)


def _end_of_count(name: str) -> Callable[[View], View]:
    rule = f"/stock-counts/<number:count_id>/{name}"
    return stock_moves.operation("POST", rule, answer=StockCountSchema, scope=_ADJUST, once=Once.TRANSACTION)


@stock_moves.operation("GET", "/stock-movements", answer=MovementPageSchema, query=StockQuery, scope=_VIEW)
def list_movements(query: dict[str, Any]) -> dict[str, Any]:
    """The stock ledger, newest first"""
    limit = query["limit"]
    rows = moving.movements(sku=query["sku"], warehouse=query["warehouse"], before=_before(query), limit=limit + 1)
    return _page(rows, limit)


@stock_moves.operation("GET", "/transfers", answer=TransferPageSchema, query=TransferQuery, scope=_VIEW)
def list_transfers(query: dict[str, Any]) -> dict[str, Any]:
    """Transfers, newest first"""
    limit = query["limit"]
    return _page(moving.transfers(state=query["state"], before=_before(query), limit=limit + 1), limit)


@stock_moves.operation(
    "POST", "/transfers", answer=TransferSchema, status=201, body=TransferInSchema, scope=_ADJUST,
    once=Once.TRANSACTION, problems=(404,),
)  # fmt: skip
def draft_transfer(body: dict[str, Any]) -> TransferView:
    """Plan a transfer; nothing leaves yet"""
    transfer_id = transfers.draft(
        web.runtime(),
        source_id=warehouse_id(body["source"]),
        target_id=warehouse_id(body["target"]),
        lines=_pieces(body["lines"]),
        note=body["note"],
    )
    return _transfer(transfer_id)


@stock_moves.operation("GET", "/transfers/<number:transfer_id>", answer=TransferSchema, scope=_VIEW)
def read_transfer(transfer_id: int) -> TransferView:
    """One transfer"""
    return _transfer(transfer_id)


@_step_of_transfer("send")
def send_transfer(transfer_id: int) -> TransferView:
    """The goods leave: they are in transit and cannot be sold"""
    _transfer(transfer_id)
    transfers.send(web.runtime(), transfer_id, actor=context.actor())
    return _transfer(transfer_id)


@_step_of_transfer("receive", body=ArrivedSchema, key_required=True)
def receive_transfer(body: dict[str, Any], transfer_id: int) -> TransferView:
    """Goods arrive, all or a part"""
    known = _transfer(transfer_id)
    transfers.receive(
        web.runtime(),
        transfer_id,
        arrived=_pieces(body["lines"]),
        seen=sum(line.received for line in known.lines),
        actor=context.actor(),
    )
    return _transfer(transfer_id)


@_step_of_transfer("close", body=MissingSchema)
def close_transfer(body: dict[str, Any], transfer_id: int) -> TransferView:
    """Nothing more will arrive: write off what is still on the way"""
    _transfer(transfer_id)
    transfers.close(web.runtime(), transfer_id, reason=body["reason"], actor=context.actor())
    return _transfer(transfer_id)


@_step_of_transfer("cancel")
def cancel_transfer(transfer_id: int) -> TransferView:
    """Give up a draft"""
    _transfer(transfer_id)
    transfers.cancel(web.runtime(), transfer_id)
    return _transfer(transfer_id)


@stock_moves.operation("GET", "/stock-counts", answer=CountPageSchema, query=CountQuery, scope=_VIEW)
def list_counts(query: dict[str, Any]) -> dict[str, Any]:
    """Counts, newest first"""
    limit = query["limit"]
    return _page(moving.counts(state=query["state"], before=_before(query), limit=limit + 1), limit)


@stock_moves.operation(
    "POST", "/stock-counts", answer=StockCountSchema, status=201, body=CountInSchema, scope=_ADJUST,
    once=Once.TRANSACTION, problems=(404,),
)  # fmt: skip
def start_count(body: dict[str, Any]) -> CountView:
    """Begin a count; orders go on meanwhile"""
    count_id = counting.start(
        web.runtime(),
        warehouse_id=warehouse_id(body["warehouse"]),
        kind="cycle" if body["skus"] else "full",
        variant_ids=[variant_id(sku) for sku in body["skus"]],
        blind=body["blind"],
        tolerance=body["tolerance"],
    )
    return _count(count_id)


@stock_moves.operation("GET", "/stock-counts/<number:count_id>", answer=StockCountSchema, scope=_VIEW)
def read_count(count_id: int) -> CountView:
    """One count with its lines"""
    return _count(count_id)


@stock_moves.operation(
    "PUT", "/stock-counts/<number:count_id>/lines/<sku>", answer=StockCountSchema, body=CountedSchema, scope=_ADJUST,
    versioned="read_count",
)  # fmt: skip
def write_count(body: dict[str, Any], count_id: int, sku: str) -> CountView:
    """Write down what was counted of a SKU"""
    _count(count_id)
    counting.write_down(count_id, variant_id(sku), counted=body["counted"], times=body["times"], actor=context.actor())
    return _count(count_id)


@_end_of_count("approve")
def approve_count(count_id: int) -> CountView:
    """Book the differences"""
    _count(count_id)
    counting.approve(web.runtime(), count_id, actor=context.actor())
    return _count(count_id)


@_end_of_count("cancel")
def cancel_count(count_id: int) -> CountView:
    """Give the count up; nothing is booked"""
    _count(count_id)
    counting.cancel(web.runtime(), count_id)
    return _count(count_id)


def variant_id(sku: str) -> int:
    """Raises NotFound."""
    found = reporting.variant_of(sku)
    if found is None:
        raise NotFound(f"SKU '{sku}'")
    return found


def warehouse_id(code: str) -> int:
    """Raises NotFound."""
    found = reporting.warehouse_of(code)
    if found is None:
        raise NotFound(f"warehouse '{code}'")
    return found


def _pieces(lines: Iterable[dict[str, Any]]) -> dict[int, int]:
    found: dict[int, int] = {}
    for line in lines:
        id = variant_id(line["sku"])
        found[id] = found.get(id, 0) + line["pieces"]
    return found


def _transfer(transfer_id: int) -> TransferView:
    found = moving.transfer(transfer_id)
    if found is None:
        raise NotFound(f"transfer {transfer_id}")
    return found


def _count(count_id: int) -> CountView:
    found = moving.count(count_id)
    if found is None:
        raise NotFound(f"count {count_id}")
    return found


def _before(query: dict[str, Any]) -> int:
    return int(paging.unwrap_number(query["cursor"]) or 0)


def _page(rows: list[Any], limit: int) -> dict[str, Any]:
    return paging.page(rows[:limit], rows[limit - 1].id if len(rows) > limit else None)
