"""Stock corrected by hand: goods in, goods back, goods broken, goods counted."""

from __future__ import annotations

from sqlalchemy import select

from entrepot.inventory.models import StockLevel
from entrepot.inventory.stock import Cost, move
from entrepot.kernel.clock import HasClock
from entrepot.sdk.errors import EntrepotError
from entrepot.storage.session import unit_of_work

#: What staff may book, with the sign of its pieces; "adjusted" gives the number counted instead.
BY_HAND: dict[str, int] = {"received": 1, "adjusted": 0, "damaged": -1, "returned": 1}


class StockMovedMeanwhile(EntrepotError):
    """The stock is not what the person who corrects it was shown."""

    def __init__(self, seen: int, now: int) -> None:
        super().__init__(
            "The stock changed while you were typing: it was {seen}, now it is {now}. Check it, then send again.",
            seen=seen,
            now=now,
        )


def adjust(
    runtime: HasClock,
    *,
    variant_id: int,
    warehouse_id: int,
    kind: str,
    pieces: int,
    reason: str,
    seen: int,
    actor: str,
    cost: Cost | None = None,
) -> None:
    """Book one movement by hand. ``seen`` is the stock that the form showed: sent twice, it is booked once.

    ``cost`` is what received pieces cost, for the valuation; other kinds have none.

    Raises StockMovedMeanwhile, StockPromised, EntrepotError.
    """
    if kind not in BY_HAND:
        raise EntrepotError("Choose what happened: received, counted, damaged or came back.")
    if pieces < 0 or (pieces == 0 and kind != "adjusted"):
        raise EntrepotError("Enter a number of pieces above zero; what happened gives the sign.")
    if not reason.strip():
        raise EntrepotError("Write down the reason, such as “delivery 4711” or “count of March”.")
    if cost is not None and (kind != "received" or min(cost.goods, cost.landing) < 0):
        raise EntrepotError("Only received goods have a cost, and it is not below zero. Leave it empty otherwise.")
    with unit_of_work() as session:
        key = (StockLevel.variant_id == variant_id, StockLevel.warehouse_id == warehouse_id)
        now = session.execute(select(StockLevel.on_hand).where(*key).with_for_update()).scalar() or 0
        if now != seen:
            raise StockMovedMeanwhile(seen, now)
        difference = pieces - now if kind == "adjusted" else BY_HAND[kind] * pieces
        move(
            session,
            variant_id=variant_id,
            warehouse_id=warehouse_id,
            kind=kind,
            quantity=difference,
            reference=reason.strip(),
            actor=actor,
            at=runtime.clock.now(),
            cost=cost,
        )
