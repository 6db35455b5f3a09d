"""What the ledger reads of payments and orders: found by the provider's reference, numbered for people."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from entrepot.orders.models import Order
from entrepot.payments.models import PaymentAttempt, Refund
from entrepot.storage.session import reader


def payment_with(session: Session, account_id: str, reference: str) -> PaymentAttempt | None:
    """The payment that this account took under the provider's reference."""
    query = select(PaymentAttempt).where(PaymentAttempt.account_id == account_id, PaymentAttempt.reference == reference)
    return session.scalars(query).one_or_none() if reference else None


def refund_with(session: Session, account_id: str, reference: str) -> tuple[Refund, PaymentAttempt] | None:
    """The refund that left under the provider's reference, with its payment."""
    query = select(Refund, PaymentAttempt).join(PaymentAttempt, PaymentAttempt.id == Refund.attempt_id)
    known = (PaymentAttempt.account_id == account_id, Refund.state == "done", Refund.reference == reference)
    found = session.execute(query.where(*known)).first() if reference else None
    return (found[0], found[1]) if found is not None else None


def refunded_by_provider(session: Session, attempt_id: str) -> int:
    """Minor units that the provider gave back of the payment; what became credit or an exchange never left it."""
    given = (Refund.attempt_id == attempt_id, Refund.state == "done", Refund.into == "")
    return int(session.scalar(select(func.coalesce(func.sum(Refund.amount), 0)).where(*given)) or 0)


def order_numbers(order_ids: Collection[int]) -> dict[int, str]:
    """{order id: number}"""
    rows = reader().execute(select(Order.id, Order.number).where(Order.id.in_(list(order_ids))))
    return {row.id: row.number for row in rows}
