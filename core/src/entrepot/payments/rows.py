"""Between attempt rows and the values that the rules speak about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from entrepot.credit.rules import ACCOUNTS as CREDIT_ACCOUNTS
from entrepot.kernel.money import Money
from entrepot.payments.errors import AttemptNotFound
from entrepot.payments.models import PaymentAttempt
from entrepot.payments.rules import AttemptState

#: Stands for an account's id where goods that were sent back pay for others.
EXCHANGE = "exchange"
#: The same where another channel has taken the money.
OUTSIDE = "outside"
#: Money that no provider holds: {what stands for the account: the ledger's account}.
OWN_ACCOUNTS = {**CREDIT_ACCOUNTS, EXCHANGE: "exchanges", OUTSIDE: "outside"}


def ledger_account(account_id: str) -> str:
    """The ledger's account that holds the money of a payment."""
    return OWN_ACCOUNTS.get(account_id, "psp")


def state_of(row: PaymentAttempt) -> AttemptState:
    return AttemptState(
        state=row.state,
        amount=Money(row.amount, row.currency),
        captured=Money(row.captured, row.currency),
        refunded=Money(row.refunded, row.currency),
        fee=Money(row.fee, row.currency),
        attention=row.attention,
        message=row.message,
        authorized=None if row.authorized is None else Money(row.authorized, row.currency),
        disputed=Money(row.disputed, row.currency) if row.disputed else None,
        capture_asked=None if row.capture_asked is None else Money(row.capture_asked, row.currency),
    )


def store(row: PaymentAttempt, state: AttemptState) -> None:
    row.state = state.state
    row.authorized = None if state.authorized is None else state.authorized.minor
    row.captured = state.captured.minor
    row.refunded = state.refunded.minor
    row.fee = state.fee.minor
    row.attention = state.attention
    row.message = state.message


def values_of(row: PaymentAttempt) -> dict[str, Any]:
    """The columns of a new attempt that were given, to be inserted as they are: a third of an entity's cost."""
    return {column.key: vars(row)[column.key] for column in PaymentAttempt.__table__.c if column.key in vars(row)}


def attempt(session: Session, attempt_id: str) -> PaymentAttempt:
    row = session.get(PaymentAttempt, attempt_id)
    if row is None:
        raise AttemptNotFound(attempt_id)
    return row


def attempts_of(session: Session, order_id: int) -> Sequence[PaymentAttempt]:
    """All attempts of the order, locked, oldest first."""
    query = (
        select(PaymentAttempt)
        .where(PaymentAttempt.order_id == order_id)
        .order_by(PaymentAttempt.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return session.scalars(query).all()
