"""What news about a payment may change. Pure: the same news twice changes nothing, stale news changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Protocol

from entrepot.kernel.money import Money
from entrepot.sdk.payments import Outcome, PaymentResult, RefundResult

#: How far a payment has come; news from further back is stale.
_PROGRESS = {"created": 0, "unknown": 1, "pending": 2, "authorized": 3, "captured": 4}
_FAILED = frozenset({"declined", "cancelled", "expired"})
_OPEN = frozenset({"created", "unknown", "pending"})
#: What the poll asks about: an authorization may run out, and the answer to its capture or release may be lost.
_WATCHED = _OPEN | {"authorized"}


class Trust(IntEnum):
    """How much a provider is believed that speaks of another amount than it was asked for."""

    TOLD = 0  # nobody asked, it is a webhook's news: nothing
    ANSWERED = 1  # we asked: what it reserved
    PARTS = 2  # we asked, and it can take parts (``multicapture``): also what it took of that by itself


@dataclass(frozen=True)
class AttemptState:
    """The part of an attempt that news can change."""

    state: str
    amount: Money
    captured: Money
    refunded: Money
    fee: Money
    attention: str = ""
    message: str = ""
    #: What the provider reserved, where that is not the amount it was asked for.
    authorized: Money | None = None
    #: What is taken in all once the captures that we asked for are done.
    capture_asked: Money | None = None
    #: What buyers' banks took back of it.
    disputed: Money | None = None

    @property
    def reserved(self) -> Money:
        """What the provider reserved in all, or will when it does as it was asked."""
        return self.authorized or self.amount

    @property
    def capturable(self) -> Money:
        """What is reserved and not taken yet."""
        return capturable(self.state, self.reserved, self.captured)

    @property
    def refundable(self) -> Money:
        return refundable(self.captured, self.refunded, self.disputed)

    @property
    def is_open(self) -> bool:
        """Whether more news is expected."""
        return self.state in _OPEN

    @property
    def is_watched(self) -> bool:
        """Whether the provider may know more than we do."""
        return self.state in _WATCHED


def after(before: AttemptState, result: PaymentResult, trust: Trust = Trust.ANSWERED) -> AttemptState:
    """The attempt once ``result`` is known.

    Money counts as paid where it is the whole amount or what a capture of ours asked for, whoever says so. A part that
    was taken at the provider's own site is real money too, but a webhook that says so may as well be wrong, and a
    provider that knows no parts cannot have taken one: so a part counts only once a provider that takes parts has
    answered with it when it was asked. All else asks for a person and changes nothing.
    """
    if result.outcome is Outcome.UNKNOWN:
        return replace(before, state="unknown") if before.state == "created" else before
    problem = _amount_problem(before, result, trust)
    if problem:
        return replace(before, attention=problem)
    if result.outcome.value in _FAILED:
        return _failed(before, result)
    return _forward(before, result)


def refundable(captured: Money, refunded: Money, disputed: Money | None) -> Money:
    """What can still be given back: never what the buyer's bank took already."""
    none = Money.zero(captured.currency)
    return max(captured - refunded - (disputed or none), none)


def capturable(state: str, reserved: Money, captured: Money) -> Money:
    """What can still be taken of an attempt in this state."""
    return reserved - captured if state == "authorized" else Money.zero(reserved.currency)


def is_doubted(before: AttemptState, result: PaymentResult) -> bool:
    """Whether webhook news of this amount is not believed before the provider was asked."""
    return bool(_amount_problem(before, result, Trust.TOLD))


def after_manual(before: AttemptState, received: Money) -> AttemptState:
    """Staff saw ``received`` on the bank statement; it may be less or more than asked and adds to what came before."""
    captured = before.captured + received
    attention = "" if captured == before.amount else f"Received {captured} of {before.amount}."
    return replace(before, state="captured", captured=captured, attention=attention, message="")


def after_refund(before: AttemptState, result: RefundResult) -> AttemptState:
    """The attempt once a refund has left."""
    return replace(before, refunded=before.refunded + result.amount)


def _amount_problem(before: AttemptState, result: PaymentResult, trust: Trust) -> str:
    """Why the amount cannot be believed; empty where it can."""
    if result.outcome not in (Outcome.AUTHORIZED, Outcome.CAPTURED) or _is_plausible(before, result, trust):
        return ""
    reported = f"{result.amount}, taken {result.captured}" if result.captured else str(result.amount)
    return (
        f"The provider reports {reported}, asked for was {before.amount}. "
        "Compare with the provider's own list, then confirm or refund by hand."
    )


def _is_plausible(before: AttemptState, result: PaymentResult, trust: Trust) -> bool:
    taken = result.captured or Money.zero(result.amount.currency)
    if {result.amount.currency, taken.currency} != {before.amount.currency}:
        return False
    if result.outcome is Outcome.CAPTURED:
        return _is_taken(before, result.amount, trust)
    if before.state == "captured":
        return True  # older news: nothing is reserved any more
    return _is_reserved(before, result.amount, trust) and _is_taken_so_far(before, result.amount, taken, trust)


