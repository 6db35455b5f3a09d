"""Transfers between warehouses: drafted, sent, received in one go or in parts, closed with what is missing and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from entrepot.inventory.models import Transfer, TransferLine
from entrepot.inventory.stock import Change, book, write_off_in_transit
from entrepot.kernel.clock import HasClock
from entrepot.sdk.errors import EntrepotError
from entrepot.storage.session import reader, unit_of_work


class TransferMoved(EntrepotError):
    """The transfer is not in the state that the person was shown."""

    def __init__(self) -> None:
        super().__init__("The transfer changed meanwhile. Look at it again, then go on.")


def draft(runtime: HasClock, *, source_id: int, target_id: int, lines: Mapping[int, int], note: str = "") -> int:
    """Plan to move ``{variant id: pieces}``; nothing leaves yet. Returns the transfer's id."""
    if source_id == target_id:
        raise EntrepotError("Choose two different warehouses.")
    if not lines or min(lines.values()) < 1:
        raise EntrepotError("Enter at least one SKU with a number of pieces above zero.")
    with unit_of_work() as session:
        transfer = Transfer(
            source_id=source_id, target_id=target_id, note=note.strip()[:120], created_at=runtime.clock.now()
        )
        session.add(transfer)
        session.flush()
        session.add_all(
            TransferLine(transfer_id=transfer.id, variant_id=variant_id, quantity=pieces)
            for variant_id, pieces in lines.items()
        )
        return transfer.id


def send(runtime: HasClock, transfer_id: int, *, actor: str) -> None:
    """The goods leave: from now on they are in transit and cannot be sold. Raises StockPromised, TransferMoved."""
    with unit_of_work() as session:
        transfer = _lock(session, transfer_id, "draft")
        leaving = [Change(line.variant_id, transfer.source_id, -line.quantity) for line in _lines(session, transfer_id)]
        transfer.state = "in_transit"
        transfer.sent_at = runtime.clock.now()
        _book(session, runtime, transfer, leaving, "transfer_out", actor)


def receive(runtime: HasClock, transfer_id: int, *, arrived: Mapping[int, int], seen: int, actor: str) -> None:
    """Goods arrive, all or a part. ``seen`` is how many had arrived before: sent twice, it is booked once."""
    with unit_of_work() as session:
        transfer = _lock(session, transfer_id, "in_transit")
        lines = _lines(session, transfer_id)
        if sum(line.received for line in lines) != seen:
            raise TransferMoved
        coming = []
        for line in lines:
            pieces = arrived.get(line.variant_id, 0)
            if not 0 <= pieces <= line.quantity - line.received:
                raise EntrepotError(
                    "{pieces} arrived, but {open} are on the way. Enter no more than that; book what is too much as "
                    "counted.",
                    pieces=pieces,
                    open=line.quantity - line.received,
                )
            line.received += pieces
            coming.append(Change(line.variant_id, transfer.target_id, pieces))
        _book(session, runtime, transfer, coming, "transfer_in", actor)
        if all(line.received == line.quantity for line in lines):
            _close(runtime, transfer)


def close(runtime: HasClock, transfer_id: int, *, reason: str, actor: str) -> None:
    """Nothing more will arrive: what is still on the way is written off, with the reason."""
    if not reason.strip():
        raise EntrepotError("Write down why pieces are missing, such as “broken on the way”.")
    with unit_of_work() as session:
        transfer = _lock(session, transfer_id, "in_transit")
        lost = []
        for line in _lines(session, transfer_id):
            line.missing = line.quantity - line.received
            line.reason = reason.strip()[:80] if line.missing else ""
            lost.append(Change(line.variant_id, transfer.target_id, line.missing))
        reference = f"transfer {transfer_id}: {reason.strip()}"
        write_off_in_transit(session, lost, reference=reference, actor=actor, at=runtime.clock.now())
        _close(runtime, transfer)


def cancel(runtime: HasClock, transfer_id: int) -> None:
    """Give up a draft."""
    with unit_of_work() as session:
        transfer = _lock(session, transfer_id, "draft")
        transfer.state = "cancelled"


def in_transit(variant_ids: Sequence[int]) -> dict[int, int]:
    """Pieces on their way between warehouses, by variant."""
    rows = reader().execute(
        select(TransferLine.variant_id, func.sum(TransferLine.quantity - TransferLine.received))
        .join(Transfer, Transfer.id == TransferLine.transfer_id)
        .where(Transfer.state == "in_transit", TransferLine.variant_id.in_(variant_ids))
        .group_by(TransferLine.variant_id)
    )
    return {variant_id: int(pieces) for variant_id, pieces in rows}


def _lock(session: Session, transfer_id: int, state: str) -> Transfer:
    transfer = session.get(Transfer, transfer_id, with_for_update=True, populate_existing=True)
    if transfer is None or transfer.state != state:
        raise TransferMoved
    return transfer


def _lines(session: Session, transfer_id: int) -> Sequence[TransferLine]:
    query = select(TransferLine).where(TransferLine.transfer_id == transfer_id).order_by(TransferLine.variant_id)
    return session.scalars(query.execution_options(populate_existing=True)).all()


def _book(
    session: Session, runtime: HasClock, transfer: Transfer, changes: Sequence[Change], kind: str, actor: str
) -> None:
    book(session, changes, kind=kind, reference=f"transfer {transfer.id}", actor=actor, at=runtime.clock.now())


def _close(runtime: HasClock, transfer: Transfer) -> None:
    transfer.state = "received"
    transfer.received_at = runtime.clock.now()
