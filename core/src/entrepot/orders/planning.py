"""Which warehouse sends which pieces: fulfilments made from what stock holds for the lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from entrepot.engine.runtime import Runtime
from entrepot.inventory import allocation
from entrepot.inventory.queries import default_warehouse_id
from entrepot.kernel.ids import new_id
from entrepot.orders.errors import OrderError
from entrepot.orders.models import Fulfilment, FulfilmentLine, OrderLine
from entrepot.storage.session import insert_rows

#: (order line id, pieces, number of the shipment they travel with)
Pieces = tuple[str, int, int]
#: (shipment, warehouse)
Part = tuple[int, int]


def plan_fulfilments(
    session: Session,
    runtime: Runtime,
    order_id: int,
    lines: Sequence[Pieces],
    held: Sequence[allocation.Held],
    *,
    open_ones: Mapping[Part, str] | None = None,
) -> None:
    """Give every line to the warehouses that hold it; what is not counted joins the first of its shipment.

    ``open_ones`` are fulfilments by shipment and warehouse that take more lines; other parts get one of their own.
    """
    known = dict(open_ones or {})
    parts = _parts(lines, held, known)
    new = {part: new_id() for part in parts if part not in known}
    if new:
        now = runtime.clock.now()
        insert_rows(
            session,
            Fulfilment,
            [
                {
                    "id": id,
                    "order_id": order_id,
                    "warehouse_id": warehouse,
                    "shipment": shipment,
                    "state": "open",
                    "created_at": now,
                }
                for (shipment, warehouse), id in new.items()
            ],
        )
    fulfilments = {**known, **new}
    rows = [
        {"fulfilment_id": fulfilments[part], "order_line_id": line_id, "quantity": quantity}
        for part, pieces in parts.items()
        for line_id, quantity in pieces.items()
    ]
    if rows:
        insert_rows(session, FulfilmentLine, rows)


def take_out(session: Session, order_id: int, line_ids: Sequence[str]) -> dict[Part, str]:
    """Take lines of which nothing has left out of their fulfilments; those still open, by shipment and warehouse."""
    session.execute(delete(FulfilmentLine).where(FulfilmentLine.order_line_id.in_(line_ids)))
    fulfilments = session.scalars(
        select(Fulfilment).where(Fulfilment.order_id == order_id).execution_options(populate_existing=True)
    ).all()
    parts = select(FulfilmentLine.fulfilment_id, FulfilmentLine.quantity, FulfilmentLine.shipped)
    ids = [each.id for each in fulfilments]
    left: dict[str, list[bool]] = {id: [] for id in ids}
    for id, quantity, shipped in session.execute(parts.where(FulfilmentLine.fulfilment_id.in_(ids))):
        left[id].append(quantity > shipped)
    open_ones = {}
    for each in fulfilments:
        if not left[each.id]:
            session.delete(each)
        elif any(left[each.id]) and each.state != "cancelled":
            open_ones[each.shipment, each.warehouse_id] = each.id
        elif each.state == "open":
            each.state = "shipped"
    session.flush()
    return open_ones


def open_lines(session: Session, order_id: int) -> list[OrderLine]:
    """Lines of which nothing has left yet, in their order."""
    query = select(OrderLine).where(OrderLine.order_id == order_id, OrderLine.shipped == 0)
    return list(session.scalars(query.order_by(OrderLine.position).execution_options(populate_existing=True)))


def _parts(
    lines: Sequence[Pieces], held: Sequence[allocation.Held], known: Mapping[Part, str]
) -> dict[Part, dict[str, int]]:
    """{(shipment, warehouse): {order line: pieces}}. Raises OrderError where no warehouse is active."""
    shipments = {id: shipment for id, _, shipment in lines}
    parts: dict[Part, dict[str, int]] = {}
    for hold in held:
        here = parts.setdefault((shipments[hold.order_line_id], hold.warehouse_id), {})
        here[hold.order_line_id] = here.get(hold.order_line_id, 0) + hold.quantity
    counted = {hold.order_line_id for hold in held}
    for id, quantity, shipment in lines:
        if id not in counted:
            parts.setdefault((shipment, _warehouse_for(shipment, [*parts, *known])), {})[id] = quantity
    return parts


def _warehouse_for(shipment: int, parts: Sequence[Part]) -> int:
    """Where goods that are not counted join: the first warehouse of their shipment, else of the order."""
    mine = (warehouse for number, warehouse in parts if number == shipment)
    found = next(mine, None) or next((warehouse for _, warehouse in parts), None) or default_warehouse_id()
    if found is None:
        raise OrderError("No warehouse is active. Add one under Stock > Warehouses before selling.")
    return found
