"""Holding stock for orders, and letting it go: by dispatch, by cancelling, by running out of time."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from entrepot.inventory import awaiting
from entrepot.inventory.models import Reservation, StockLevel, Warehouse
from entrepot.inventory.queries import Promisable, available, promisable
from entrepot.inventory.rules import Allocation, Pick, Shortage, Strategy, plan
from entrepot.inventory.stock import (
    Change,
    Count,
    StockPromised,
    announce,
    book,
    move,
    rebuild_levels,
    set_counts,
    set_on_hand,
)
from entrepot.kernel.address import Address
from entrepot.kernel.clock import Clock
from entrepot.sdk.errors import EntrepotError
from entrepot.storage.session import insert_rows, unit_of_work

__all__ = [
    "Allocated",
    "Count",
    "Held",
    "NotReserved",
    "OutOfStock",
    "StockPromised",
    "allocate",
    "available",
    "can_promise",
    "confirm",
    "consume",
    "move",
    "rebuild_levels",
    "release",
    "release_expired",
    "save_dispatch_costs",
    "save_warehouse",
    "set_counts",
    "set_on_hand",
    "strategy_named",
]

#: A plan can be overtaken by another buyer between reading and holding; then it is made anew, so many times at most.
ATTEMPTS = 8
#: Reservations that still promise something.
OPEN = ("held", "awaited")


class HasClock(Protocol):
    @property
    def clock(self) -> Clock: ...


@dataclass(frozen=True, slots=True)
class Held:
    """A part of an order line that one warehouse keeps for it."""

    order_line_id: str
    variant_id: int
    warehouse_id: int
    quantity: int
    #: Promised, but not there yet.
    awaited: bool = False


@dataclass(frozen=True, slots=True)
class Allocated:
    """What is held for order lines, and why there: sentences for staff."""

    held: tuple[Held, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Short:
    sku: str
    variant_id: int
    wanted: int
    available: int


class OutOfStock(EntrepotError):
    """Not everything can be promised; nothing was held. ``lines`` says what could be."""

    def __init__(self, lines: Sequence[Short]) -> None:
        self.lines = tuple(lines)
        self.sku = lines[0].sku
        self.available = lines[0].available
        if len(lines) == 1:
            super().__init__(_template(lines[0]), **_values(lines[0]))
        else:
            super().__init__(" ".join(_template(line).format(**_values(line)) for line in lines))


class NotReserved(EntrepotError):
    """More was to be dispatched than is held for the order line."""


def save_warehouse(
    runtime: HasClock, *, code: str, name: str, address: Address, priority: int = 100, active: bool = True
) -> int:
    """Create or change the warehouse with this code; its id."""
    with unit_of_work() as session:
        warehouse = session.scalar(select(Warehouse).where(Warehouse.code == code)) or Warehouse(code=code)
        warehouse.name = name
        warehouse.address = address.as_dict()
        warehouse.priority = priority
        warehouse.active = active
        session.add(warehouse)
        session.flush()
        return warehouse.id


def save_dispatch_costs(costs: Mapping[int, Mapping[str, int]]) -> None:
    """{warehouse id: {country or "*": minor units of the base currency}}, for the cheapest strategy."""
    if any(cost < 0 for by_country in costs.values() for cost in by_country.values()):
        raise EntrepotError("A dispatch cost is not below zero. Write it like DE 4.90, * 12.90.")
    with unit_of_work() as session:
        for warehouse_id, by_country in costs.items():
            session.execute(
                update(Warehouse).where(Warehouse.id == warehouse_id).values(dispatch_costs=dict(by_country))
            )


def allocate(
    session: Session,
    runtime: HasClock,
    *,
    lines: Sequence[tuple[str, int, int]],
    expires_at: datetime | None,
    destination: str = "",
    strategy: Strategy = Strategy.FEWEST,
    only_at: int | None = None,
) -> Allocated:
    """Hold stock for ``[(order line id, variant id, quantity)]``, all of it or none.

    What stock lacks is awaited where the variant's policy allows it. Untracked variants need no
    hold and are left out. ``only_at`` takes everything from this warehouse, whether or not it sells.
    Raises OutOfStock.
    """
    wanted = _together(lines)
    for _ in range(ATTEMPTS):
        there = promisable(session, wanted.keys(), destination)
        wanted = {variant_id: pieces for variant_id, pieces in wanted.items() if variant_id in there.skus}
        answer = _all_from(only_at, wanted) or _plan(wanted, there, destination, strategy)
        if not answer.complete:
            raise OutOfStock([_short(shortage, there.skus) for shortage in answer.shortages])
        if _reserve(session, answer):
            held = _share_out([line for line in lines if line[1] in wanted], answer)
            _write_reservations(session, held, expires_at)
            announce(session, wanted, runtime.clock.now(), there.skus)
            return Allocated(tuple(held), answer.reasons if held else ())
    found = available(wanted)
    raise OutOfStock([Short(there.skus[v], v, quantity, found[v]) for v, quantity in wanted.items()])


def _together(lines: Iterable[tuple[str, int, int]]) -> dict[int, int]:
    """{variant id: quantity} of all lines."""
    wanted: dict[int, int] = defaultdict(int)
    for _, variant_id, quantity in lines:
        wanted[variant_id] += quantity
    return wanted


def _all_from(warehouse_id: int | None, wanted: Mapping[int, int]) -> Allocation | None:
    """Everything from one warehouse; None when none was named."""
    if warehouse_id is None:
        return None
    return Allocation(tuple(Pick(variant, warehouse_id, pieces) for variant, pieces in wanted.items()), (), ())


def strategy_named(name: object) -> Strategy:
    """The strategy of a store's setting; what is unknown or not set means the fewest parcels."""
    return next((strategy for strategy in Strategy if strategy == name), Strategy.FEWEST)


