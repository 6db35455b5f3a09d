"""Orders that a person must look at: asked for by what observes them, settled by staff, told in the timeline."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from entrepot.engine.runtime import Runtime
from entrepot.orders.errors import OrderError
from entrepot.orders.models import Order, OrderAttention
from entrepot.orders.service import lock, note
from entrepot.storage.session import reader, unit_of_work


def ask_for(session: Session, runtime: Runtime, order_id: int, why: str) -> None:
    """Mark the order, inside the caller's transaction; several reasons stand beside each other."""
    known = session.get(OrderAttention, order_id)
    if known is None:
        session.add(OrderAttention(order_id=order_id, why=why, since=runtime.clock.now()))
    elif why not in known.why:
        known.why = f"{known.why} {why}"


def no_longer_ask(session: Session, order_id: int, why: str) -> None:
    """Take one reason away, inside the caller's transaction; the mark goes with the last of them."""
    known = session.get(OrderAttention, order_id)
    if known is None:
        return
    known.why = " ".join(known.why.replace(why, " ").split())
    if not known.why:
        session.delete(known)
        session.flush()  # or the next reason in this transaction would be written into a row that goes


def settle(runtime: Runtime, number: str, *, reason: str, actor: str) -> None:
    """Take the mark away, with the reason in the timeline. Raises OrderError without a mark or a reason."""
    if not reason:
        raise OrderError(f"Order {number}: write down what you looked at and why it may go.")
    with unit_of_work() as session:
        order = lock(session, number)
        mark = session.get(OrderAttention, order.id)
        if mark is None:
            raise OrderError(f"Order {number} waits for nobody. Reload the page.")
        session.delete(mark)
        note(session, runtime, order.id, actor, "attention_settled", reason=reason)


def waiting_orders(limit: int = 5) -> list[tuple[str, str]]:
    """(order number, why), the latest first."""
    query = select(Order.number, OrderAttention.why).join(Order, Order.id == OrderAttention.order_id)
    rows = reader().execute(query.order_by(OrderAttention.since.desc()).limit(limit))
    return [(row.number, row.why) for row in rows]


def why_waiting(number: str) -> str:
    """Why a person must look at the order; empty when nobody must."""
    query = select(OrderAttention.why).join(Order, Order.id == OrderAttention.order_id).where(Order.number == number)
    return reader().scalar(query) or ""
