"""Holding stock for orders: the warehouses that serve them are chosen and their stock is taken, all of it or none."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from entrepot.inventory import awaiting
from entrepot.inventory.models import Reservation, StockLevel
from entrepot.inventory.queries import Promisable, available, promisable
from entrepot.inventory.rules import Allocation, Pick, Shortage, Strategy, plan
from entrepot.inventory.stock import announce
from entrepot.kernel.clock import HasClock
from entrepot.sdk.errors import EntrepotError
from entrepot.storage.session import insert_rows

#: A plan can be overtaken by another buyer between reading and holding; then it is made anew, so many times at most.
ATTEMPTS = 8


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
            announce(session, wanted, runtime.clock.now(), there)
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


def _short(shortage: Shortage, skus: Mapping[int, str]) -> Short:
    return Short(skus[shortage.variant_id], shortage.variant_id, shortage.wanted, shortage.available)


def _template(line: Short) -> str:
    if line.available <= 0:
        return "{sku} is sold out. Remove it from the cart."
    return "Only {available} of {sku} are available, {wanted} were wanted. Take fewer."


def _values(line: Short) -> dict[str, object]:
    return {"sku": line.sku, "available": line.available, "wanted": line.wanted}
