"""Returns in pages, for whoever reads all of them."""

from __future__ import annotations

from sqlalchemy import select

from entrepot.returns.models import Order, Return
from entrepot.returns.queries import ReturnRow
from entrepot.storage.session import reader


def return_page(*, state: str, order: str, cursor: str, limit: int) -> tuple[list[ReturnRow], str]:
    """Returns, newest first, and the cursor of the next page, empty on the last: ids sort by time."""
    columns = (Return.id, Return.number, Order.number.label("order"), Return.state, Return.withdrawal)
    query = select(*columns, Return.requested_at).join(Order).order_by(Return.id.desc())
    query = query.where(Return.state == state) if state else query
    query = query.where(Order.number == order) if order else query
    query = query.where(Return.id < cursor) if cursor else query
    rows = reader().execute(query.limit(limit + 1)).all()
    shown = [ReturnRow(row.number, row.order, row.state, row.withdrawal, row.requested_at) for row in rows[:limit]]
    return shown, rows[limit - 1].id if len(rows) > limit else ""
