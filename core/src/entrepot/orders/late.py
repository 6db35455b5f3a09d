"""Money that comes too late: its order was cancelled, or the stock it waited for was given away.

Nothing of it is lost: the order is taken up again where its goods are still there, and otherwise the money is given
back or a person decides, as the store's setting ``paid_late`` says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from entrepot.engine.runtime import Runtime
from entrepot.inventory import allocation, reservations
from entrepot.inventory.allocation import OutOfStock
from entrepot.kernel.money import Money, total
from entrepot.ledger import service as ledger
from entrepot.markets.queries import known_store
from entrepot.orders import attention
from entrepot.orders.errors import NotAllowed
from entrepot.orders.models import Order, OrderLine
from entrepot.orders.planning import open_lines, plan_fulfilments, take_out
from entrepot.orders.service import close, intend_refunds, lock, note, refresh_status
from entrepot.payments import rows
from entrepot.payments import rules as payment_rules
from entrepot.payments.ports import Late
from entrepot.pricing.frozen import from_json
from entrepot.sdk.facts import OrderReinstated
from entrepot.storage.outbox import record
from entrepot.storage.session import unit_of_work

#: The setting ``paid_late``; the first one holds where nothing is set.
CHOICES = ("take_up_or_ask", "take_up_or_refund", "ask", "refund")
_GONE = "Paid, but its stock had been given away: {why} Allocate it again, edit the order, or cancel it."


def chosen(settings: Mapping[str, Any]) -> str:
    """What the store does with money that comes late."""
    return str(settings.get("paid_late")) if settings.get("paid_late") in CHOICES else CHOICES[0]


def came_late(session: Session, runtime: Runtime, order: Order, *, covered: bool, untouched: bool) -> Late:
    """Decide about money for a cancelled order; ``covered``: it is enough, ``untouched``: none was given back yet."""
    choice = chosen(known_store().settings)
    note(session, runtime, order.id, "system", "paid_late")
    may_take_up = choice.startswith("take_up") and order.lapsed and covered and untouched
    if may_take_up and _taken_up(session, runtime, order, "system") is None:
        return Late.TAKEN_UP
    return Late.REFUND if choice.endswith("refund") else Late.ASK


def take_up(runtime: Runtime, number: str, *, actor: str) -> None:
    """Staff take a cancelled order up again whose money came late. Raises OutOfStock, and nothing changes then."""
    with unit_of_work() as session:
        order = lock(session, number)
        attempts = rows.attempts_of(session, order.id)
        states = [rows.state_of(row) for row in attempts]
        state = payment_rules.payment_state(Money(order.charged, order.currency), states)
        if order.cancelled_at is None or state not in ("paid", "authorized"):
            raise NotAllowed.not_taken_up(number)
        missing = _taken_up(session, runtime, order, actor)
        if missing is not None:
            raise missing
        order.payment_state = state
        refresh_status(order)
        for row in attempts:
            row.attention = ""


def reallocate(runtime: Runtime, number: str, *, actor: str) -> None:
    """Allocate anew whatever of the order has not left. Raises OutOfStock, and nothing changes then."""
    with unit_of_work() as session:
        order = lock(session, number)
        lines = open_lines(session, order.id)
        if order.cancelled_at is not None or not lines:
            raise NotAllowed.nothing_to_allocate(number)
        reservations.release(session, runtime, order_line_ids=[line.id for line in lines])
        _allocate(session, runtime, order, lines, certain=order.payment_state != "unpaid")
        note(session, runtime, order.id, actor, "reallocated")


def keep_or_find(session: Session, runtime: Runtime, order: Order) -> None:
    """The money is certain: what is held is kept for good, what had lapsed is allocated again.

    Where it is gone the money is given back or a person decides, by the store's setting.
    """
    lines = open_lines(session, order.id)
    lapsed = set(reservations.confirm(session, order_line_ids=[line.id for line in lines]))
    if not lapsed:
        return
    try:
        _allocate(session, runtime, order, [line for line in lines if line.id in lapsed], certain=True)
        note(session, runtime, order.id, "system", "reallocated")
    except OutOfStock as gone:
        note(session, runtime, order.id, "system", "not_allocated", why=str(gone))
        if chosen(known_store().settings).endswith("refund") and order.fulfilment_state == "unfulfilled":
            close(session, runtime, order, "Paid after the goods were sold", "system")
            intend_refunds(session, runtime, order.id, "Paid after the goods were sold", "system")
        else:
            attention.ask_for(session, runtime, order.id, _GONE.format(why=gone))


def _taken_up(session: Session, runtime: Runtime, order: Order, actor: str) -> OutOfStock | None:
    """Undo the cancellation inside the open transaction; what is missing where that cannot be."""
    lines = open_lines(session, order.id)
    try:
        _allocate(session, runtime, order, lines, certain=True)
    except OutOfStock as missing:
        return missing
    for line in lines:
        line.cancelled = 0
    order.cancelled_at, order.lapsed = None, False
    _book(session, runtime, order)
    note(session, runtime, order.id, actor, "taken_up_again")
    record(session, runtime.clock, OrderReinstated, order_number=order.number)
    return None


def _allocate(session: Session, runtime: Runtime, order: Order, lines: Sequence[OrderLine], *, certain: bool) -> None:
    """Hold the stock of these lines and plan their fulfilments anew. Raises OutOfStock before anything is written."""
    allocated = allocation.allocate(
        session,
        runtime,
        lines=[(line.id, line.variant_id, line.quantity) for line in lines if line.variant_id is not None],
        expires_at=None if certain else order.hold_until,
        destination=str(order.shipping_address.get("country", "")),
        strategy=allocation.strategy_named(known_store().settings.get("allocation_strategy")),
    )
    open_ones = take_out(session, order.id, [line.id for line in lines])
    shipments = [line.shipment for line in from_json(order.quote).lines]
    pieces = [(line.id, line.quantity, shipments[line.position]) for line in lines]
    plan_fulfilments(session, runtime, order.id, pieces, allocated.held, open_ones=open_ones)
    if allocated.reasons:
        note(session, runtime, order.id, "system", "allocated", why=" ".join(allocated.reasons))


def _book(session: Session, runtime: Runtime, order: Order) -> None:
    """Take back what the cancellation booked."""
    now = runtime.clock.now()
    postings = ledger.order_postings(session, order.id)
    written_off = total((amount for _, _, account, amount in postings if account == "cancelled"), order.currency)
    ledger.book(
        session,
        order_id=order.id,
        kind="reinstatement",
        source=f"reinstate {order.id} {now.isoformat()}",
        at=now,
        postings=[("receivable", written_off), ("cancelled", -written_off)],
    )
