"""Taking a whole batch back: the orders that nobody touched since are cancelled, the others are named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from entrepot.catalog.importing import runs
from entrepot.catalog.importing.failures import ImportRefused
from entrepot.engine.runtime import Runtime
from entrepot.order_import import queries
from entrepot.order_import.importer import KIND
from entrepot.order_import.models import ImportedOrder
from entrepot.order_import.rules import reason_to_leave
from entrepot.orders import service as orders
from entrepot.storage.session import release_reader, unit_of_work

#: Name of the queued job that takes a batch back.
UNDO = "core.undo-import"


@dataclass(frozen=True)
class Undone:
    """``cancelled`` are order numbers; ``left`` are (order number, why it stays)."""

    cancelled: tuple[str, ...]
    left: tuple[tuple[str, str], ...]


def undo(runtime: Runtime, import_id: int, *, actor: str) -> Undone:
    """Cancel every order of the import that nobody touched since; its reference may then be imported again.

    May be repeated: it goes on where it stopped. Raises ImportRefused where there is no such import of orders.
    """
    run = runs.find(import_id)
    if run is None or run.kind != KIND:
        raise ImportRefused(f"There is no import of orders with the number {import_id}. Look it up among the imports.")
    numbers = queries.open_numbers(import_id)
    release_reader()
    reasons = {number: _undo_one(runtime, number, run.file_name, actor) for number in numbers}
    with unit_of_work() as session:
        runs.note_undone(session, import_id, at=runtime.clock.now())
    left = tuple((number, why) for number, why in reasons.items() if why)
    return Undone(tuple(number for number, why in reasons.items() if not why), left)


def undo_queued(runtime: Runtime, payload: Mapping[str, Any]) -> None:
    """The queue's task."""
    undo(runtime, int(payload["import"]), actor=str(payload["actor"]))


def _undo_one(runtime: Runtime, number: str, file_name: str, actor: str) -> str:
    """Cancel the order; or why it stays."""
    with unit_of_work() as session:
        order = orders.lock(session, number)
        row = session.scalars(select(ImportedOrder).where(ImportedOrder.order_id == order.id)).one()
        why = reason_to_leave(
            is_cancelled=order.cancelled_at is not None,
            has_left=order.fulfilment_state != "unfulfilled",
            later=queries.touches(session, order.id, row.last_event_id),
        )
        if why:
            return why
        orders.close(session, runtime, order, f"The import {file_name} was taken back", actor)
        order.external_id, order.idempotency_key = None, f"undone:{order.id}"
        row.undone_at = runtime.clock.now()
    return ""