def can_promise(
    session: Session, wanted: dict[int, int], *, destination: str = "", strategy: Strategy = Strategy.FEWEST
) -> Allocation:
    """The plan that ``allocate`` would carry out for ``{variant id: quantity}``; holds nothing."""
    there = promisable(session, wanted.keys(), destination)
    counted = {variant_id: quantity for variant_id, quantity in wanted.items() if variant_id in there.skus}
    return _plan(counted, there, destination, strategy)


def _plan(wanted: Mapping[int, int], there: Promisable, destination: str, strategy: Strategy) -> Allocation:
    return plan(wanted, there.stock, destination, strategy=strategy, later=there.later)


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


def _reserve(session: Session, answer: Allocation) -> bool:
    """Take every pick or none; False when another buyer was faster."""
    if len(answer.picks) + len(answer.awaited) <= 1:  # nothing to take back: no savepoint, the commonest order by far
        return _take_all(session, answer)
    savepoint = session.begin_nested()
    if _take_all(session, answer):
        savepoint.commit()
        return True
    savepoint.rollback()
    return False


def _take_all(session: Session, answer: Allocation) -> bool:
    return all(_take(session, pick) for pick in answer.picks) and awaiting.take(session, answer.awaited)


def _take(session: Session, pick: Pick) -> bool:
    values = {"variant": pick.variant_id, "warehouse": pick.warehouse_id, "pieces": pick.quantity}
    return session.connection().execute(_taking, values).rowcount > 0


_level = StockLevel.__table__.c
_taking = (
    update(StockLevel.__table__)  # type: ignore[arg-type]  # a mapped class has a Table
    .where(
        _level.variant_id == bindparam("variant"),
        _level.warehouse_id == bindparam("warehouse"),
        _level.on_hand - _level.reserved >= bindparam("pieces"),
    )
    .values(reserved=_level.reserved + bindparam("pieces"))
)


def _share_out(lines: Iterable[tuple[str, int, int]], answer: Allocation) -> list[Held]:
    """Give the picks of a variant to the lines that want it, in order: first what is there."""
    left: dict[int, deque[tuple[Pick, bool]]] = defaultdict(deque)
    for pick in answer.picks:
        left[pick.variant_id].append((pick, False))
    for pick in answer.awaited:
        left[pick.variant_id].append((pick, True))
    held = []
    for line_id, variant_id, wanted in lines:
        while wanted:
            source, awaited = left[variant_id].popleft()
            quantity = min(wanted, source.quantity)
            held.append(Held(line_id, variant_id, source.warehouse_id, quantity, awaited))
            wanted -= quantity
            if quantity < source.quantity:
                left[variant_id].appendleft((replace(source, quantity=source.quantity - quantity), awaited))
    return held


def _write_reservations(session: Session, held: Sequence[Held], expires_at: datetime | None) -> None:
    if not held:
        return
    insert_rows(
        session,
        Reservation,
        [
            {
                "order_line_id": part.order_line_id,
                "variant_id": part.variant_id,
                "warehouse_id": part.warehouse_id,
                "quantity": part.quantity,
                "state": "awaited" if part.awaited else "held",
                "expires_at": expires_at,
            }
            for part in held
        ],
    )


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


def _short(shortage: Shortage, skus: Mapping[int, str]) -> Short:
    return Short(skus[shortage.variant_id], shortage.variant_id, shortage.wanted, shortage.available)


def _template(line: Short) -> str:
    if line.available <= 0:
        return "{sku} is sold out. Remove it from the cart."
    return "Only {available} of {sku} are available, {wanted} were wanted. Take fewer."


def _values(line: Short) -> dict[str, object]:
    return {"sku": line.sku, "available": line.available, "wanted": line.wanted}
