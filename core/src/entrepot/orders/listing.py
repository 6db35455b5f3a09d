"""The list of orders, for the back office and the API: by status, by buyer, by what people type."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select, tuple_
from sqlalchemy.engine import Row

from entrepot.kernel.money import Money
from entrepot.kernel.texts import folded_email
from entrepot.orders import finding, rules
from entrepot.orders.models import Order, OrderLine
from entrepot.storage.session import reader

PAGE = 50


@dataclass(frozen=True)
class OrderRow:
    """One row of the back office's list."""

    id: int
    number: str
    status: str
    payment_state: str
    fulfilment_state: str
    email: str
    name: str
    country: str
    total: Money
    market: str
    placed_at: datetime
    pieces: int


@dataclass(frozen=True)
class OrderListPage:
    """``next_cursor`` is empty on the last page."""

    rows: tuple[OrderRow, ...]
    next_cursor: str


def order_list(
    *,
    status: str = "",
    q: str = "",
    email: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: str = "",
    limit: int = PAGE,
) -> OrderListPage:
    """Newest first, by keyset; ``q`` finds number, e-mail and name by their beginnings, SKU and references whole.

    ``since`` (inclusive) and ``until`` (exclusive) bound the time of the order; pages are then sorted by that
    time: orders of other channels arrive here later. ``email`` is the buyer's whole address.
    """
    in_period = since is not None or until is not None
    conditions = _conditions(status=status, email=email)
    before = int(cursor) if cursor.isascii() and cursor.isdigit() else None
    if in_period:
        conditions += _period(since, until, before)
        before = None
    if q.strip():
        ids = finding.matching(q.strip(), conditions, limit=limit + 1, before=before, by_time=in_period)
        query = _shown().where(Order.id.in_(ids))
    else:
        query = _shown().where(*conditions, *([Order.id < before] if before is not None else []))
    query = query.order_by(*([Order.placed_at.desc()] if in_period else []), Order.id.desc())
    rows = reader().execute(query.limit(limit + 1)).all()
    shown = tuple(_list_row(row) for row in rows[:limit])
    return OrderListPage(shown, str(shown[-1].id) if len(rows) > limit else "")


def _shown() -> Select[*tuple[Any, ...]]:
    pieces = select(func.sum(OrderLine.quantity)).where(OrderLine.order_id == Order.id).scalar_subquery()
    return select(
        Order.id,
        Order.number,
        Order.status,
        Order.payment_state,
        Order.fulfilment_state,
        Order.email,
        Order.shipping_address,
        Order.total,
        Order.currency,
        Order.market,
        Order.placed_at,
        pieces.label("pieces"),
    )


def _conditions(*, status: str, email: str) -> list[ColumnElement[bool]]:
    found = []
    if status in rules.STATUSES:
        found.append(Order.status == status)
    if email:
        found.append(Order.email == folded_email(email))
    return found


def _period(since: datetime | None, until: datetime | None, before: int | None) -> list[ColumnElement[bool]]:
    """Placed in it, and earlier than the order with the id ``before``. There is one upper bound at most: of two, a
    database may read the index from the wrong one on."""
    found = [Order.placed_at >= since] if since else []
    last = _moment(before) if before is not None else None
    if last is not None and (until is None or last < until):
        place = tuple_(literal(last, Order.placed_at.type), literal(before, Order.id.type))
        found.append(tuple_(Order.placed_at, Order.id) < place)
    elif until:
        found.append(Order.placed_at < until)
    return found


def _moment(order_id: int) -> datetime | None:
    return reader().scalar(select(Order.placed_at).where(Order.id == order_id))


def _list_row(row: Row[*tuple[Any, ...]]) -> OrderRow:
    return OrderRow(
        id=row.id,
        number=row.number,
        status=row.status,
        payment_state=row.payment_state,
        fulfilment_state=row.fulfilment_state,
        email=row.email,
        name=row.shipping_address.get("name", ""),
        country=row.shipping_address.get("country", ""),
        total=Money(row.total, row.currency),
        market=row.market,
        placed_at=row.placed_at,
        pieces=int(row.pieces or 0),
    )
