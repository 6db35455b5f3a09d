"""What returns hold about a person: what buyers and staff wrote."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from entrepot.kernel.clock import Clock
from entrepot.returns.models import Order, Return
from entrepot.storage.session import reader


def export(email: str) -> list[dict[str, Any]]:
    """Every return of this buyer's orders, as plain values."""
    columns = select(Return.number, Return.state, Return.reason, Return.answer, Return.requested_at)
    rows = reader().execute(columns.join(Order).where(Order.email == email).order_by(Return.number))
    return [{**row._mapping, "requested_at": row.requested_at.isoformat()} for row in rows]


def erase(session: Session, email: str, alias: str, clock: Clock) -> None:
    """What was written goes; what came back, and for how much, stays in the books."""
    own = select(Order.id).where(Order.email == email)
    session.execute(
        update(Return)
        .where(Return.order_id.in_(own))
        .values(reason="", answer="")
        .execution_options(synchronize_session=False)
    )
