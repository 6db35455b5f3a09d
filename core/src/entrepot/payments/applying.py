"""The one way in: whatever is learnt about a payment changes it here and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy.orm import Session

from entrepot.engine.runtime import Runtime
from entrepot.kernel.money import Money
from entrepot.ledger import service as ledger
from entrepot.payments import refunds, rows, rules
from entrepot.payments.models import PaymentAttempt
from entrepot.payments.ports import Late, PayableOrder, orders
from entrepot.sdk.facts import PaymentAuthorized, PaymentCameLate, PaymentCaptured, PaymentDeclined
from entrepot.sdk.payments import PaymentResult
from entrepot.storage.outbox import record
from entrepot.storage.session import unit_of_work

#: What staff read: money that was taken, and money that is only reserved.
_LATE = {
    False: "Paid after the order was cancelled. Take the order up again, or refund it.",
    True: "Reserved after the order was cancelled. Take the order up again, or release it.",
}


def apply(
    runtime: Runtime,
    attempt_id: str,
    result: PaymentResult,
    *,
    actor: str,
    trust: rules.Trust = rules.Trust.ANSWERED,
) -> PaymentAttempt:
    """The only way a payment changes state. Locks, checks amount and currency, is idempotent, appends facts."""
    with unit_of_work() as session:
        row, order = locked(session, attempt_id)
        learn(session, runtime, row, order, result, actor=actor, trust=trust)
        return row


def learn(
    session: Session,
    runtime: Runtime,
    row: PaymentAttempt,
    order: PayableOrder,
    result: PaymentResult,
    *,
    actor: str,
    trust: rules.Trust = rules.Trust.ANSWERED,
    is_first: bool = False,
) -> None:
    """What ``apply`` does once it holds the attempt and its order, for who holds them already.

    ``is_first``: the order is so new that it has no other attempt.
    """
    _take_details(row, result)
    attempts = [row] if is_first else None
    advance(session, runtime, row, order, rules.after(rows.state_of(row), result, trust), actor, attempts)


def locked(session: Session, attempt_id: str) -> tuple[PaymentAttempt, PayableOrder]:
    """Order first, then its attempts: always in this order, so that two writers never wait for each other."""
    order = orders().lock(session, rows.attempt(session, attempt_id).order_id)
    found = {row.id: row for row in rows.attempts_of(session, order.id)}
    return found[attempt_id], order


def _take_details(row: PaymentAttempt, result: PaymentResult) -> None:
    """What the buyer needs to go on; the first reference stays."""
    row.reference = row.reference or result.reference or None
    row.redirect_url = result.redirect_url or row.redirect_url
    if result.instructions:
        row.instructions = [asdict(instruction) for instruction in result.instructions]


def advance(
    session: Session,
    runtime: Runtime,
    row: PaymentAttempt,
    order: PayableOrder,
    after: rules.AttemptState,
    actor: str,
    attempts_held: Sequence[PaymentAttempt] | None = None,
) -> None:
    """Store the attempt's new state with everything that follows: ledger, timeline, facts, the order's own state.

    ``attempts_held`` are all of the order, where the caller holds them already.
    """
    before = rows.state_of(row)
    now = runtime.clock.now()
    row.next_check_at = rules.next_check(after.state, row.created_at, now)
    if after == before:
        return
    rows.store(row, after)
    row.updated_at = now
    taken = after.captured - before.captured
    if not taken.is_zero:
        _book_capture(session, runtime, row, taken, after.fee - before.fee)
    attempts = [rows.state_of(other) for other in attempts_held or rows.attempts_of(session, order.id)]
    state = rules.payment_state(order.charged, attempts)
    too_much = rules.overpaid(order.charged, attempts)
    if not taken.is_zero and not too_much.is_zero:
        row.attention = row.attention or f"Paid too much by {too_much}. Refund the difference."
    orders().note(session, runtime, order.id, actor, f"payment_{after.state}", **_note(before, after, row))
    if order.cancelled and (after.state == "authorized" or not taken.is_zero):
        order, state = _came_late(session, runtime, row, order, after, state)
    _facts(session, runtime, row, order, before, after, state)
    if state != order.payment_state:
        orders().payment_changed(session, runtime, order.id, state)


def _came_late(
    session: Session, runtime: Runtime, row: PaymentAttempt, order: PayableOrder, after: rules.AttemptState, state: str
) -> tuple[PayableOrder, str]:
    """The order taken up again with its state, or ``paid_late`` with the money on its way back or waiting for staff."""
    untouched = all(rows.state_of(other).refunded.is_zero for other in rows.attempts_of(session, order.id))
    verdict = orders().came_late(
        session, runtime, order.id, covered=state in ("paid", "authorized"), untouched=untouched
    )
    if verdict is Late.TAKEN_UP:
        return orders().get(session, order.id), state
    if verdict is Late.ASK:
        row.attention = _LATE[after.state == "authorized"]
    elif after.state == "authorized":
        row.next_check_at = runtime.clock.now()  # the follow-up releases it: no provider is asked in a transaction
    else:
        left = after.refundable - Money(refunds.pending_amount(session, row.id), row.currency)
        key = f"late-{row.id}-{after.captured.minor}"
        refunds.intend(runtime, row.id, left, "Paid after the order was cancelled", "system", key)
    return order, "paid_late"


def _note(before: rules.AttemptState, after: rules.AttemptState, row: PaymentAttempt) -> dict[str, str]:
    taken = after.captured - before.captured
    amount = taken if not taken.is_zero else after.reserved if after.state == "authorized" else after.amount
    details = {"method": row.label, "amount": str(amount), "message": after.message, "attention": after.attention}
    return {key: value for key, value in details.items() if value}


def _facts(
    session: Session,
    runtime: Runtime,
    row: PaymentAttempt,
    order: PayableOrder,
    before: rules.AttemptState,
    after: rules.AttemptState,
    state: str,
) -> None:
    taken = after.captured - before.captured
    common = {"order_number": order.number, "attempt_id": row.id}
    if not taken.is_zero and order.cancelled:
        record(session, runtime.clock, PaymentCameLate, **common, amount=taken)
    elif not taken.is_zero:
        record(session, runtime.clock, PaymentCaptured, **common, amount=taken, paid_in_full=state == "paid")
    elif after.state == before.state:
        return
    elif after.state == "authorized":
        record(session, runtime.clock, PaymentAuthorized, **common, amount=after.reserved)
    elif after.state in ("declined", "cancelled", "expired"):
        record(session, runtime.clock, PaymentDeclined, **common, reason=after.message or after.state)


def _book_capture(session: Session, runtime: Runtime, row: PaymentAttempt, taken: Money, fee: Money) -> None:
    ledger.book(
        session,
        order_id=row.order_id,
        kind="capture",
        source=f"capture {row.id} {row.captured}",
        at=runtime.clock.now(),
        postings=[(rows.ledger_account(row.account_id), taken - fee), ("fees", fee), ("receivable", -taken)],
    )
