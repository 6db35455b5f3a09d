"""Disputes: whoever brings news of one - the provider, a payout, staff - it changes books and order here only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from entrepot.engine.runtime import Runtime
from entrepot.kernel.ids import new_id
from entrepot.kernel.money import Money
from entrepot.ledger import service as ledger
from entrepot.payments import dispute_rules, rows
from entrepot.payments.models import Dispute, PaymentAttempt
from entrepot.payments.ports import PayableOrder, orders
from entrepot.sdk.facts import DisputeLost, DisputeOpened, DisputeWon
from entrepot.sdk.payments import DisputeNews, DisputeState
from entrepot.storage.outbox import record
from entrepot.storage.session import reader, unit_of_work


@dataclass(frozen=True)
class DisputeView:
    """A dispute as pages and the API show it. ``reference`` is empty while only a payout told of it."""

    id: str
    attempt_id: str
    reference: str
    state: str
    amount: Money
    fee: Money
    reason: str
    due: datetime | None
    opened_at: datetime


@dataclass(frozen=True)
class _Told:
    """One piece of news with its source. ``at`` is None for staff: any verdict of the provider replaces theirs."""

    news: DisputeNews
    at: datetime | None
    actor: str


def apply(runtime: Runtime, attempt_id: str, news: DisputeNews, *, at: datetime, actor: str) -> None:
    """News of a webhook. Repeated or stale news changes nothing; what cannot be believed waits for a person."""
    with unit_of_work() as session:
        order = orders().lock(session, rows.attempt(session, attempt_id).order_id)
        attempt = rows.attempt(session, attempt_id)
        if problem := _problem(attempt, news):
            attempt.attention, attempt.updated_at = problem, runtime.clock.now()
            return
        known = _known_by(of_attempt(session, attempt_id), news)
        _take(session, runtime, order, attempt, known, _Told(news, at, actor))


def taken_by_payout(runtime: Runtime, attempt_id: str, amount: Money, *, at: datetime) -> None:
    """A payout takes back what no news told of: a dispute without a name, until the provider gives it one."""
    with unit_of_work() as session:
        order = orders().lock(session, rows.attempt(session, attempt_id).order_id)
        news = DisputeNews(DisputeState.OPENED, "", amount)
        _take(session, runtime, order, rows.attempt(session, attempt_id), None, _Told(news, at, "payout"))


def returned_by_payout(runtime: Runtime, attempt_id: str, amount: Money, *, at: datetime) -> bool:
    """A payout gives back what no news told of: wins the dispute of this amount; False when there is none."""
    with unit_of_work() as session:
        order = orders().lock(session, rows.attempt(session, attempt_id).order_id)
        same = [row for row in of_attempt(session, attempt_id) if known(row).withheld == amount]
        found = min(same, key=lambda row: row.state != DisputeState.OPENED, default=None)
        if found is None:
            return False
        news = DisputeNews(DisputeState.WON, found.reference, amount)
        _take(session, runtime, order, rows.attempt(session, attempt_id), found, _Told(news, at, "payout"))
        return True


def give_up(session: Session, runtime: Runtime, order_id: int, *, actor: str) -> None:
    """Staff say that the order's open disputes are lost. The provider's own verdict still counts when it comes."""
    order = orders().lock(session, order_id)
    query = select(Dispute).join(PaymentAttempt, PaymentAttempt.id == Dispute.attempt_id)
    of_order = query.where(PaymentAttempt.order_id == order_id, Dispute.state == DisputeState.OPENED.value)
    for row in session.scalars(of_order.order_by(Dispute.id)).all():
        news = DisputeNews(DisputeState.LOST, row.reference, Money(row.amount, row.currency))
        _take(session, runtime, order, rows.attempt(session, row.attempt_id), row, _Told(news, None, actor))


def settle_fees(session: Session, attempt_id: str) -> Money:
    """What was booked as fees of the payment's disputes and no payout has told of yet; from now on it has."""
    found = of_attempt(session, attempt_id)
    open_fees = sum((row.fee or 0) - row.fee_settled for row in found)
    for row in found:
        row.fee_settled = row.fee or 0
    return Money(open_fees, rows.attempt(session, attempt_id).currency)


def of_attempt(session: Session, attempt_id: str) -> Sequence[Dispute]:
    """The payment's disputes, oldest first."""
    query = select(Dispute).where(Dispute.attempt_id == attempt_id).order_by(Dispute.opened_at, Dispute.id)
    return session.scalars(query.execution_options(populate_existing=True)).all()


def of_order(order_id: int) -> list[DisputeView]:
    """All disputes of the order, oldest first."""
    query = select(Dispute).join(PaymentAttempt, PaymentAttempt.id == Dispute.attempt_id)
    found = reader().scalars(query.where(PaymentAttempt.order_id == order_id).order_by(Dispute.opened_at, Dispute.id))
    return [_view(row) for row in found]


def known(row: Dispute) -> dispute_rules.Known:
    fee = None if row.fee is None else Money(row.fee, row.currency)
    return dispute_rules.Known(DisputeState(row.state), Money(row.amount, row.currency), fee, row.told_at)


