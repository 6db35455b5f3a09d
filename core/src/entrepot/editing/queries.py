"""Reading an order for an edit, and the edits it had."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from entrepot.editing import errors
from entrepot.editing.errors import EditRefused
from entrepot.editing.models import Fulfilment, Order, OrderEdit, OrderLine, PaymentAttempt
from entrepot.editing.repricing import Bought, Purchase
from entrepot.editing.rules import Edit, KnownAttempt
from entrepot.kernel.address import Address
from entrepot.kernel.money import Money
from entrepot.markets.queries import known_store
from entrepot.orders.errors import OrderNotFound
from entrepot.orders.rules import EDITABLE
from entrepot.payments import refunds, rows
from entrepot.pricing.frozen import digest, from_json
from entrepot.storage.session import reader


@dataclass(frozen=True)
class EditView:
    """An edit that was carried out."""

    id: str
    at: datetime
    actor: str
    reason: str
    difference: Money


def edits_of(order_number: str) -> tuple[EditView, ...]:
    """The order's edits, oldest first."""
    query = select(OrderEdit, Order.currency).join(Order, Order.id == OrderEdit.order_id)
    found = reader().execute(query.where(Order.number == order_number).order_by(OrderEdit.at, OrderEdit.id))
    return tuple(EditView(row.id, row.at, row.actor, row.reason, Money(row.difference, code)) for row, code in found)


def read_order(session: Session, number: str) -> tuple[Order, list[OrderLine]]:
    """The order and its lines in their order; raises OrderNotFound."""
    fresh = {"populate_existing": True}
    order = session.scalars(select(Order).where(Order.number == number).execution_options(**fresh)).one_or_none()
    if order is None:
        raise OrderNotFound(number)
    return order, lines_of(session, order.id)


def lines_of(session: Session, order_id: int) -> list[OrderLine]:
    query = select(OrderLine).where(OrderLine.order_id == order_id).order_by(OrderLine.position)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def version_of(order: Order, lines: Iterable[OrderLine]) -> str:
    """A fingerprint of everything that an edit's preview depends on."""
    parts: list[Any] = [order.status, order.payment_state, order.charged, order.shipping_address, digest(order.quote)]
    parts += [[line.id, line.quantity, line.shipped, line.cancelled] for line in lines]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


def purchase(session: Session, order: Order, lines: list[OrderLine]) -> Purchase:
    """What of the order its new price depends on."""
    quote = from_json(order.quote)
    market = known_store().market(order.market)
    if market is None:
        raise EditRefused(errors.MARKET_GONE, market=order.market)
    warehouses = select(Fulfilment.warehouse_id).where(Fulfilment.order_id == order.id).order_by(Fulfilment.created_at)
    edits = select(func.count()).select_from(OrderEdit).where(OrderEdit.order_id == order.id)
    return Purchase(
        quote=quote,
        market=market,
        lines=tuple(Bought(row.id, row.shipped, line) for row, line in zip(lines, quote.lines, strict=True)),
        address=Address.from_dict(order.shipping_address),
        warehouse_ids=tuple(session.scalars(warehouses)),
        earlier_edits=session.scalar(edits) or 0,
    )


def known_attempts(session: Session, order_id: int, *, locked: bool = False) -> list[KnownAttempt]:
    """The order's payment attempts, oldest first, with what can be given back of each."""
    query = select(PaymentAttempt).where(PaymentAttempt.order_id == order_id).order_by(PaymentAttempt.id)
    found = rows.attempts_of(session, order_id) if locked else session.scalars(query).all()
    return [_known(session, row) for row in found]


def _known(session: Session, row: PaymentAttempt) -> KnownAttempt:
    state = rows.state_of(row)
    on_the_way = Money(refunds.pending_amount(session, row.id), row.currency)
    return KnownAttempt(row.id, state, state.refundable - on_the_way)


def check(order: Order, lines: list[OrderLine], edit: Edit, now: datetime) -> None:
    """Raises EditRefused where the order's state does not allow the edit."""
    if order.status not in EDITABLE:
        raise EditRefused(errors.NOT_EDITABLE, number=order.number, status=order.status)
    if order.status == "to_pay" and order.payment_state == "unpaid" and order.hold_until <= now:
        raise EditRefused(errors.OUT_OF_TIME, number=order.number)
    if not edit.reason.strip():
        raise EditRefused(errors.REASON_MISSING)
    if edit.adjustment is not None and edit.adjustment.currency != order.currency:
        raise EditRefused(errors.OTHER_CURRENCY, currency=order.currency, given=edit.adjustment.currency)
    known = {line.id: line for line in lines}
    for line_id, quantity in edit.quantities.items():
        line = known.get(line_id)
        if line is None:
            raise EditRefused(errors.UNKNOWN_LINE, line=line_id)
        if line.shipped and quantity != line.quantity:
            raise EditRefused(errors.DISPATCHED, name=line.name)
    if edit.address is not None and order.fulfilment_state != "unfulfilled":
        raise EditRefused(errors.ADDRESS_IS_USED)
    if not edit.added and all(edit.quantities.get(line.id, line.quantity) == 0 for line in lines):
        raise EditRefused(errors.NOTHING_LEFT, number=order.number)
