"""The stock ledger: typed movements and their projection, which always agree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, delete, func, insert, literal, select, union_all, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from entrepot.inventory import awaiting
from entrepot.inventory.models import Reservation, StockLevel, StockMovement
from entrepot.inventory.queries import Promisable, stocked_variant
from entrepot.inventory.thresholds import notice_crossings
from entrepot.kernel.clock import FixedClock
from entrepot.sdk.errors import EntrepotError
from entrepot.sdk.facts import StockChanged
from entrepot.storage import outbox

KINDS = frozenset({"received", "shipped", "returned", "adjusted", "transfer_out", "transfer_in", "damaged"})
#: SQLite takes at most 32,766 parameters in one statement.
CHUNK = 5000


class StockPromised(EntrepotError):
    """Stock cannot go below what is promised to orders."""

    def __init__(self, sku: str, promised: int) -> None:
        super().__init__(
            f"{sku}: {promised} are promised to orders, so no fewer can be on hand. Cancel or ship those orders first."
        )
        self.sku = sku
        self.promised = promised


@dataclass(frozen=True, slots=True)
class Change:
    """So many pieces more or fewer (signed) of a variant in a warehouse."""

    variant_id: int
    warehouse_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What received pieces cost together, in minor units of the base currency: the goods, and bringing them here."""

    goods: int
    landing: int = 0


@dataclass(frozen=True, slots=True)
class Count:
    """What is on hand of a variant in a warehouse, as counted or imported."""

    variant_id: int
    warehouse_id: int
    on_hand: int


def move(
    session: Session,
    *,
    variant_id: int,
    warehouse_id: int,
    kind: str,
    quantity: int,
    reference: str,
    actor: str,
    at: datetime,
    cost: Cost | None = None,
) -> None:
    """Book one movement; ``quantity`` is signed. Raises StockPromised."""
    change = Change(variant_id, warehouse_id, quantity)
    book(session, [change], kind=kind, reference=reference, actor=actor, at=at, cost=cost)


def set_on_hand(
    session: Session, *, variant_id: int, warehouse_id: int, on_hand: int, reference: str, actor: str, at: datetime
) -> int:
    """Make this the stock on hand by booking the difference, which is returned. Idempotent. Raises StockPromised."""
    count = Count(variant_id, warehouse_id, on_hand)
    changes = set_counts(session, [count], reference=reference, actor=actor, at=at)
    return sum(change.quantity for change in changes)


def set_counts(session: Session, counts: Iterable[Count], *, reference: str, actor: str, at: datetime) -> list[Change]:
    """Many counts at once; the differences that were booked. Idempotent. Raises StockPromised."""
    changes = differences(session, counts)
    book(session, changes, kind="adjusted", reference=reference, actor=actor, at=at)
    return changes


def differences(session: Session, counts: Iterable[Count]) -> list[Change]:
    """What would have to be booked for these counts to hold."""
    wanted = {(count.variant_id, count.warehouse_id): count.on_hand for count in counts}
    now = on_hand(session, {variant_id for variant_id, _ in wanted})
    changes = [Change(*key, target - now.get(key, 0)) for key, target in sorted(wanted.items())]
    return [change for change in changes if change.quantity]


def on_hand(session: Session, variant_ids: Iterable[int]) -> dict[tuple[int, int], int]:
    """{(variant id, warehouse id): pieces}, in every warehouse."""
    query = select(StockLevel.variant_id, StockLevel.warehouse_id, StockLevel.on_hand)
    return {
        (variant_id, warehouse_id): pieces
        for chunk in _chunks(sorted(variant_ids))
        for variant_id, warehouse_id, pieces in session.execute(query.where(StockLevel.variant_id.in_(chunk)))
    }


def book(
    session: Session,
    changes: Sequence[Change],
    *,
    kind: str,
    reference: str,
    actor: str,
    at: datetime,
    cost: Cost | None = None,
) -> None:
    """Append movements and keep the projection and the outbox in step. ``cost`` is for a single change.

    Raises StockPromised.
    """
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is not a kind of stock movement. Use one of {', '.join(sorted(KINDS))}.")
    changes = sorted(
        (change for change in changes if change.quantity), key=lambda change: (change.variant_id, change.warehouse_id)
    )
    if not changes:
        return
    _add_to_levels(session, [change for change in changes if change.quantity > 0])
    for change in changes:
        if change.quantity < 0:
            _take_from_level(session, change)
    awaiting.serve(session, [(change.variant_id, change.warehouse_id) for change in changes if change.quantity > 0])
    row: dict[str, Any] = {"kind": kind, "reference": reference[:120], "actor": actor[:120], "at": at}
    if cost is not None:
        row |= {"goods_cost": cost.goods, "landing_cost": cost.landing}
    session.execute(insert(_table(StockMovement)), [row | _columns(change) for change in changes])
    announce(session, (change.variant_id for change in changes), at)


