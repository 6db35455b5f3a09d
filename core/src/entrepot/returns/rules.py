"""When goods may come back, and which step of a return follows which. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from entrepot.policies.rules import Policy

#: Where buyers may withdraw from a distance contract: Directive 2011/83/EU, Art. 9.
WITHDRAWAL_COUNTRIES = frozenset(
    [
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE",
        "IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
    ]
)  # fmt: skip
RESOLUTIONS = ("refund", "exchange", "store_credit", "repair", "reject")
#: The goods stay with us: the sale is taken back, and they go into stock by their grade.
TAKEN_BACK = frozenset({"refund", "exchange", "store_credit"})
#: The goods go back to the buyer, and why; each has a kind of order that costs nothing.
SENT_BACK: Mapping[str, str] = {"repair": "repair", "reject": "resend"}
#: What a buyer may wish for; the answer is the inspection's.
WISHES = ("refund", "exchange", "store_credit", "repair")
#: What inspection finds; only "sellable" goes back on the shelf.
GRADES = ("sellable", "used", "damaged")
#: Returns in these states hold their pieces no more.
CLOSED_WITHOUT = frozenset({"declined"})


@dataclass(frozen=True)
class Window:
    """Until when; both are None while nothing was delivered, and the time has not begun to run."""

    returns_until: datetime | None
    withdrawal_until: datetime | None
    #: Whether the law of the buyer's country knows the withdrawal.
    withdrawal: bool

    def allows(self, now: datetime, *, withdrawal: bool) -> bool:
        """Whether a request made now is in time."""
        if withdrawal:
            return self.withdrawal and (self.withdrawal_until is None or now <= self.withdrawal_until)
        return self.returns_until is None or now <= self.returns_until


def window(policy: Policy, country: str, deliveries: Iterable[datetime | None]) -> Window:
    """Counted from the last parcel's delivery; a parcel on its way keeps the window open."""
    known = list(deliveries)
    last = None if not known or None in known else max(at for at in known if at is not None)
    withdrawal = country in WITHDRAWAL_COUNTRIES
    return Window(
        last + timedelta(days=policy.days) if last else None,
        last + timedelta(days=policy.withdrawal_days) if last and withdrawal else None,
        withdrawal,
    )


def most_kept(policy: Policy, grade: str) -> Decimal:
    """The highest percentage that may be kept of goods of this grade: what comes back as new costs what was promised;
    what was used or damaged has lost what inspection says."""
    return policy.fee_percent if grade == "sellable" else Decimal(100)


def return_state(shipped: int, lines: Iterable[tuple[str, int]]) -> str:
    """One of ``orders.rules.RETURN_STATES`` for all returns of an order, given as (state, pieces) per line.

    The least advanced return says what is to be done; once all are settled, the pieces say whether all came back.
    """
    known = list(lines)
    states = {"received" if state == "settling" else state for state, _ in known}
    for state in ("requested", "approved", "received"):
        if state in states:
            return state
    back = sum(quantity for state, quantity in known if state == "settled")
    if back:
        return "settled" if back >= shipped else "partially_settled"
    return "rejected" if states else "none"


def allowed_actions(state: str) -> tuple[str, ...]:
    """What staff may do now, the likely next step first."""
    return {
        "requested": ("approve", "decline"),
        "approved": ("receive", "decline"),
        "received": ("settle",),
        "settling": ("finish",),
    }.get(state, ())
