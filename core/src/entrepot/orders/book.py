"""The orders as payments see them: implementation of ``payments.ports.OrderBook``."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from entrepot.engine.runtime import Runtime
from entrepot.kernel.address import Address
from entrepot.kernel.money import Money
from entrepot.orders import attention, gift_cards, late, service
from entrepot.orders.errors import OrderNotFound
from entrepot.orders.models import Order
from entrepot.payments.ports import Late, PayableOrder


class Orders:
    """Bound by the composition root."""

    def get(self, session: Session, order_id: int) -> PayableOrder:
        return _payable(_order(session, order_id))

    def lock(self, session: Session, order_id: int) -> PayableOrder:
        query = select(Order).where(Order.id == order_id).with_for_update().execution_options(populate_existing=True)
        order = session.scalars(query).one_or_none()
        if order is None:
            raise OrderNotFound(str(order_id))
        return _payable(order)

    def payment_changed(self, session: Session, runtime: Runtime, order_id: int, state: str) -> None:
        """Once money is certain the stock is the buyer's for good, whatever time it is."""
        order = _order(session, order_id)
        order.payment_state = state
        service.refresh_status(order)
        if state in ("authorized", "paid") and order.cancelled_at is None:
            late.keep_or_find(session, runtime, order)
        if state == "paid" and order.cancelled_at is None:
            gift_cards.issue(session, runtime, order)

    def came_late(self, session: Session, runtime: Runtime, order_id: int, *, covered: bool, untouched: bool) -> Late:
        return late.came_late(session, runtime, _order(session, order_id), covered=covered, untouched=untouched)

    def ask_for(self, session: Session, runtime: Runtime, order_id: int, why: str) -> None:
        attention.ask_for(session, runtime, order_id, why)

    def no_longer_ask(self, session: Session, order_id: int, why: str) -> None:
        attention.no_longer_ask(session, order_id, why)

    def note(self, session: Session, runtime: Runtime, order_id: int, actor: str, kind: str, **detail: str) -> None:
        service.note(session, runtime, order_id, actor, kind, **detail)


def _order(session: Session, order_id: int) -> Order:
    order = session.get(Order, order_id)
    if order is None:
        raise OrderNotFound(str(order_id))
    return order


def _payable(order: Order) -> PayableOrder:
    return PayableOrder(
        id=order.id,
        number=order.number,
        token=order.token,
        total=Money(order.total, order.currency),
        charged=Money(order.charged, order.currency),
        payment_state=order.payment_state,
        cancelled=order.cancelled_at is not None,
        locale=order.locale,
        email=order.email,
        billing_address=Address.from_dict(order.billing_address),
    )