def _view(row: Dispute) -> DisputeView:
    return DisputeView(
        id=row.id,
        attempt_id=row.attempt_id,
        reference=row.reference,
        state=row.state,
        amount=Money(row.amount, row.currency),
        fee=Money(row.fee or 0, row.currency),
        reason=row.reason,
        due=row.due,
        opened_at=row.opened_at,
    )


def _problem(attempt: PaymentAttempt, news: DisputeNews) -> str:
    """Why the news cannot be booked; empty where it can."""
    currencies = {news.amount.currency, news.fee.currency if news.fee else news.amount.currency}
    if currencies == {attempt.currency} and news.amount.minor > 0:
        return ""
    return (
        f"The provider reports a dispute over {news.amount} ({news.reference}), which does not fit a payment in "
        f"{attempt.currency}. Compare with the provider's own list."
    )


def _known_by(found: Sequence[Dispute], news: DisputeNews) -> Dispute | None:
    """The dispute with this reference, else one that only a payout told of, of the same amount if there is one."""
    for row in found:
        if row.reference == news.reference:
            return row
    unnamed = [row for row in found if not row.reference]
    return min(unnamed, key=lambda row: row.amount != news.amount.minor, default=None)


def _take(
    session: Session,
    runtime: Runtime,
    order: PayableOrder,
    attempt: PaymentAttempt,
    row: Dispute | None,
    told: _Told,
) -> None:
    """Store the dispute's new state with everything that follows: ledger, mark of the order, timeline, facts."""
    before = known(row) if row is not None else None
    now = dispute_rules.after(before, told.news, told.at)
    if row is None:
        row = Dispute(id=new_id(), attempt_id=attempt.id, currency=attempt.currency, opened_at=runtime.clock.now())
        session.add(row)
    _store(row, now, told.news, at=runtime.clock.now())
    session.flush()
    attempt.disputed = sum(known(each).withheld.minor for each in of_attempt(session, attempt.id))
    attempt.updated_at = runtime.clock.now()
    _book(session, row, attempt, dispute_rules.postings(before, now, provider=rows.ledger_account(attempt.account_id)))
    _mark(session, runtime, order, attempt, row)
    if before is None or before.state != now.state:
        _tell(session, runtime, order, row, told.actor)


def _store(row: Dispute, now: dispute_rules.Known, news: DisputeNews, *, at: datetime) -> None:
    row.state, row.amount, row.told_at = now.state.value, now.amount.minor, now.at
    row.fee = None if now.fee is None else now.fee.minor
    row.reference = row.reference or news.reference
    row.reason = (news.reason or row.reason or "")[:250]
    row.due = news.due or row.due
    row.updated_at = at


def _book(session: Session, row: Dispute, attempt: PaymentAttempt, postings: list[dispute_rules.Posting]) -> None:
    if all(amount.is_zero for _, amount in postings):
        return
    row.entries += 1
    ledger.book(
        session,
        order_id=attempt.order_id,
        kind="dispute" if row.state == DisputeState.OPENED else f"dispute_{row.state}",
        source=f"dispute {row.id} {row.entries}",
        at=row.updated_at,
        postings=postings,
    )


def _mark(session: Session, runtime: Runtime, order: PayableOrder, attempt: PaymentAttempt, row: Dispute) -> None:
    """While a dispute is open, a person must look at the order."""
    why = _why(attempt, row) if row.state == DisputeState.OPENED else ""
    if why == row.mark:
        return
    if row.mark:
        orders().no_longer_ask(session, order.id, row.mark)
    if why:
        orders().ask_for(session, runtime, order.id, why)
    row.mark = why


def _why(attempt: PaymentAttempt, row: Dispute) -> str:
    """The sentence for staff, different for each dispute of an order."""
    reason = f": {row.reason}" if row.reason else ""
    until = f" until {row.due:%Y-%m-%d %H:%M} UTC" if row.due else ""
    given_back = Money(attempt.refunded, attempt.currency)
    refunded = f" {given_back} of the payment was given back before: tell the provider." if attempt.refunded else ""
    amount = Money(row.amount, row.currency)
    named = row.reference or f"seen in a payout, {row.id[-6:]}"
    return f"The buyer's bank disputes {amount} ({named}){reason}. Answer at the provider{until}.{refunded}"


def _tell(session: Session, runtime: Runtime, order: PayableOrder, row: Dispute, actor: str) -> None:
    """Timeline and fact."""
    amount = Money(row.amount, row.currency)
    orders().note(session, runtime, order.id, actor, f"dispute_{row.state}", amount=str(amount), reason=row.reason)
    if row.state == DisputeState.LOST:
        record(session, runtime.clock, DisputeLost, order_number=order.number, amount=amount, actor=actor)
        return
    common = {"order_number": order.number, "attempt_id": row.attempt_id, "dispute_id": row.id}
    if row.state == DisputeState.WON:
        record(session, runtime.clock, DisputeWon, **common, amount=amount)
        return
    due = row.due.isoformat() if row.due else ""
    record(session, runtime.clock, DisputeOpened, **common, amount=amount, reason=row.reason, due=due)
