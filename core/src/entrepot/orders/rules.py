"""The machines beneath the six statuses, the projection to them, and the actions they allow. Pure.

Each machine is a table: state → the states that may follow it. Every one of them is a projection of rows (payment
attempts, lines and parcels, returns), so news may skip states that nobody saw; what a table leaves out never happens.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

STATUSES = ("to_pay", "to_ship", "shipped", "delivered", "completed", "cancelled")
#: In these an order can be edited, as far as its lines have not left.
EDITABLE = frozenset({"to_pay", "to_ship", "shipped"})
#: Money: what was taken or is reserved, against what is charged. An edit that raises the total leads back to part_paid.
PAYMENT_STEPS: dict[str, frozenset[str]] = {
    "unpaid": frozenset({"part_authorized", "authorized", "part_paid", "paid", "paid_late"}),
    #: What was given back before shows again once the reservation is taken or released.
    "part_authorized": frozenset(
        {"unpaid", "authorized", "part_paid", "paid", "part_refunded", "refunded", "paid_late"}
    ),
    "authorized": frozenset(
        {"unpaid", "part_authorized", "part_paid", "paid", "part_refunded", "refunded", "paid_late"}
    ),
    "part_paid": frozenset(
        {"unpaid", "part_authorized", "authorized", "paid", "part_refunded", "refunded", "paid_late"}
    ),
    "paid": frozenset({"authorized", "part_paid", "part_refunded", "refunded", "paid_late"}),
    "part_refunded": frozenset({"authorized", "part_paid", "refunded", "paid_late"}),
    "refunded": frozenset({"authorized", "part_paid", "part_refunded", "paid_late"}),
    #: Money for a cancelled order: taken up again it is paid, given back it is refunded.
    "paid_late": frozenset({"authorized", "part_paid", "paid", "part_refunded", "refunded"}),
}
#: Goods. An edit that adds to a shipped order leads back to part_shipped.
FULFILMENT_STEPS: dict[str, frozenset[str]] = {
    "unfulfilled": frozenset({"part_shipped", "shipped"}),
    "part_shipped": frozenset({"shipped", "delivered"}),
    "shipped": frozenset({"delivered", "part_shipped"}),
    "delivered": frozenset({"part_shipped"}),
}
#: All returns of the order together; the returns slice says which one holds. After an end another return may begin.
RETURN_STEPS: dict[str, frozenset[str]] = {
    "none": frozenset({"requested", "approved", "received"}),
    "requested": frozenset({"none", "approved", "received", "rejected"}),
    "approved": frozenset({"none", "requested", "received", "rejected"}),
    "received": frozenset({"requested", "approved", "partially_settled", "settled", "rejected"}),
    "partially_settled": frozenset({"requested", "approved", "received", "settled"}),
    "settled": frozenset({"requested", "approved", "received", "partially_settled"}),
    "rejected": frozenset({"requested", "approved", "received"}),
}
#: While a return is on its way an order is not complete.
RETURN_IS_OPEN = ("requested", "approved", "received", "partially_settled")
PAYMENT_STATES = tuple(PAYMENT_STEPS)
FULFILMENT_STATES = tuple(FULFILMENT_STEPS)
RETURN_STATES = tuple(RETURN_STEPS)
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
        return [*(["take_up"] if state.payment == "paid_late" else []), *(["refund"] if refundable else [])]
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
    if state.fulfilment in ("unfulfilled", "part_shipped") and not state.completed:
        actions.append("reallocate")
    if state.fulfilment == "unfulfilled":
        actions.append("cancel")
    return actions
