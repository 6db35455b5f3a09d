"""What news about a payment may change. Pure: the same news twice changes nothing, stale news changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from entrepot.kernel.money import Money
from entrepot.sdk.payments import Outcome, PaymentResult, RefundResult

#: How far a payment has come; news from further back is stale.
_PROGRESS = {"created": 0, "unknown": 1, "pending": 2, "authorized": 3, "captured": 4}
_FAILED = frozenset({"declined", "cancelled", "expired"})
_OPEN = frozenset({"created", "unknown", "pending"})
#: What the poll asks about: an authorization may run out, and the answer to its capture or release may be lost.
_WATCHED = _OPEN | {"authorized"}


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

    @property
    def refundable(self) -> Money:
        return self.captured - self.refunded

    @property
    def is_open(self) -> bool:
        """Whether more news is expected."""
        return self.state in _OPEN

    @property
    def is_watched(self) -> bool:
        """Whether the provider may know more than we do."""
        return self.state in _WATCHED


def after(before: AttemptState, result: PaymentResult) -> AttemptState:
    """The attempt once ``result`` is known. Amounts that differ from what was asked never count as paid."""
    if result.outcome is Outcome.UNKNOWN:
        return replace(before, state="unknown") if before.state == "created" else before
    problem = _amount_problem(before, result)
    if problem:
        return replace(before, attention=problem)
    if result.outcome.value in _FAILED:
        return _failed(before, result)
    return _forward(before, result)


def after_partial_capture(before: AttemptState, result: PaymentResult) -> AttemptState:
    """The attempt once less than was authorized is taken, as we asked; the rest was released. Repeated: no change."""
    if before.state == "captured":
        return before
    fee = result.fee if result.fee and result.fee.currency == before.amount.currency else before.fee
    return replace(before, state="captured", captured=result.amount, fee=fee, attention="", message="")


def after_manual(before: AttemptState, received: Money) -> AttemptState:
    """Staff saw ``received`` on the bank statement; it may be less or more than asked and adds to what came before."""
    captured = before.captured + received
    attention = "" if captured == before.amount else f"Received {captured} of {before.amount}."
    return replace(before, state="captured", captured=captured, attention=attention, message="")


def after_refund(before: AttemptState, result: RefundResult) -> AttemptState:
    """The attempt once a refund has left."""
    return replace(before, refunded=before.refunded + result.amount)


def _amount_problem(before: AttemptState, result: PaymentResult) -> str:
    if result.outcome not in (Outcome.AUTHORIZED, Outcome.CAPTURED) or result.amount == before.amount:
        return ""
    if before.state == "captured":
        return before.attention
    return (
        f"The provider reports {result.amount}, asked for was {before.amount}. "
        "Compare with the provider's own list, then confirm or refund by hand."
    )


def _failed(before: AttemptState, result: PaymentResult) -> AttemptState:
    if before.state == "captured" or before.state in _FAILED:
        return before  # money that was taken is given back by a refund, never by a late "declined"
    return replace(before, state=result.outcome.value, message=result.message)


def _forward(before: AttemptState, result: PaymentResult) -> AttemptState:
    state = result.outcome.value
    if before.state not in _FAILED and _PROGRESS[state] <= _PROGRESS[before.state]:
        return before
    if before.state in _FAILED and result.outcome is not Outcome.CAPTURED:
        return before  # only money itself revives an attempt that had ended
    if result.outcome is not Outcome.CAPTURED:
        return replace(before, state=state, message=result.message)
    fee = result.fee if result.fee and result.fee.currency == before.amount.currency else before.fee
    return replace(before, state=state, captured=before.amount, fee=fee, message="", attention="")


def payment_state(charged: Money, attempts: Iterable[AttemptState]) -> str:
    """The order's side of all its attempts, one of ``orders.rules.PAYMENT_STATES``, against what is charged in all."""
    known = list(attempts)
    captured = sum(attempt.captured.minor for attempt in known)
    refunded = sum(attempt.refunded.minor for attempt in known)
    if captured >= charged.minor and refunded:
        return "refunded" if refunded >= captured else "part_refunded"
    if captured >= charged.minor:
        return "paid"
    reserved = sum(attempt.amount.minor for attempt in known if attempt.state == "authorized")
    if captured + reserved >= charged.minor:
        return "authorized"
    if refunded and refunded >= captured:
        return "refunded"
    return "part_paid" if captured or reserved else "unpaid"


def overpaid(charged: Money, attempts: Sequence[AttemptState]) -> Money:
    """What was taken beyond what is charged; zero when there is none."""
    taken = sum(attempt.captured.minor for attempt in attempts)
    return Money(max(taken - charged.minor, 0), charged.currency)


class Covering(Protocol):
    """An attempt, as far as it covers what is charged."""

    @property
    def state(self) -> str: ...
    @property
    def amount(self) -> Money: ...
    @property
    def captured(self) -> Money: ...


def owing(charged: Money, attempts: Iterable[Covering]) -> Money:
    """What nobody has paid yet and nothing that is reserved will pay; zero when there is none."""
    covered = sum((each.amount if each.state == "authorized" else each.captured).minor for each in attempts)
    return Money(max(charged.minor - covered, 0), charged.currency)


def next_check(state: str, created_at: datetime, now: datetime) -> datetime | None:
    """When to ask the provider again: soon at first, ever rarer, and not after a week."""
    age = now - created_at
    if state not in _WATCHED or age > timedelta(days=7):
        return None
    return now + min(max(age / 2, timedelta(seconds=30)), timedelta(hours=6))
