"""From a paid order to a delivered one: parcels, scans, completion."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from entrepot.engine.runtime import Runtime
from entrepot.inventory import reservations
from entrepot.inventory.awaiting import preorder_day
from entrepot.kernel.ids import new_id
from entrepot.markets.queries import known_store
from entrepot.orders import rules
from entrepot.orders.errors import NotAllowed, OrderError, OrderNotFound
from entrepot.orders.models import Fulfilment, FulfilmentLine, Order, OrderLine, Parcel, TrackingScan
from entrepot.orders.rules import RETURN_IS_OPEN
from entrepot.orders.service import lock, note, refresh_status, state_of
from entrepot.sdk.carriers import Carrier, TrackingEvent, TrackingState
from entrepot.sdk.facts import OrderCompleted, ParcelDelivered, ParcelShipped
from entrepot.sdk.provider import Provider
from entrepot.storage.outbox import record
from entrepot.storage.session import reader, unit_of_work

#: Unless the store's setting ``auto_complete_days`` says otherwise.
AUTO_COMPLETE_DAYS = 14


def ship(
    runtime: Runtime,
    number: str,
    *,
    fulfilment_id: str,
    tracking_number: str,
    actor: str,
    idempotency_key: str,
    account_id: str = "",
    carrier: str = "",
    quantities: Mapping[str, int] | None = None,
    early: bool = False,
) -> str:
    """Hand a parcel over; returns its id. ``quantities`` per order line default to everything still open.

    Pre-orders leave before their day only when ``early`` says that this is meant. The same key returns the same
    parcel. Without an account the carrier's name is taken as it is written.
    """
    number_text = tracking_number.strip()
    carrier_name, tracking_url = _carrier(runtime, number, account_id, carrier, number_text)
    with unit_of_work() as session:
        known = session.scalar(select(Parcel.id).where(Parcel.idempotency_key == idempotency_key))
        if known is not None:
            return known
        order = lock(session, number)
        if rules.status(state_of(order)) not in ("to_ship", "shipped"):
            raise NotAllowed.not_paid(number)
        contents = _take(session, order, fulfilment_id, quantities)
        if not early:
            _refuse_before_its_day(session, runtime, order, contents)
        parcel = Parcel(
            id=new_id(),
            fulfilment_id=fulfilment_id,
            order_id=order.id,
            account_id=account_id,
            carrier=carrier_name,
            tracking_number=number_text,
            tracking_url=tracking_url,
            state=TrackingState.ACCEPTED.value,
            contents=contents,
            shipped_at=runtime.clock.now(),
            idempotency_key=idempotency_key,
        )
        session.add(parcel)
        _consume(session, runtime, order, fulfilment_id, contents, actor)
        project(session, order)
        note(session, runtime, order.id, actor, "shipped", carrier=carrier_name, tracking_number=number_text)
        record(
            session,
            runtime.clock,
            ParcelShipped,
            order_number=number,
            parcel_id=parcel.id,
            tracking_number=number_text,
            carrier=carrier_name,
        )
        return parcel.id


def record_scan(runtime: Runtime, parcel_id: str, event: TrackingEvent, *, actor: str) -> None:
    """Store a carrier's scan; repeated scans change nothing, an old one never turns the state back."""
    with unit_of_work() as session:
        parcel = _parcel(session, parcel_id)
        order = lock(session, _number(session, parcel.order_id))
        scans = session.scalars(select(TrackingScan).where(TrackingScan.parcel_id == parcel_id)).all()
        if any((scan.at, scan.state, scan.code) == (event.at, event.state.value, event.code) for scan in scans):
            return
        session.add(
            TrackingScan(
                parcel_id=parcel_id,
                state=event.state.value,
                at=event.at,
                text=event.text,
                code=event.code,
                place=event.place,
            )
        )
        if parcel.delivered_at is not None or any(scan.at > event.at for scan in scans):
            return
        parcel.state = event.state.value
        if event.state is TrackingState.DELIVERED:
            _delivered(session, runtime, order, parcel, event.at, actor)


def deliver(runtime: Runtime, parcel_id: str, *, actor: str, at: datetime | None = None) -> None:
    """Staff or the buyer say that the parcel has arrived."""
    event = TrackingEvent(TrackingState.DELIVERED, at or runtime.clock.now(), text="Delivered")
    record_scan(runtime, parcel_id, event, actor=actor)


def complete(runtime: Runtime, number: str, *, actor: str) -> None:
    """Close a delivered order."""
    with unit_of_work() as session:
        order = lock(session, number)
        if order.completed_at is not None:
            return
        if order.fulfilment_state != "delivered":
            raise NotAllowed.parcels_on_their_way(number)
        order.completed_at = runtime.clock.now()
        refresh_status(order)
        note(session, runtime, order.id, actor, "completed")
        record(session, runtime.clock, OrderCompleted, order_number=number)


def auto_complete_days(settings: Mapping[str, Any]) -> int:
    """How long after its last delivery an order is completed by itself."""
    return int(settings.get("auto_complete_days") or AUTO_COMPLETE_DAYS)


def auto_complete(runtime: Runtime, *, limit: int = 100) -> int:
    """Close orders that were delivered long enough ago and of which nothing is coming back. Returns how many."""
    before = runtime.clock.now() - timedelta(days=auto_complete_days(known_store().settings))
    late = select(Parcel.order_id).where(Parcel.delivered_at >= before)
    numbers = (
        reader()
        .scalars(
            select(Order.number)
            .where(Order.status == "delivered", Order.id.not_in(late), Order.return_state.not_in(RETURN_IS_OPEN))
            .order_by(Order.id)
            .limit(limit)
        )
        .all()
    )
    for number in numbers:
        complete(runtime, number, actor="system")
    return len(numbers)


