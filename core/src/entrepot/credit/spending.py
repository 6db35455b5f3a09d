"""Spending credits and giving them back, inside the transaction that makes or undoes the order."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from entrepot.credit import rules
from entrepot.credit.errors import CreditChanged, CreditNotFound
from entrepot.credit.models import Credit, CreditMovement
from entrepot.credit.service import move
from entrepot.engine.runtime import Runtime
from entrepot.kernel.money import Money
from entrepot.markets.queries import store


def redeem(session: Session, runtime: Runtime, use: rules.Use, *, payment_id: str, order_id: int) -> None:
    """Take ``use.amount`` off the credit, for this payment. One conditional statement: whoever spends it at the same
    moment, the balance never falls below zero. Raises CreditChanged; the caller's transaction must end then."""
    now = runtime.clock.now()
    taken = session.execute(
        update(Credit)
        .where(
            Credit.id == use.credit_id,
            Credit.balance >= use.amount.minor,
            Credit.currency == use.amount.currency,
            Credit.blocked.is_(False),
            or_(Credit.expires_at.is_(None), Credit.expires_at > now),
        )
        .values(balance=Credit.balance - use.amount.minor)
        .returning(Credit.id)
    ).one_or_none()
    if taken is None:
        raise CreditChanged(use.code_end)
    credit = session.get_one(Credit, use.credit_id, populate_existing=True)
    move(session, credit, "redeemed", -use.amount.minor, f"redeem {payment_id}", runtime, "buyer", order_id)


def restore(session: Session, runtime: Runtime, *, payment_id: str, amount: Money, source: str, actor: str) -> None:
    """Put money back on the credit that the payment was made with. What has expired is valid once more, for as long
    as a new credit would be."""
    redeemed = session.scalars(
        select(CreditMovement).where(CreditMovement.source == f"redeem {payment_id}")
    ).one_or_none()
    if redeemed is None:
        raise CreditNotFound(payment_id)
    query = select(Credit).where(Credit.id == redeemed.credit_id).with_for_update()
    credit = session.scalars(query.execution_options(populate_existing=True)).one()
    credit.balance += amount.minor
    credit.expires_at = _prolonged(credit, runtime.clock.now())
    move(session, credit, "restored", amount.minor, source, runtime, actor, redeemed.order_id)


def _prolonged(credit: Credit, now: datetime) -> datetime | None:
    if credit.expires_at is None or credit.expires_at > now:
        return credit.expires_at
    return rules.expiry(store().settings, credit.kind, now)
