"""What carts hold about a person."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from entrepot.checkout.models import Cart
from entrepot.kernel.clock import Clock
from entrepot.storage.session import reader


def export(email: str) -> list[dict[str, Any]]:
    """Every cart that was given this address, as plain values."""
    columns = select(Cart.shipping_address, Cart.billing_address, Cart.created_at, Cart.order_number)
    rows = reader().execute(columns.where(func.lower(Cart.email) == email).order_by(Cart.id))
    return [{**row._mapping, "created_at": row.created_at.isoformat()} for row in rows]


def erase(session: Session, email: str, alias: str, clock: Clock) -> None:
    """Carts forget who filled them."""
    session.execute(
        update(Cart)
        .where(func.lower(Cart.email) == email)
        .values(email="", shipping_address={}, billing_address={})
        .execution_options(synchronize_session=False)
    )