def _carrier(runtime: Runtime, number: str, account_id: str, name: str, tracking_number: str) -> tuple[str, str]:
    """(name, tracking page) of the carrier; the number must fit the carrier's pattern."""
    if not account_id:
        if not name.strip():
            raise OrderError(f"Order {number}: choose a carrier or write its name.")
        return name.strip(), ""
    account = runtime.accounts.get(account_id)
    if account.kind != "carrier":
        raise OrderError(f"Order {number}: '{account.label}' is no carrier. Choose a carrier.")
    fits, url = runtime.guard.call(
        account_id, "tracking_url", lambda provider: _tracking(provider, tracking_number), deadline_s=1
    )
    if not fits:
        raise OrderError(f"'{tracking_number}' is no tracking number of {account.label}. Compare it with the label.")
    return account.label, url


def _tracking(provider: Provider, tracking_number: str) -> tuple[bool, str]:
    """(whether the number can be this carrier's, its public tracking page)"""
    if not tracking_number or not isinstance(provider, Carrier):
        return True, ""
    return provider.accepts_tracking_number(tracking_number), provider.tracking_url(tracking_number, "en")


def _take(session: Session, order: Order, fulfilment_id: str, quantities: Mapping[str, int] | None) -> dict[str, int]:
    """What goes into the parcel, checked against what is still open, and marked as shipped."""
    fulfilment = session.get(Fulfilment, fulfilment_id)
    if fulfilment is None or fulfilment.order_id != order.id or fulfilment.state == "cancelled":
        raise OrderError(f"Order {order.number} has no open fulfilment {fulfilment_id}. Reload the page.")
    lines = session.scalars(select(FulfilmentLine).where(FulfilmentLine.fulfilment_id == fulfilment_id)).all()
    open_lines = {line.order_line_id: line for line in lines if line.quantity > line.shipped}
    wanted = (
        dict(quantities)
        if quantities is not None
        else {id: line.quantity - line.shipped for id, line in open_lines.items()}
    )
    contents = {id: quantity for id, quantity in wanted.items() if quantity}
    if not contents:
        raise OrderError(f"Order {order.number}: nothing is left to ship here. Choose at least one piece.")
    for id, quantity in contents.items():
        line = open_lines.get(id)
        if line is None or not 0 < quantity <= line.quantity - line.shipped:
            left = line.quantity - line.shipped if line else 0
            raise OrderError(f"Order {order.number}: {quantity} pieces asked, {left} are open. Enter {left} or less.")
        line.shipped += quantity
    fulfilment.state = "shipped" if all(line.quantity == line.shipped for line in lines) else "open"
    return contents


def _refuse_before_its_day(session: Session, runtime: Runtime, order: Order, contents: Mapping[str, int]) -> None:
    variants = session.scalars(select(OrderLine.variant_id).where(OrderLine.id.in_(contents))).all()
    day = preorder_day(session, [variant_id for variant_id in variants if variant_id is not None])
    if day is not None and runtime.clock.now().date() < day:
        raise NotAllowed.not_before(order.number, day.isoformat())


def _consume(
    session: Session, runtime: Runtime, order: Order, fulfilment_id: str, contents: Mapping[str, int], actor: str
) -> None:
    fulfilment = session.get_one(Fulfilment, fulfilment_id)
    for line in session.scalars(select(OrderLine).where(OrderLine.id.in_(contents))):
        line.shipped += contents[line.id]
    reservations.consume(
        session,
        runtime,
        lines=list(contents.items()),
        warehouse_id=fulfilment.warehouse_id,
        reference=f"order {order.number}",
        actor=actor,
    )


def project(session: Session, order: Order) -> None:
    """Recompute the fulfilment state and the status from lines and parcels."""
    session.flush()
    lines = session.execute(
        select(OrderLine.quantity, OrderLine.shipped, OrderLine.cancelled).where(OrderLine.order_id == order.id)
    ).all()
    delivered = session.scalars(select(Parcel.delivered_at.is_not(None)).where(Parcel.order_id == order.id)).all()
    order.fulfilment_state = rules.fulfilment_state([list(line) for line in lines], delivered)
    refresh_status(order)


def _delivered(session: Session, runtime: Runtime, order: Order, parcel: Parcel, at: datetime, actor: str) -> None:
    parcel.delivered_at = at
    parcel.state = TrackingState.DELIVERED.value
    project(session, order)
    note(session, runtime, order.id, actor, "delivered", tracking_number=parcel.tracking_number)
    record(
        session,
        runtime.clock,
        ParcelDelivered,
        order_number=order.number,
        parcel_id=parcel.id,
        tracking_number=parcel.tracking_number,
    )


def _parcel(session: Session, parcel_id: str) -> Parcel:
    parcel = session.get(Parcel, parcel_id)
    if parcel is None:
        raise OrderError(f"There is no parcel {parcel_id}. Reload the page.")
    return parcel


def _number(session: Session, order_id: int) -> str:
    number = session.scalar(select(Order.number).where(Order.id == order_id))
    if number is None:
        raise OrderNotFound(str(order_id))
    return number
