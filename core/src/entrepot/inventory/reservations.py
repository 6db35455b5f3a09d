"""What is held for orders: kept for good, shipped, or let go by cancelling and by running out of time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from entrepot.inventory import awaiting
from entrepot.inventory.models import Reservation, StockLevel
from entrepot.inventory.stock import Change, announce, book
from entrepot.kernel.clock import HasClock
from entrepot.sdk.errors import EntrepotError
from entrepot.storage.session import unit_of_work

#: Reservations that still promise something.
OPEN = ("held", "awaited")


class NotReserved(EntrepotError):
    """More was to be dispatched than is held for the order line."""


def confirm(session: Session, order_line_ids: Collection[str]) -> list[str]:
    """Keep the holds of these lines for good; the lines whose hold had lapsed before."""
    rows = session.execute(
        select(Reservation.order_line_id, Reservation.state).where(Reservation.order_line_id.in_(order_line_ids))
    ).all()
    session.execute(
        update(Reservation)
        .where(Reservation.order_line_id.in_(order_line_ids), Reservation.state.in_(OPEN))
        .values(expires_at=None)
    )
    kept = {line_id for line_id, state in rows if state != "released"}
    return sorted({line_id for line_id, _ in rows} - kept)


def consume(
    session: Session,
    runtime: HasClock,
    *,
    lines: Sequence[tuple[str, int]],
    warehouse_id: int,
    reference: str,
    actor: str,
) -> None:
    """Turn what ``[(order line id, quantity)]`` hold in this warehouse into shipped movements.

    Lines that never needed a hold are left out. Raises NotReserved when a line holds less than that.
    """
    reservations = _reservations(session, [line_id for line_id, _ in lines])
    changes = []
    for line_id, quantity in lines:
        if line_id not in reservations:
            continue
        held = [r for r in reservations[line_id] if r.state == "held" and r.warehouse_id == warehouse_id]
        changes += _use_up(session, held, line_id=line_id, quantity=quantity)
    changes.sort(key=lambda change: (change.variant_id, change.warehouse_id))
    for change in changes:
        _unreserve(session, change.variant_id, change.warehouse_id, -change.quantity)
    book(session, changes, kind="shipped", reference=reference, actor=actor, at=runtime.clock.now())


def release(session: Session, runtime: HasClock, *, order_line_ids: Collection[str]) -> None:
    """Give back all that these lines still hold. Idempotent."""
    held = [
        reservation
        for reservations in _reservations(session, order_line_ids).values()
        for reservation in reservations
        if reservation.state in OPEN
    ]
    _let_go(session, runtime, held)


def release_expired(runtime: HasClock, limit: int = 500) -> list[str]:
    """Give back holds that ran out of time; the order lines concerned."""
    with unit_of_work() as session:
        lapsed = session.scalars(
            select(Reservation)
            .where(Reservation.state.in_(OPEN), Reservation.expires_at <= runtime.clock.now())
            .order_by(Reservation.variant_id, Reservation.warehouse_id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        _let_go(session, runtime, lapsed)
        return sorted({reservation.order_line_id for reservation in lapsed})


def _reservations(session: Session, order_line_ids: Collection[str]) -> dict[str, list[Reservation]]:
    by_line: dict[str, list[Reservation]] = defaultdict(list)
    rows = session.scalars(
        select(Reservation)
        .where(Reservation.order_line_id.in_(order_line_ids))
        .order_by(Reservation.variant_id, Reservation.warehouse_id, Reservation.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    for reservation in rows:
        by_line[reservation.order_line_id].append(reservation)
    return dict(by_line)


def _use_up(session: Session, held: Sequence[Reservation], *, line_id: str, quantity: int) -> list[Change]:
    """Mark reservations consumed, splitting the last one; the stock changes that follow."""
    if sum(reservation.quantity for reservation in held) < quantity:
        raise NotReserved(
            f"Order line {line_id}: {quantity} to ship, but only {sum(r.quantity for r in held)} are held for it in "
            "this warehouse. Ship fewer, or allocate the order again."
        )
    changes = []
    for reservation in held:
        if quantity == 0:
            break
        used = min(quantity, reservation.quantity)
        quantity -= used
        changes.append(Change(reservation.variant_id, reservation.warehouse_id, -used))
        if used < reservation.quantity:
            _split_off(session, reservation, used)
        else:
            reservation.state = "consumed"
    return changes


def _split_off(session: Session, reservation: Reservation, used: int) -> None:
    reservation.quantity -= used
    session.add(
        Reservation(
            order_line_id=reservation.order_line_id,
            variant_id=reservation.variant_id,
            warehouse_id=reservation.warehouse_id,
            quantity=used,
            state="consumed",
        )
    )


def _let_go(session: Session, runtime: HasClock, held: Sequence[Reservation]) -> None:
    for reservation in sorted(held, key=lambda r: (r.variant_id, r.warehouse_id)):
        if reservation.state == "awaited":
            awaiting.give_back(session, reservation.variant_id, reservation.quantity)
        else:
            _unreserve(session, reservation.variant_id, reservation.warehouse_id, reservation.quantity)
        reservation.state = "released"
    announce(session, {reservation.variant_id for reservation in held}, runtime.clock.now())


def _unreserve(session: Session, variant_id: int, warehouse_id: int, quantity: int) -> None:
    session.execute(
        update(StockLevel)
        .where(StockLevel.variant_id == variant_id, StockLevel.warehouse_id == warehouse_id)
        .values(reserved=StockLevel.reserved - quantity)
    )
