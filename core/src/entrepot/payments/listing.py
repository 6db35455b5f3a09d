"""Payments in pages, for whoever reads all of them."""

from __future__ import annotations

from sqlalchemy import select

from entrepot.payments.models import PaymentAttempt, needs_attention
from entrepot.payments.queries import AttemptView, view
from entrepot.storage.session import reader


def payment_page(*, state: str, attention: bool, cursor: str, limit: int) -> tuple[list[AttemptView], str]:
    """Attempts, newest first, and the cursor of the next page, empty on the last: ids sort by time."""
    query = select(PaymentAttempt).order_by(PaymentAttempt.id.desc()).limit(limit + 1)
    query = query.where(PaymentAttempt.state == state) if state else query
    query = query.where(needs_attention) if attention else query
    query = query.where(PaymentAttempt.id < cursor) if cursor else query
    rows = reader().scalars(query).all()
    return [view(row) for row in rows[:limit]], rows[limit - 1].id if len(rows) > limit else ""
