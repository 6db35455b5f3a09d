"""What orders hold about a person: the books stay, the person goes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from entrepot.kernel.clock import Clock
from entrepot.kernel.money import Money
from entrepot.orders import finding
from entrepot.orders.models import Order, OrderEvent, OrderLine
from entrepot.storage.session import reader

#: An order in one of these still needs to know where its buyer lives.
OPEN = ("to_pay", "to_ship", "shipped")
#: What tax and customs of a sale depend on, and nobody is found by.
KEPT_OF_ADDRESS = ("country",)


def open_orders(email: str) -> list[str]:
    """Numbers of orders that are not delivered yet."""
    query = select(Order.number).where(Order.email == email, Order.status.in_(OPEN)).order_by(Order.id)
    return list(reader().scalars(query))


def export(email: str) -> list[dict[str, Any]]:
    """Every order as plain values, oldest first."""
    found = reader().scalars(select(Order).where(Order.email == email).order_by(Order.id)).all()
    lines = _lines([order.id for order in found])
    return [
        {
            "number": order.number,
            "placed_at": order.placed_at.isoformat(),
            "status": order.status,
            "total": str(Money(order.total, order.currency)),
            "shipping_address": order.shipping_address,
            "billing_address": order.billing_address,
            "lines": lines.get(order.id, []),
        }
        for order in found
    ]


def erase(session: Session, email: str, alias: str, clock: Clock) -> None:
    """Take name, e-mail and addresses out of delivered and cancelled orders; amounts, lines and country stay."""
    orders = session.scalars(select(Order).where(Order.email == email).with_for_update()).all()
    finding.forget(session, [order.id for order in orders])
    for order in orders:
        order.email = alias
        order.shipping_address = _without_person(order.shipping_address)
        order.billing_address = _without_person(order.billing_address)
        session.add(OrderEvent(order_id=order.id, at=clock.now(), actor="system", kind="person_erased", detail={}))


def _without_person(address: dict[str, str]) -> dict[str, str]:
    return {field: text for field, text in address.items() if field in KEPT_OF_ADDRESS}


def _lines(order_ids: list[int]) -> dict[int, list[dict[str, Any]]]:
    columns = select(OrderLine.order_id, OrderLine.sku, OrderLine.name, OrderLine.quantity)
    found: dict[int, list[dict[str, Any]]] = {}
    for row in reader().execute(columns.where(OrderLine.order_id.in_(order_ids)).order_by(OrderLine.position)):
        found.setdefault(row.order_id, []).append({"sku": row.sku, "name": row.name, "quantity": row.quantity})
    return found
