"""What changes whenever a page about orders would look different: cheap enough to be asked every second."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, select

from entrepot.orders.models import Order, OrderEvent, Parcel, TrackingScan
from entrepot.storage.session import reader, rows_of

_events = select(func.max(OrderEvent.id)).where(OrderEvent.order_id == Order.id).scalar_subquery()
_scans = (
    select(func.count())
    .select_from(TrackingScan)
    .join(Parcel, Parcel.id == TrackingScan.parcel_id)
    .where(Parcel.order_id == Order.id)
    .scalar_subquery()
)
_order = select(
    Order.policies, Order.status, Order.payment_state, Order.fulfilment_state, Order.return_state, Order.total, _events,
    _scans,
).where(Order.token == bindparam("token"))  # fmt: skip


@dataclass(frozen=True)
class Beside:
    """What a buyer's page needs beside the order: its version, and the promises that were agreed."""

    version: str
    policies: dict[str, Any]


def beside(token: str) -> Beside | None:
    """Of the order behind a private link; None when there is none."""
    row = rows_of(_order, token=token).one_or_none()
    return None if row is None else Beside(_digest(*row[1:]), row[0])


def order_version(token: str) -> str | None:
    """Of the order behind a private link; None when there is none."""
    found = beside(token)
    return found.version if found else None


def list_version() -> str:
    """Of the list of all orders: whatever happens to one of them is in a timeline."""
    newest = select(select(func.max(OrderEvent.id)).scalar_subquery(), select(func.max(Order.id)).scalar_subquery())
    return _digest(*reader().execute(newest).one())


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
