"""Payouts: taken from files and providers, matched line by line with what we know, booked, and explained."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from entrepot.engine.runtime import Runtime
from entrepot.kernel.ids import new_id
from entrepot.kernel.money import Money
from entrepot.ledger import queries, rules
from entrepot.ledger.models import LedgerEntry, Payout, PayoutLine
from entrepot.ledger.service import book
from entrepot.ledger.valuation import in_base
from entrepot.payments import disputes
from entrepot.sdk.errors import EntrepotError
from entrepot.sdk.payments import PaymentProvider, Settlement, SettlementKind, SettlementLine
from entrepot.storage.session import unit_of_work

DEADLINE_S = 60.0


class PayoutRefused(EntrepotError):
    """A payout that contradicts what was imported before, or itself."""


@dataclass(frozen=True)
class Imported:
    """What one import did. ``payouts`` are the ids of all payouts that it was about."""

    payouts: tuple[str, ...]
    new_lines: int
    open_lines: int


@dataclass(frozen=True)
class _Match:
    order_id: int | None
    attempt_id: str
    booked_fee: Money
    taken_at: datetime | None = None


class _Open(Exception):
    """The line cannot be matched now; the text says why and what to do."""


def fetch(runtime: Runtime, account_id: str, *, since: datetime, actor: str) -> Imported:
    """Ask the provider for its payouts and take them in. Raises ProviderErrors."""

    def ask(provider: Any) -> list[Settlement]:
        if not isinstance(provider, PaymentProvider):
            raise PayoutRefused("Only payment accounts have payouts. Choose one of those.")
        return provider.settlements(since)

    found = runtime.guard.call(account_id, "settlements", ask, deadline_s=DEADLINE_S, returns=list[Settlement])
    return take_in(runtime, account_id, found, source="provider", actor=actor)


def take_in(
    runtime: Runtime, account_id: str, settlements: Iterable[Settlement], *, source: str, actor: str
) -> Imported:
    """Store payouts, match their lines, book them: all or nothing. Again, it only tries open lines once more."""
    ids, new_lines = [], 0
    with unit_of_work() as session:
        for settlement in settlements:
            _check_currencies(settlement)
            payout = _payout(session, runtime, account_id, settlement, source, actor)
            new_lines += _add_lines(session, payout, settlement)
            ids.append(payout.id)
            _match_open(session, runtime, payout)
        still_open = select(func.count()).select_from(PayoutLine).where(PayoutLine.state == "open")
        open_lines = session.execute(still_open.where(PayoutLine.payout_id.in_(ids))).scalar_one()
    return Imported(tuple(ids), new_lines, int(open_lines))


def match_again(runtime: Runtime, payout_id: str) -> int:
    """Try the open lines of a payout once more; returns how many are matched now."""
    with unit_of_work() as session:
        payout = session.get(Payout, payout_id, with_for_update=True)
        if payout is None:
            raise PayoutRefused(f"There is no payout {payout_id}. 'entrepot payouts list' shows them.")
        return _match_open(session, runtime, payout)


def _check_currencies(settlement: Settlement) -> None:
    for line in settlement.lines:
        if {line.gross.currency, line.fee.currency} != {settlement.amount.currency}:
            raise PayoutRefused(
                f"Payout {settlement.reference} is in {settlement.amount.currency}, but its line {line.id} is not. "
                "Give gross and fee in the payout's currency, and the buyer's amount apart."
            )


def _payout(
    session: Session, runtime: Runtime, account_id: str, settlement: Settlement, source: str, actor: str
) -> Payout:
    known = select(Payout).where(Payout.account_id == account_id, Payout.reference == settlement.reference)
    found = session.scalars(known.with_for_update()).one_or_none()
    if found is not None:
        if Money(found.amount, found.currency) != settlement.amount:
            raise PayoutRefused(
                f"Payout {settlement.reference} was imported with {Money(found.amount, found.currency)}, and now says "
                f"{settlement.amount}. Compare with the bank statement and correct the file."
            )
        return found
    made = Payout(
        id=new_id(),
        account_id=account_id,
        reference=settlement.reference,
        amount=settlement.amount.minor,
        currency=settlement.amount.currency,
        paid_at=settlement.paid_at,
        imported_at=runtime.clock.now(),
        source=source,
        actor=actor,
    )
    session.add(made)
    session.flush()
    arrived = [("bank", settlement.amount), ("payout", -settlement.amount)]
    book(session, order_id=None, kind="payout", source=f"payout {made.id}", at=made.paid_at, postings=arrived)
    return made


def _add_lines(session: Session, payout: Payout, settlement: Settlement) -> int:
    wanted = {line.id: line for line in settlement.lines}
    query = select(PayoutLine.line_id, PayoutLine.payout_id).where(
        PayoutLine.account_id == payout.account_id, PayoutLine.line_id.in_(list(wanted))
    )
    known = {row.line_id: row.payout_id for row in session.execute(query)}
    if elsewhere := [line_id for line_id, payout_id in known.items() if payout_id != payout.id]:
        raise PayoutRefused(
            f"Line {elsewhere[0]} belongs to an earlier payout already. Remove it from payout {payout.reference}."
        )
    new = [line for line_id, line in wanted.items() if line_id not in known]
    session.add_all(_row(payout, line) for line in new)
    session.flush()
    return len(new)


def _row(payout: Payout, line: SettlementLine) -> PayoutLine:
    in_two = line.presentment is not None and line.presentment.currency != line.gross.currency
    presentment = line.presentment if in_two and line.presentment else line.gross
    return PayoutLine(
        payout_id=payout.id,
        account_id=payout.account_id,
        line_id=line.id,
        kind=line.kind.value,
        reference=line.reference,
        gross=line.gross.minor,
        fee=line.fee.minor,
        currency=payout.currency,
        presentment=presentment.minor,
        presentment_currency=presentment.currency,
        state="open",
    )


def _match_open(session: Session, runtime: Runtime, payout: Payout) -> int:
    """Match and book what can be; the others keep the reason."""
    query = select(PayoutLine).where(PayoutLine.payout_id == payout.id, PayoutLine.state == "open")
    matched = 0
    for row in session.scalars(query.order_by(PayoutLine.id)):
        line = line_of(row)
        try:
            match = _match(session, runtime, payout, row, line)
        except _Open as reason:
            row.note = str(reason)
            continue
        row.state, row.order_id, row.attempt_id, row.note = "matched", match.order_id, match.attempt_id, ""
        row.note = _book(session, payout, row, line, match)
        session.flush()
        matched += 1
    return matched


def line_of(row: PayoutLine) -> SettlementLine:
    return SettlementLine(
        id=row.line_id,
        kind=SettlementKind(row.kind),
        reference=row.reference,
        gross=Money(row.gross, row.currency),
        fee=Money(row.fee, row.currency),
        presentment=Money(row.presentment, row.presentment_currency),
    )


def _match(session: Session, runtime: Runtime, payout: Payout, row: PayoutLine, line: SettlementLine) -> _Match:
    """What the line settles; raises _Open."""
    none = Money.zero(row.currency)
    if line.kind is SettlementKind.REFUND:
        return _match_refund(session, row, line)
    if line.kind is SettlementKind.DISPUTE:
        return _match_dispute(session, runtime, payout, row, line)
    if line.kind is SettlementKind.CAPTURE:
        return _match_payment(session, row, line)
    if line.kind is SettlementKind.OTHER:
        raise _Open("The provider does not say what it is for. Ask it, then import the line as fee or reserve.")
    return _Match(None, "", none)


def _match_payment(session: Session, row: PayoutLine, line: SettlementLine) -> _Match:
    attempt = _attempt(session, row)
    amount = line.presentment or line.gross
    if amount.currency != attempt.currency:
        raise _Open(f"It is in {amount.currency}, the payment was in {attempt.currency}. Give the buyer's amount too.")
    before = _settled(session, attempt.id, "capture")
    if amount.minor <= 0 or before.amount + amount.minor > attempt.captured:
        left = Money(attempt.captured - before.amount, attempt.currency)
        raise _Open(f"It settles {amount}, but {left} of this payment wait for settlement. Check the payment.")
    fee = Money(0 if before.lines else attempt.fee, attempt.currency)
    return _Match(attempt.order_id, attempt.id, fee, attempt.updated_at)


def _match_dispute(session: Session, runtime: Runtime, payout: Payout, row: PayoutLine, line: SettlementLine) -> _Match:
    """Settle what the provider told of its disputes; what it did not tell is a dispute, or a victory, from now on."""
    attempt = _attempt(session, row)
    amount = line.presentment or line.gross
    if amount.currency != attempt.currency:
        raise _Open(f"It is in {amount.currency}, the payment was in {attempt.currency}. Give the buyer's amount too.")
    known = disputes.of_attempt(session, attempt.id)
    if amount.minor < 0:
        told = sum(each.amount for each in known) + _settled(session, attempt.id, "dispute", sign=-1).amount
        untold = Money(-amount.minor - max(told, 0), amount.currency)
        if untold.minor > 0:
            disputes.taken_by_payout(runtime, attempt.id, untold, at=payout.paid_at)
    else:
        won = sum(each.amount for each in known if each.state == "won")
        told = won - _settled(session, attempt.id, "dispute", sign=1).amount
        if amount.minor > told and not disputes.returned_by_payout(runtime, attempt.id, amount, at=payout.paid_at):
            raise _Open(f"It gives back {amount}, but no dispute over this amount is known. Ask the provider about it.")
    fee = disputes.settle_fees(session, attempt.id)
    opened = min((each.opened_at for each in known), default=payout.paid_at)
    return _Match(attempt.order_id, attempt.id, fee, opened)


def _match_refund(session: Session, row: PayoutLine, line: SettlementLine) -> _Match:
    amount = line.presentment or line.gross
    found = queries.refund_with(session, row.account_id, row.reference)
    attempt = found[1] if found else _attempt(session, row)
    if amount.currency != attempt.currency:
        raise _Open(f"It is in {amount.currency}, the refund was in {attempt.currency}. Give the buyer's amount too.")
    settled = -_settled(session, attempt.id, "refund").amount
    refunded = queries.refunded_by_provider(session, attempt.id)
    if amount.minor >= 0 or settled - amount.minor > refunded:
        left = Money(refunded - settled, attempt.currency)
        raise _Open(f"It gives back {-amount}, but {left} of refunds wait for settlement. Record the refund first.")
    at = found[0].created_at if found else attempt.updated_at
    return _Match(attempt.order_id, attempt.id, Money.zero(row.currency), at)


def _attempt(session: Session, row: PayoutLine) -> Any:
    found = queries.payment_with(session, row.account_id, row.reference)
    if found is None:
        raise _Open(f"No payment of this account has the reference '{row.reference}'. Check the account and the order.")
    return found


@dataclass(frozen=True)
class _Settled:
    amount: int
    lines: int


def _settled(session: Session, attempt_id: str, kind: str, *, sign: int = 0) -> _Settled:
    """What lines of this kind (with ``sign`` only those above or below zero) have settled, in the buyer's currency."""
    query = select(func.coalesce(func.sum(PayoutLine.presentment), 0), func.count()).where(
        PayoutLine.attempt_id == attempt_id, PayoutLine.kind == kind, PayoutLine.state == "matched"
    )
    query = query.where(PayoutLine.presentment * sign > 0) if sign else query
    amount, lines = session.execute(query).one()
    return _Settled(int(amount), int(lines))


def _book(session: Session, payout: Payout, row: PayoutLine, line: SettlementLine, match: _Match) -> str:
    """Book a matched line; returns what is still missing."""
    postings = rules.settlement_postings(line, booked_fee=match.booked_fee)
    note = ""
    if line.presentment and line.presentment.currency != row.currency and match.taken_at is not None:
        taken = in_base(line.presentment, _day_taken(session, row, match))
        arrived = in_base(line.gross, payout.paid_at.date())
        if taken is None or arrived is None:
            note = "No exchange rate is stored for its days: gain or loss by exchange is not booked."
        else:
            postings += rules.exchange_difference(taken=taken, arrived=arrived)
    source = f"settlement {row.id}"
    book(session, order_id=match.order_id, kind="settlement", source=source, at=payout.paid_at, postings=postings)
    return note


def _day_taken(session: Session, row: PayoutLine, match: _Match) -> Any:
    """The day on which the ledger booked the money."""
    query = select(func.max(LedgerEntry.at)).where(LedgerEntry.order_id == match.order_id, LedgerEntry.kind == row.kind)
    booked = session.scalar(query)
    return (booked or match.taken_at).date()  # type: ignore[union-attr]
