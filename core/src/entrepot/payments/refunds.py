"""Giving money back, in the currency it was taken in, never more than is left."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from entrepot.credit import service as credit
from entrepot.credit import spending
from entrepot.credit.queries import sold_and_valid
from entrepot.credit.rules import ACCOUNTS as CREDIT_ACCOUNTS
from entrepot.engine.runtime import Runtime
from entrepot.kernel.ids import new_id
from entrepot.kernel.money import Money
from entrepot.ledger import service as ledger
from entrepot.payments import rows, rules
from entrepot.payments.errors import BacksGiftCards, KeyReused, PaymentError, RefundTooLarge
from entrepot.payments.models import PaymentAttempt, Refund
from entrepot.payments.ports import orders
from entrepot.payments.queries import payment
from entrepot.sdk.errors import ProviderError, ProviderUnavailable
from entrepot.sdk.facts import PaymentRefunded
from entrepot.sdk.payments import Outcome, RefundRequest, RefundResult
from entrepot.storage.outbox import record
from entrepot.storage.session import reader, unit_of_work

DEADLINE_S = 15.0
_STATES = {
    Outcome.CAPTURED: "done",
    Outcome.PENDING: "pending",
    Outcome.DECLINED: "declined",
    Outcome.CANCELLED: "declined",
    Outcome.EXPIRED: "declined",
}
_ON_ITS_WAY = ("created", "pending", "unknown")


def refund(
    runtime: Runtime, attempt_id: str, *, amount: Money, reason: str, actor: str, idempotency_key: str
) -> Refund:
    """Give back ``amount`` of a captured payment. The same key returns the same refund and pays once."""
    refund_id = intend(runtime, attempt_id, amount, reason, actor, idempotency_key)
    return send(runtime, refund_id)


def send(runtime: Runtime, refund_id: str) -> Refund:
    """Ask the provider for a recorded refund; safe to repeat until its state is final."""
    row = _refund(reader(), refund_id)
    if row.state not in ("created", "unknown"):
        return row
    attempt = rows.attempt(reader(), row.attempt_id)
    if row.into or attempt.account_id in rows.OWN_ACCOUNTS:
        here = RefundResult(Outcome.CAPTURED, "", Money(row.amount, row.currency))
        return apply(runtime, refund_id, here, actor=row.actor)
    request = RefundRequest(
        reference=attempt.reference or "",
        amount=Money(row.amount, row.currency),
        idempotency_key=row.idempotency_key,
        refundable=rows.state_of(attempt).refundable,
        reason=row.reason,
    )
    try:
        result = runtime.guard.call(
            attempt.account_id,
            "refund",
            lambda provider: payment(provider).refund(request),
            deadline_s=DEADLINE_S,
            idempotency_key=request.idempotency_key,
            returns=RefundResult,
        )
    except ProviderUnavailable as error:
        result = RefundResult(Outcome.UNKNOWN, "", request.amount, str(error))
    except ProviderError as error:
        result = RefundResult(Outcome.DECLINED, "", request.amount, str(error))
    return apply(runtime, refund_id, result, actor=row.actor)


def move(
    runtime: Runtime, attempt_id: str, *, amount: Money, into: str, reason: str, actor: str, idempotency_key: str
) -> None:
    """Count money of a payment as given back that goes elsewhere: ``into`` store_credit, exchange or bank.

    No provider is asked. Joins an open unit of work; the same key moves it once.
    """
    with unit_of_work() as session:
        refund_id = intend(runtime, attempt_id, amount, reason, actor, idempotency_key, into=into)
        session.flush()
        apply(runtime, refund_id, RefundResult(Outcome.CAPTURED, "", amount), actor=actor)


def apply(runtime: Runtime, refund_id: str, result: RefundResult, *, actor: str) -> Refund:
    """The only way a refund changes state; repeated news changes nothing."""
    with unit_of_work() as session:
        attempt = rows.attempt(session, _refund(session, refund_id).attempt_id)
        order = orders().lock(session, attempt.order_id)
        attempts = {row.id: row for row in rows.attempts_of(session, order.id)}
        row = _refund(session, refund_id)
        _take_reference(session, row, result.reference)
        if row.state in ("done", "declined"):
            return row
        row.state = _STATES.get(result.outcome, "unknown")
        row.message = result.message
        if result.amount != Money(row.amount, row.currency):
            row.state, row.message = "unknown", f"The provider reports {result.amount} instead. Check its own list."
        if row.state == "done":
            _money_left(session, runtime, attempts[attempt.id], row, actor)
        elif row.state != "created":
            orders().note(
                session, runtime, order.id, actor, f"refund_{row.state}", amount=str(result.amount), message=row.message
            )
        return row


def _take_reference(session: Session, row: Refund, reference: str) -> None:
    """Of equal refunds a webhook may have named the wrong one: a reference belongs to whom it was told of last."""
    if not reference or row.reference == reference:
        return
    for other in session.scalars(select(Refund).where(Refund.attempt_id == row.attempt_id)):
        if other.reference == reference:
            other.reference = ""
    row.reference = reference


def apply_by_reference(runtime: Runtime, attempt_id: str, result: RefundResult, *, actor: str) -> None:
    """News of a webhook about a refund. One that we did not start (made at the provider's own site) is recorded.

    What goes beyond what was taken is not booked: a person has to look.
    """
    with unit_of_work() as session:
        orders().lock(session, rows.attempt(session, attempt_id).order_id)
        row = _known_by(session, attempt_id, result)
        if row is not None:
            apply(runtime, row.id, result, actor=actor)
        elif result.outcome is Outcome.CAPTURED:
            _record_foreign(session, runtime, attempt_id, result, actor)


def _known_by(session: Session, attempt_id: str, result: RefundResult) -> Refund | None:
    """Our refund with this reference, else one of the amount to which the provider has not given one yet."""
    ours = select(Refund).where(Refund.attempt_id == attempt_id, Refund.into == "").order_by(Refund.created_at)
    same = session.scalars(ours.where(Refund.reference == result.reference)).first()
    if same is not None:
        return same
    amount = (Refund.amount == result.amount.minor, Refund.currency == result.amount.currency)
    unnamed = ours.where(Refund.reference == "", *amount)
    return session.scalars(unnamed.where(Refund.state.in_((*_ON_ITS_WAY, "done")))).first()


def _record_foreign(session: Session, runtime: Runtime, attempt_id: str, result: RefundResult, actor: str) -> None:
    key = f"refund-seen-{attempt_id}-{result.reference}"
    try:
        refund_id = intend(runtime, attempt_id, result.amount, "Refunded at the provider", actor, key, seen=True)
    except RefundTooLarge as error:
        row = rows.attempt(session, attempt_id)
        left = error.values["refundable"]
        row.attention = (
            f"The provider reports a refund of {result.amount} ({result.reference}), but {left} is left of what was "
            "taken. Compare with the provider's own list."
        )
        row.updated_at = runtime.clock.now()
        return
    session.flush()
    apply(runtime, refund_id, result, actor=actor)


def pending_amount(session: Session, attempt_id: str) -> int:
    """Minor units of refunds that are on their way but not done."""
    query = select(func.coalesce(func.sum(Refund.amount), 0)).where(
        Refund.attempt_id == attempt_id, Refund.state.in_(_ON_ITS_WAY)
    )
    return int(session.execute(query).scalar_one())


def with_key_of(session: Session, beginning: str) -> list[str]:
    """Ids of the refunds whose key begins like this."""
    keyed = Refund.idempotency_key.startswith(beginning, autoescape=True)
    return list(session.scalars(select(Refund.id).where(keyed).order_by(Refund.id)))


def intend(
    runtime: Runtime,
    attempt_id: str,
    amount: Money,
    reason: str,
    actor: str,
    key: str,
    *,
    into: str = "",
    seen: bool = False,
) -> str:
    """Record a refund that ``send`` will ask the provider for; its id. The same key gives the same refund.

    ``seen``: it has left already, so that a dispute of the same money does not stand against it. Joins an open
    unit of work, so that what causes the refund commits with it. Raises RefundTooLarge.
    """
    with unit_of_work() as session:
        orders().lock(session, rows.attempt(session, attempt_id).order_id)
        known = session.scalars(select(Refund).where(Refund.idempotency_key == key)).one_or_none()
        if known is not None:
            if (known.attempt_id, known.amount, known.currency) != (attempt_id, amount.minor, amount.currency):
                raise KeyReused
            return known.id
        attempt = rows.attempt(session, attempt_id)
        left = _left(session, attempt, seen=seen)
        if amount.currency != attempt.currency or amount.minor <= 0:
            raise PaymentError(f"Enter an amount above zero in {attempt.currency}.")
        if amount > left:
            raise RefundTooLarge(amount, left)
        if not seen:
            _refuse_backing(session, attempt.order_id, amount)
        row = Refund(
            id=new_id(),
            attempt_id=attempt_id,
            amount=amount.minor,
            currency=amount.currency,
            state="created",
            reason=reason,
            into=into,
            idempotency_key=key,
            actor=actor,
            created_at=runtime.clock.now(),
        )
        session.add(row)
        session.flush()
        return row.id


def _refuse_backing(session: Session, order_id: int, amount: Money) -> None:
    """What was paid for gift cards is owed to who holds them: it goes back only with the card itself."""
    backing = Money(sold_and_valid(session, order_id), amount.currency)
    if backing.is_zero:
        return
    left = sum((_left(session, row, seen=False) for row in rows.attempts_of(session, order_id)), -backing)
    if amount > left:
        raise BacksGiftCards(amount, backing)


def _left(session: Session, attempt: PaymentAttempt, *, seen: bool) -> Money:
    """What may be given back, less what is on its way."""
    state = rows.state_of(attempt)
    taken = state.captured - state.refunded if seen else state.refundable
    none = Money.zero(attempt.currency)
    return max(taken - Money(pending_amount(session, attempt.id), attempt.currency), none)


def _money_left(session: Session, runtime: Runtime, attempt: PaymentAttempt, row: Refund, actor: str) -> None:
    amount = Money(row.amount, row.currency)
    rows.store(
        attempt, rules.after_refund(rows.state_of(attempt), RefundResult(Outcome.CAPTURED, row.reference, amount))
    )
    attempt.updated_at = runtime.clock.now()
    attempt.attention = ""
    ledger.book(
        session,
        order_id=attempt.order_id,
        kind="refund",
        source=f"refund {row.id}",
        at=runtime.clock.now(),
        postings=[("refunds", amount), (_destination(attempt, row), -amount)],
    )
    order = orders().get(session, attempt.order_id)
    if not row.into:
        _give_credit_back(session, runtime, attempt, row, order.email, actor)
        record(
            session,
            runtime.clock,
            PaymentRefunded,
            order_number=order.number,
            attempt_id=attempt.id,
            refund_id=row.id,
            amount=amount,
            reason=row.reason,
        )
    orders().note(session, runtime, order.id, actor, "refund_done", amount=str(amount), reason=row.reason)
    states = [rows.state_of(other) for other in rows.attempts_of(session, order.id)]
    state = rules.payment_state(order.charged, states)
    if state != order.payment_state:
        orders().payment_changed(session, runtime, order.id, state)


def _destination(attempt: PaymentAttempt, row: Refund) -> str:
    """The ledger's account that pays. What was exchanged is given back as store credit."""
    if row.into == "bank":
        return "bank"
    way = row.into or attempt.account_id
    return rows.ledger_account("store_credit" if way == rows.EXCHANGE and not row.into else way)


def _give_credit_back(
    session: Session, runtime: Runtime, attempt: PaymentAttempt, row: Refund, email: str, actor: str
) -> None:
    """A gift card or store credit that paid is filled up again; for what was exchanged a store credit is made."""
    amount, source = Money(row.amount, row.currency), f"refund {row.id}"
    if attempt.account_id == rows.EXCHANGE:
        asked = credit.Issue("store_credit", amount, source, row.reason, email, paid_from="", order_id=attempt.order_id)
        credit.issue(runtime, asked, actor=actor)
    elif attempt.account_id in CREDIT_ACCOUNTS:
        spending.restore(session, runtime, payment_id=attempt.id, amount=amount, source=source, actor=actor)


def _refund(session: Session, refund_id: str) -> Refund:
    row = session.get(Refund, refund_id)
    if row is None:
        raise PaymentError(f"There is no refund {refund_id}.")
    return row