def _is_taken(before: AttemptState, taken: Money, trust: Trust) -> bool:
    """The end: all that is asked for, all that we captured, or what a provider that takes parts answers."""
    if before.state == "captured":
        return taken == before.captured
    if taken in (before.amount, before.capture_asked):
        return True
    is_part = before.state == "authorized" and taken.minor > 0 and before.captured <= taken <= before.reserved
    return is_part and trust is Trust.PARTS


def _is_reserved(before: AttemptState, reserved: Money, trust: Trust) -> bool:
    """Less or more may be reserved than was asked for, where the provider says so when it is asked."""
    is_known = before.state == "authorized" and reserved <= before.reserved
    return reserved.minor > 0 and (reserved == before.amount or is_known or trust >= Trust.ANSWERED)


def _is_taken_so_far(before: AttemptState, reserved: Money, taken: Money, trust: Trust) -> bool:
    """While the rest stays reserved: what is booked, what we captured, or what a provider that takes parts answers."""
    if taken <= before.captured or taken == before.capture_asked:
        return True
    in_all = max(reserved, before.reserved) if before.state == "authorized" else reserved
    return taken <= in_all and trust is Trust.PARTS


def _failed(before: AttemptState, result: PaymentResult) -> AttemptState:
    if before.state == "captured" or before.state in _FAILED:
        return before  # money that was taken is given back by a refund, never by a late "declined"
    if before.captured.minor:
        return replace(before, state="captured", message=result.message)  # only the rest is released
    return replace(before, state=result.outcome.value, message=result.message)


def _forward(before: AttemptState, result: PaymentResult) -> AttemptState:
    state = result.outcome.value
    if before.state == state == "authorized":
        return _reserved(before, result)
    if before.state not in _FAILED and _PROGRESS[state] <= _PROGRESS[before.state]:
        return before
    if before.state in _FAILED and result.outcome is not Outcome.CAPTURED:
        return before  # only money itself revives an attempt that had ended
    if result.outcome is Outcome.CAPTURED:
        return replace(_captured(before, result), attention=_taken_otherwise(before, result))
    if result.outcome is Outcome.AUTHORIZED:
        return _reserved(before, result)
    return replace(before, state=state, message=result.message)


def _reserved(before: AttemptState, result: PaymentResult) -> AttemptState:
    """What is reserved and what is taken of it only grow: news of less is older."""
    known = before.reserved if before.state == "authorized" else result.amount
    reserved = max(known, result.amount)
    captured = max(before.captured, result.captured or before.captured)
    if before.state == "authorized" and (reserved, captured) == (before.reserved, before.captured):
        return before
    differs = reserved != before.amount
    attention = f"Reserved is {reserved}, asked for was {before.amount}." if differs else ""
    return replace(
        before,
        state="captured" if captured == reserved else "authorized",
        authorized=reserved if differs else None,
        captured=captured,
        fee=_fee(before, result),
        message=result.message,
        attention=attention,
    )


def _captured(before: AttemptState, result: PaymentResult) -> AttemptState:
    fee = _fee(before, result)
    return replace(before, state="captured", captured=result.amount, fee=fee, message="", attention="")


def _taken_otherwise(before: AttemptState, result: PaymentResult) -> str:
    """What a person must look at where the provider took something else than it was asked for by itself."""
    if result.amount in (before.amount, before.capture_asked):
        return ""
    return f"Taken is {result.amount}, asked for was {before.amount}. Compare with the provider's own list."


def _fee(before: AttemptState, result: PaymentResult) -> Money:
    return result.fee if result.fee and result.fee.currency == before.amount.currency else before.fee


def payment_state(charged: Money, attempts: Iterable[AttemptState]) -> str:
    """The order's side of all its attempts, one of ``orders.rules.PAYMENT_STATES``, against what is charged in all."""
    known = list(attempts)
    captured = sum(attempt.captured.minor for attempt in known)
    refunded = sum(attempt.refunded.minor for attempt in known)
    if captured >= charged.minor and refunded:
        return "refunded" if refunded >= captured else "part_refunded"
    if captured >= charged.minor:
        return "paid"
    reserved = sum(attempt.capturable.minor for attempt in known)
    if captured + reserved >= charged.minor:
        return "authorized"
    if refunded and refunded >= captured:
        return "refunded"
    if captured:
        return "part_paid"
    return "part_authorized" if reserved else "unpaid"


def overpaid(charged: Money, attempts: Sequence[AttemptState]) -> Money:
    """What was taken beyond what is charged; zero when there is none."""
    taken = sum(attempt.captured.minor for attempt in attempts)
    return Money(max(taken - charged.minor, 0), charged.currency)


class Covering(Protocol):
    """An attempt, as far as it covers what is charged."""

    @property
    def captured(self) -> Money: ...
    @property
    def capturable(self) -> Money: ...


def owing(charged: Money, attempts: Iterable[Covering]) -> Money:
    """What nobody has paid yet and nothing that is reserved will pay; zero when there is none."""
    covered = sum(each.captured.minor + each.capturable.minor for each in attempts)
    return Money(max(charged.minor - covered, 0), charged.currency)


def next_check(state: str, created_at: datetime, now: datetime) -> datetime | None:
    """When to ask the provider again: soon at first, ever rarer, and not after a week."""
    age = now - created_at
    if state not in _WATCHED or age > timedelta(days=7):
        return None
    return now + min(max(age / 2, timedelta(seconds=30)), timedelta(hours=6))
