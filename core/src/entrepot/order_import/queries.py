"""What is known of imported orders, of the SKUs in a file and of profiles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from entrepot.catalog.models import Variant
from entrepot.order_import.models import ImportedOrder, ImportProfile
from entrepot.order_import.rules import Touch, reason_to_leave
from entrepot.orders.models import Order, OrderEvent
from entrepot.storage.session import reader, write_appended

#: So many values go into one IN clause.
CHUNK = 500


@dataclass(frozen=True, slots=True)
class KnownOrder:
    number: str
    digest: str


@dataclass(frozen=True)
class ImportedView:
    """An order of a batch as its page shows it."""

    number: str
    reference: str
    status: str
    is_undone: bool
    #: Why it stays when the batch is taken back; empty where it does not.
    stays: str


@dataclass(frozen=True)
class ProfileView:
    """How the columns of one channel's files are read."""

    name: str
    columns: dict[str, str]
    channel: str
    market: str
    saved_at: datetime
    saved_by: str


def known_orders(channel: str, references: Sequence[str]) -> dict[str, KnownOrder]:
    """{reference: the order that was made of it}"""
    query = select(Order.external_id, Order.number, Order.request_digest).where(Order.channel == channel)
    found = reader().execute(query.where(Order.external_id.in_(references)))
    return {row.external_id: KnownOrder(row.number, row.request_digest) for row in found}


def variant_ids(skus: Iterable[str]) -> dict[str, int]:
    """{SKU: variant id} of those that there are."""
    wanted, found = list(skus), {}
    for start in range(0, len(wanted), CHUNK):
        query = select(Variant.sku, Variant.id).where(Variant.sku.in_(wanted[start : start + CHUNK]))
        found.update({row.sku: row.id for row in reader().execute(query)})
    return found


def last_event(session: Session, order_id: int) -> int:
    """The newest entry of the order's timeline."""
    write_appended(session)
    return session.scalar(select(func.max(OrderEvent.id)).where(OrderEvent.order_id == order_id)) or 0


def touches(session: Session, order_id: int, after: int) -> list[Touch]:
    """What was done to the order since that entry of its timeline."""
    write_appended(session)
    query = select(OrderEvent.actor, OrderEvent.kind).where(OrderEvent.order_id == order_id, OrderEvent.id > after)
    return [Touch(row.actor, row.kind) for row in session.execute(query.order_by(OrderEvent.id))]


def is_imported(number: str) -> bool:
    """Whether another channel took the order."""
    query = select(ImportedOrder.order_id).join(Order, Order.id == ImportedOrder.order_id)
    return reader().execute(query.where(Order.number == number)).first() is not None


def open_numbers(import_id: int) -> list[str]:
    """Numbers of a batch's orders that were not taken back."""
    query = select(Order.number).join(ImportedOrder, ImportedOrder.order_id == Order.id)
    query = query.where(ImportedOrder.import_id == import_id, ImportedOrder.undone_at.is_(None))
    return list(reader().scalars(query.order_by(Order.id)))


def orders_of(import_id: int, limit: int = 200) -> list[ImportedView]:
    """The orders that an import made, in the order of the file."""
    query = select(Order.number, Order.status, Order.cancelled_at, Order.fulfilment_state, ImportedOrder)
    query = query.join(ImportedOrder, ImportedOrder.order_id == Order.id).where(ImportedOrder.import_id == import_id)
    rows = reader().execute(query.order_by(Order.id).limit(limit)).all()
    later = _later([row.ImportedOrder.order_id for row in rows])
    return [_imported(row, later[row.ImportedOrder.order_id]) for row in rows]


def _imported(row: Any, later: Sequence[Touch]) -> ImportedView:
    is_undone = row.ImportedOrder.undone_at is not None
    stays = reason_to_leave(
        is_cancelled=row.cancelled_at is not None, has_left=row.fulfilment_state != "unfulfilled", later=later
    )
    return ImportedView(row.number, row.ImportedOrder.reference, row.status, is_undone, "" if is_undone else stays)


def _later(order_ids: Sequence[int]) -> dict[int, list[Touch]]:
    """What was done to each order since it was imported."""
    found: dict[int, list[Touch]] = defaultdict(list)
    query = select(OrderEvent.order_id, OrderEvent.actor, OrderEvent.kind)
    query = query.join(ImportedOrder, ImportedOrder.order_id == OrderEvent.order_id)
    query = query.where(OrderEvent.order_id.in_(order_ids), OrderEvent.id > ImportedOrder.last_event_id)
    for row in reader().execute(query.order_by(OrderEvent.id)):
        found[row.order_id].append(Touch(row.actor, row.kind))
    return found


def profiles() -> list[ProfileView]:
    """All of them by name."""
    return [_profile(row) for row in reader().scalars(select(ImportProfile).order_by(ImportProfile.name))]


def profile(name: str) -> ProfileView | None:
    row = reader().get(ImportProfile, name)
    return _profile(row) if row is not None else None


def _profile(row: ImportProfile) -> ProfileView:
    return ProfileView(row.name, dict(row.columns), row.channel, row.market, row.saved_at, row.saved_by)
