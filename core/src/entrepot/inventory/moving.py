"""Transfers, counts and movements as merchants read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from entrepot.inventory.counting import wants_recount
from entrepot.inventory.models import StockCount, StockCountLine, StockMovement, Transfer, TransferLine, Warehouse
from entrepot.inventory.queries import stocked_variant
from entrepot.storage.session import reader

_source, _target = aliased(Warehouse), aliased(Warehouse)


@dataclass(frozen=True)
class MovementView:
    id: int
    sku: str
    warehouse: str
    kind: str
    quantity: int
    at: datetime
    reference: str
    actor: str


@dataclass(frozen=True)
class TransferLineView:
    variant_id: int
    sku: str
    quantity: int
    received: int
    missing: int
    reason: str


@dataclass(frozen=True)
class TransferView:
    id: int
    source: str
    target: str
    state: str
    note: str
    created_at: datetime
    sent_at: datetime | None
    received_at: datetime | None
    lines: tuple[TransferLineView, ...] = ()


@dataclass(frozen=True)
class CountLineView:
    """``expected`` is None while a blind count is open."""

    sku: str
    counted: int | None
    expected: int | None
    times: int
    recount: bool


@dataclass(frozen=True)
class CountView:
    id: int
    warehouse: str
    kind: str
    state: str
    blind: bool
    tolerance: int
    started_at: datetime
    closed_at: datetime | None
    lines: tuple[CountLineView, ...] = ()


def movements(*, sku: str, warehouse: str, before: int, limit: int) -> list[MovementView]:
    """The stock ledger, newest first, from below the id ``before`` on; 0 for the top."""
    row, variant = StockMovement, stocked_variant.c
    query = (
        select(row.id, variant.sku, Warehouse.code, row.kind, row.quantity, row.at, row.reference, row.actor)
        .join(stocked_variant, variant.id == row.variant_id)
        .join(Warehouse, Warehouse.id == row.warehouse_id)
        .order_by(row.id.desc())
        .limit(limit)
    )
    query = query.where(variant.sku == sku) if sku else query
    query = query.where(Warehouse.code == warehouse) if warehouse else query
    query = query.where(row.id < before) if before else query
    return [MovementView(*found) for found in reader().execute(query)]


def transfers(*, state: str, before: int, limit: int) -> list[TransferView]:
    """Newest first, without their lines."""
    query = _transfers().order_by(Transfer.id.desc()).limit(limit)
    query = query.where(Transfer.state == state) if state else query
    query = query.where(Transfer.id < before) if before else query
    return [TransferView(*row) for row in reader().execute(query)]


def transfer(transfer_id: int) -> TransferView | None:
    row = reader().execute(_transfers().where(Transfer.id == transfer_id)).one_or_none()
    return replace(TransferView(*row), lines=_transfer_lines(transfer_id)) if row is not None else None


def counts(*, state: str, before: int, limit: int) -> list[CountView]:
    """Newest first, without their lines."""
    query = _counts().order_by(StockCount.id.desc()).limit(limit)
    query = query.where(StockCount.state == state) if state else query
    query = query.where(StockCount.id < before) if before else query
    return [CountView(*row) for row in reader().execute(query)]


def count(count_id: int) -> CountView | None:
    row = reader().execute(_counts().where(StockCount.id == count_id)).one_or_none()
    if row is None:
        return None
    found = CountView(*row)
    lines = select(StockCountLine, stocked_variant.c.sku)
    lines = lines.join(stocked_variant, stocked_variant.c.id == StockCountLine.variant_id)
    rows = reader().execute(lines.where(StockCountLine.count_id == count_id).order_by(stocked_variant.c.sku)).all()
    return replace(found, lines=_count_lines(rows, found))


def _count_lines(rows: Sequence[Any], found: CountView) -> tuple[CountLineView, ...]:
    shows_expected = not found.blind or found.state != "open"
    return tuple(
        CountLineView(
            sku=sku,
            counted=line.counted,
            expected=line.expected if shows_expected else None,
            times=line.times,
            recount=line.times > 0 and wants_recount(line, found.tolerance),
        )
        for line, sku in rows
    )


def _transfer_lines(transfer_id: int) -> tuple[TransferLineView, ...]:
    line = TransferLine
    query = (
        select(line.variant_id, stocked_variant.c.sku, line.quantity, line.received, line.missing, line.reason)
        .join(stocked_variant, stocked_variant.c.id == line.variant_id)
        .where(line.transfer_id == transfer_id)
        .order_by(stocked_variant.c.sku)
    )
    return tuple(TransferLineView(*row) for row in reader().execute(query))


def _transfers() -> Select[*tuple[Any, ...]]:
    row = Transfer
    columns = (row.id, _source.code.label("source"), _target.code.label("target"), row.state, row.note)
    return (
        select(*columns, row.created_at, row.sent_at, row.received_at)
        .join(_source, _source.id == row.source_id)
        .join(_target, _target.id == row.target_id)
    )


def _counts() -> Select[*tuple[Any, ...]]:
    row = StockCount
    columns = (row.id, Warehouse.code, row.kind, row.state, row.blind, row.tolerance, row.started_at, row.closed_at)
    return select(*columns).join(Warehouse, Warehouse.id == row.warehouse_id)
