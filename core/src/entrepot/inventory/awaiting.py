"""Pieces promised before they are there: back orders and pre-orders, within the limit of their variant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import bindparam, func, select, tuple_, update
from sqlalchemy.orm import Session

from entrepot.inventory.models import Reservation, StockLevel, StockPolicy, is_awaited
from entrepot.inventory.rules import Pick
from entrepot.sdk.errors import EntrepotError
from entrepot.storage.session import reader, unit_of_work

KINDS = ("deny", "backorder", "preorder")
#: SQLite takes 32,766 parameters in one statement; a pair takes two.
CHUNK = 5000
#: Statements of every order that waits are built once: building them costs more than running them.
_policy, _level, _reservation = StockPolicy.__table__.c, StockLevel.__table__.c, Reservation.__table__.c
_promising = (
    update(StockPolicy.__table__)  # type: ignore[arg-type]  # a mapped class has a Table
    .where(_policy.variant_id == bindparam("variant"), _policy.awaited + bindparam("pieces") <= _policy.most)
    .values(awaited=_policy.awaited + bindparam("pieces"))
)
_giving_back = (
    update(StockPolicy.__table__)  # type: ignore[arg-type]
    .where(_policy.variant_id == bindparam("variant"))
    .values(awaited=_policy.awaited - bindparam("pieces"))
)
_holding = (
    update(Reservation.__table__)  # type: ignore[arg-type]
    .where(_reservation.id.in_(bindparam("ids", expanding=True)))
    .values(state="held")
)
_reserving = (
    update(StockLevel.__table__)  # type: ignore[arg-type]
    .where(_level.variant_id == bindparam("variant"), _level.warehouse_id == bindparam("warehouse"))
    .values(reserved=_level.reserved + bindparam("pieces"))
)


def set_policy(
    variant_id: int, *, kind: str, warehouse_id: int, most: int = 0, available_from: date | None = None
) -> None:
    """Say what may be promised of a variant beyond its stock; what is promised already stays promised."""
    if kind not in KINDS:
        raise EntrepotError("Choose what happens when stock runs out: refuse, back order or pre-order.")
    if kind != "deny" and most < 1:
        raise EntrepotError("Enter how many pieces may be promised at most; one or more.")
    if kind == "preorder" and available_from is None:
        raise EntrepotError("A pre-order needs the day from which the goods leave.")
    with unit_of_work() as session:
        policy = session.get(StockPolicy, variant_id, with_for_update=True)
        if policy is None:
            policy = StockPolicy(variant_id=variant_id, awaited=0)
            session.add(policy)
        policy.kind = kind
        policy.warehouse_id = warehouse_id
        policy.most = 0 if kind == "deny" else most
        policy.available_from = None if kind == "deny" else available_from


def policy_of(variant_id: int) -> StockPolicy | None:
    """The variant's policy; None stands for refusing what stock lacks."""
    return reader().get(StockPolicy, variant_id, populate_existing=True)


def preorder_day(session: Session, variant_ids: Iterable[int]) -> date | None:
    """The day before which pre-orders of these variants do not leave; the latest, None without one."""
    policy = StockPolicy
    query = select(func.max(policy.available_from))
    return session.scalar(query.where(policy.variant_id.in_(list(variant_ids)), policy.kind == "preorder"))


def take(session: Session, picks: Iterable[Pick]) -> bool:
    """Count these pieces as awaited; False when another buyer was faster. The caller rolls back then."""
    connection = session.connection()
    return all(
        connection.execute(_promising, {"variant": pick.variant_id, "pieces": pick.quantity}).rowcount > 0
        for pick in sorted(picks, key=lambda pick: pick.variant_id)
    )


def give_back(session: Session, variant_id: int, quantity: int) -> None:
    """Pieces that are no longer awaited: they came, or nobody wants them any more."""
    session.connection().execute(_giving_back, {"variant": variant_id, "pieces": quantity})


def serve(session: Session, arrived: Sequence[tuple[int, int]]) -> None:
    """Hold what has arrived at ``[(variant id, warehouse id)]`` for those who wait there, the oldest first.

    Whoever is being cancelled at this moment is left out, so that no lock is waited for in the wrong order.
    """
    for start in range(0, len(arrived), CHUNK):
        keys = arrived[start : start + CHUNK]
        place = tuple_(Reservation.variant_id, Reservation.warehouse_id)
        columns = (Reservation.id, Reservation.variant_id, Reservation.warehouse_id, Reservation.quantity)
        waiting = session.execute(
            select(*columns)
            .where(is_awaited, place.in_(keys))
            .order_by(Reservation.id)
            .with_for_update(skip_locked=True)
        ).all()
        if waiting:
            _hold(session, waiting, _free(session, keys))


def _free(session: Session, keys: Sequence[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """Pieces that nobody holds, by (variant id, warehouse id); those rows stay locked."""
    columns = (StockLevel.variant_id, StockLevel.warehouse_id, StockLevel.on_hand - StockLevel.reserved)
    rows = session.execute(
        select(*columns)
        .where(tuple_(StockLevel.variant_id, StockLevel.warehouse_id).in_(keys))
        .order_by(StockLevel.variant_id, StockLevel.warehouse_id)
        .with_for_update()
    )
    return {(variant_id, warehouse_id): free for variant_id, warehouse_id, free in rows}


def _hold(session: Session, waiting: Sequence[Any], free: dict[tuple[int, int], int]) -> None:
    """Turn as many of the reservations as stock allows from awaited into held, in order; the last one in part."""
    taken: dict[tuple[int, int], int] = defaultdict(int)
    whole: list[int] = []
    for row in waiting:
        key = (row.variant_id, row.warehouse_id)
        pieces = min(free.get(key, 0) - taken[key], row.quantity)
        if pieces <= 0:
            continue
        taken[key] += pieces
        if pieces == row.quantity:
            whole.append(row.id)
        else:
            _split(session, row.id, pieces)
    connection = session.connection()
    for start in range(0, len(whole), CHUNK):
        connection.execute(_holding, {"ids": whole[start : start + CHUNK]})
    for (variant_id, warehouse_id), pieces in sorted(taken.items()):
        if pieces:
            connection.execute(_reserving, {"variant": variant_id, "warehouse": warehouse_id, "pieces": pieces})
            give_back(session, variant_id, pieces)


def _split(session: Session, reservation_id: int, pieces: int) -> None:
    """Hold these pieces of a reservation; the others go on waiting."""
    reservation = session.get_one(Reservation, reservation_id, populate_existing=True)
    reservation.quantity -= pieces
    session.add(
        Reservation(
            order_line_id=reservation.order_line_id,
            variant_id=reservation.variant_id,
            warehouse_id=reservation.warehouse_id,
            quantity=pieces,
            expires_at=reservation.expires_at,
        )
    )
    session.flush()