def write_off_in_transit(session: Session, lost: Iterable[Change], *, reference: str, actor: str, at: datetime) -> None:
    """Book goods that never arrived as arrived and lost at once, so that no stock is ever promised from them."""
    row = {"reference": reference[:120], "actor": actor[:120], "at": at}
    rows = [
        row | _key(change) | {"kind": kind, "quantity": quantity}
        for change in lost
        if change.quantity
        for kind, quantity in (("transfer_in", change.quantity), ("damaged", -change.quantity))
    ]
    if rows:
        session.execute(insert(_table(StockMovement)), rows)


def announce(session: Session, variant_ids: Iterable[int], at: datetime, known: Promisable | None = None) -> None:
    """Record StockChanged for these variants, and StockLow where a threshold was crossed.

    ``known`` is what the caller has read of them in this transaction.
    """
    found = skus_of(session, variant_ids) if known is None else {id: known.skus[id] for id in variant_ids}
    if found:
        outbox.record(session, FixedClock(at), StockChanged, skus=tuple(sorted(found.values())))
    for chunk in _chunks(sorted(found if known is None else known.watched.intersection(found))):
        notice_crossings(session, chunk, at)


def skus_of(session: Session, variant_ids: Iterable[int]) -> dict[int, str]:
    variant = stocked_variant.c
    return {
        variant_id: sku
        for chunk in _chunks(sorted(set(variant_ids)))
        for variant_id, sku in session.execute(select(variant.id, variant.sku).where(variant.id.in_(chunk)))
    }


def rebuild_levels(session: Session) -> None:
    """Compute the projection anew from movements and held reservations; changes nothing when all is well."""
    session.execute(select(StockLevel.variant_id).with_for_update()).all()
    key = ("variant_id", "warehouse_id")
    moved = select(
        StockMovement.variant_id,
        StockMovement.warehouse_id,
        StockMovement.quantity.label("on_hand"),
        literal(0).label("reserved"),
    )
    held = select(
        Reservation.variant_id, Reservation.warehouse_id, literal(0), Reservation.quantity.label("reserved")
    ).where(Reservation.state == "held")
    both = union_all(moved, held).subquery()
    sums = select(both.c.variant_id, both.c.warehouse_id, func.sum(both.c.on_hand), func.sum(both.c.reserved)).group_by(
        both.c.variant_id, both.c.warehouse_id
    )
    session.execute(delete(StockLevel))
    session.execute(insert(StockLevel).from_select([*key, "on_hand", "reserved"], sums))


def _add_to_levels(session: Session, changes: Sequence[Change]) -> None:
    if not changes:
        return
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    new = dialect.insert(_table(StockLevel))
    added = new.on_conflict_do_update(
        index_elements=["variant_id", "warehouse_id"], set_={"on_hand": StockLevel.on_hand + new.excluded.on_hand}
    )
    session.execute(added, [_key(change) | {"on_hand": change.quantity, "reserved": 0} for change in _merged(changes)])


def _take_from_level(session: Session, change: Change) -> None:
    level = _level(change.variant_id, change.warehouse_id)
    taken = session.execute(
        update(StockLevel)
        .where(*level, StockLevel.on_hand + change.quantity >= StockLevel.reserved)
        .values(on_hand=StockLevel.on_hand + change.quantity)
    )
    if touched(taken) == 0:
        promised = session.execute(select(StockLevel.reserved).where(*level)).scalar() or 0
        raise StockPromised(skus_of(session, [change.variant_id]).get(change.variant_id, "?"), promised)


def _table(model: type[Any]) -> Any:
    """Inserting many rows into the table instead of the class spares the ORM's bookkeeping."""
    return model.__table__


def touched(result: Any) -> int:
    """How many rows a statement changed."""
    assert isinstance(result, CursorResult)
    return int(result.rowcount)


def _level(variant_id: int, warehouse_id: int) -> tuple[Any, Any]:
    return StockLevel.variant_id == variant_id, StockLevel.warehouse_id == warehouse_id


def _merged(changes: Iterable[Change]) -> list[Change]:
    sums: dict[tuple[int, int], int] = defaultdict(int)
    for change in changes:
        sums[change.variant_id, change.warehouse_id] += change.quantity
    return [Change(*key, quantity) for key, quantity in sorted(sums.items())]


def _key(change: Change) -> dict[str, int]:
    return {"variant_id": change.variant_id, "warehouse_id": change.warehouse_id}


def _columns(change: Change) -> dict[str, int]:
    return {**_key(change), "quantity": change.quantity}


def _chunks(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))
