"""Disputes in the books: what buyers' banks hold of an order's money, and writing it off."""

from __future__ import annotations

from sqlalchemy import func, select

from entrepot.engine.runtime import Runtime
from entrepot.kernel.money import Money
from entrepot.ledger.models import LedgerEntry, LedgerPosting
from entrepot.ledger.service import book
from entrepot.payments import disputes
from entrepot.payments.dispute_rules import HELD, LOST
from entrepot.sdk.facts import DisputeLost
from entrepot.storage.outbox import record
from entrepot.storage.session import reader, unit_of_work


def held(order_id: int) -> list[Money]:
    """What buyers' banks have taken back of the order's money and not given back, per currency."""
    query = (
        select(LedgerPosting.currency, func.sum(LedgerPosting.amount))
        .join(LedgerEntry, LedgerEntry.id == LedgerPosting.entry_id)
        .where(LedgerEntry.order_id == order_id, LedgerPosting.account == HELD)
        .group_by(LedgerPosting.currency)
        .order_by(LedgerPosting.currency)
    )
    amounts = (Money(int(amount), currency) for currency, amount in reader().execute(query))
    return [amount for amount in amounts if not amount.is_zero]


def write_off(runtime: Runtime, *, order_id: int, order_number: str, actor: str) -> list[Money]:
    """The disputes are lost: what is held becomes a loss; returns it. Repeated, nothing is left to write off."""
    with unit_of_work() as session:
        amounts = held(order_id)
        disputes.give_up(session, runtime, order_id, actor=actor)
        session.flush()
        written = session.scalar(
            select(func.count()).where(LedgerEntry.order_id == order_id, LedgerEntry.kind == "dispute_lost")
        )
        for amount in held(order_id):
            book(
                session,
                order_id=order_id,
                kind="dispute_lost",
                source=f"dispute {order_id} {written} {amount.currency}",
                at=runtime.clock.now(),
                postings=[(LOST, amount), (HELD, -amount)],
            )
            record(session, runtime.clock, DisputeLost, order_number=order_number, amount=amount, actor=actor)
        return amounts
