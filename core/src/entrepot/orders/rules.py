"""Statuses and allowed actions: projections of the payment and fulfilment states. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

STATUSES = ("to_pay", "to_ship", "shipped", "delivered", "completed", "cancelled")
#: The order's side of all its returns together; the returns slice says which one holds.
RETURN_STATES = ("none", "requested", "approved", "received", "partially_settled", "settled", "rejected")
_COVERED = frozenset({"authorized", "paid", "part_refunded", "refunded"})


@dataclass(frozen=True)
class OrderState:
    """The states beneath the buyer's status."""

    payment: str
    fulfilment: str
    cancelled: bool = False
    completed: bool = False


def status(state: OrderState) -> str:
    """One of the six statuses that the buyer sees."""
    if state.cancelled:
        return "cancelled"
    if state.completed:
        return "completed"
    if state.fulfilment in ("shipped", "delivered"):
        return state.fulfilment
    return "to_ship" if state.payment in _COVERED or state.fulfilment == "part_shipped" else "to_pay"


def fulfilment_state(lines: Iterable[Sequence[int]], parcels_delivered: Iterable[bool]) -> str:
    """unfulfilled, part_shipped, shipped or delivered, from (quantity, shipped, cancelled) per line and the parcels."""
    known = list(lines)
    shipped = sum(line[1] for line in known)
    if not shipped:
        return "unfulfilled"
    if shipped < sum(quantity - cancelled for quantity, _, cancelled in known):
        return "part_shipped"
    delivered = list(parcels_delivered)
    return "delivered" if delivered and all(delivered) else "shipped"


def allowed_actions(state: OrderState, *, refundable: int, can_capture: bool, can_confirm: bool) -> list[str]:
    """What staff may do now, the likely next step first. Amounts are minor units."""
    if state.cancelled:
        return ["refund"] if refundable else []
    actions = []
    if status(state) == "to_pay":
        actions += ["confirm_payment"] if can_confirm else []
    if can_capture:
        actions.append("capture")
    if status(state) == "to_ship":
        actions.append("ship")
    if state.fulfilment in ("part_shipped", "shipped") and not state.completed:
        actions.append("deliver")
    if state.fulfilment == "delivered" and not state.completed:
        actions.append("complete")
    if refundable:
        actions.append("refund")
    if state.fulfilment == "unfulfilled":
        actions.append("cancel")
    return actions


def folded_email(written: str) -> str:
    """How an order keeps its buyer's address, so that it is found however the address is written later."""
    return written.strip().lower()
