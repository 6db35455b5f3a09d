"""Credits in pages, for whoever reads all of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from entrepot.credit.models import Credit
from entrepot.credit.queries import CreditView, views
from entrepot.storage.session import reader


def credit_page(now: datetime, *, email: str, cursor: str, limit: int) -> tuple[tuple[CreditView, ...], str]:
    """Credits, newest first, and the cursor of the next page, empty on the last: ids sort by time."""
    query = select(Credit.id).order_by(Credit.id.desc()).limit(limit + 1)
    query = query.where(Credit.email == email.strip().lower()) if email else query
    query = query.where(Credit.id < cursor) if cursor else query
    ids = reader().scalars(query).all()
    return views(ids[:limit], now), ids[limit - 1] if len(ids) > limit else ""
