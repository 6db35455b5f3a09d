"""Payment attempts, refunds and the webhook inbox."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    literal,
)
from sqlalchemy.orm import Mapped, mapped_column

from entrepot.storage.session import BigId, Model


class PaymentAttempt(Model):
    """One attempt to take one amount. Changed by ``payments.service.apply`` only."""

    __tablename__ = "payment_attempt"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    account_id: Mapped[str] = mapped_column(String(36))
    #: What the buyer read when choosing it.
    label: Mapped[str] = mapped_column(String(120))
    #: created, pending, authorized, captured, declined, cancelled, expired, unknown
    state: Mapped[str] = mapped_column(String(12))
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    #: What the provider reserved, where that is not the amount it was asked for.
    authorized: Mapped[int | None] = mapped_column(BigInteger, default=None)
    #: What is taken in all once the captures that we asked for are done; None before the first.
    capture_asked: Mapped[int | None] = mapped_column(BigInteger, default=None)
    captured: Mapped[int] = mapped_column(BigInteger, default=0)
    refunded: Mapped[int] = mapped_column(BigInteger, default=0)
    #: What buyers' banks took back, for now or for good.
    disputed: Mapped[int] = mapped_column(BigInteger, default=0)
    fee: Mapped[int] = mapped_column(BigInteger, default=0)
    reference: Mapped[str | None] = mapped_column(String(120), default=None)
    idempotency_key: Mapped[str] = mapped_column(String(80), unique=True)
    redirect_url: Mapped[str] = mapped_column(Text, default="")
    #: [{"label": …, "value": …, "copyable": …}]
    instructions: Mapped[list[Any]] = mapped_column(default=list)
    message: Mapped[str] = mapped_column(Text, default="")
    #: Why staff must look: "amount_mismatch: …", "paid_late"; empty when all is well.
    attention: Mapped[str] = mapped_column(Text, default="")
    #: Nobody waits for this money any more, but the provider was still being asked to begin when that was found.
    given_up: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    #: When the poll asks the provider next; None when the state is final.
    next_check_at: Mapped[datetime | None] = mapped_column(default=None)

    __table_args__ = (
        CheckConstraint("captured >= 0 AND refunded >= 0 AND refunded <= captured", name="amounts"),
        Index("uq_payment_attempt_reference", "account_id", "reference", unique=True),
        Index("ix_payment_attempt_check", "next_check_at"),
        Index("ix_payment_attempt_reference", "reference"),
    )


#: Condition and index of the payments that staff must look at. Written into the statement, never bound: only then
#: a database sees that the partial index answers it.
needs_attention: ColumnElement[bool] = PaymentAttempt.attention != literal("", literal_execute=True)
Index(
    "ix_payment_attempt_attention",
    PaymentAttempt.updated_at,
    sqlite_where=PaymentAttempt.attention != "",
    postgresql_where=PaymentAttempt.attention != "",
)


class Refund(Model):
    """Money on its way back. ``state``: created, pending, done, declined, unknown."""

    __tablename__ = "refund"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    attempt_id: Mapped[str] = mapped_column(ForeignKey("payment_attempt.id"), index=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    state: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(String(250), default="")
    #: Where the money goes instead of the way it came: store_credit, exchange or bank.
    into: Mapped[str] = mapped_column(String(12), default="")
    reference: Mapped[str] = mapped_column(String(120), default="")
    message: Mapped[str] = mapped_column(Text, default="")
    idempotency_key: Mapped[str] = mapped_column(String(120), unique=True)
    actor: Mapped[str] = mapped_column(String(120), default="")
    created_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("amount > 0", name="amount"),)


class Dispute(Model):
    """Money that a buyer's bank takes back. Changed by ``payments.disputes`` only."""

    __tablename__ = "dispute"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    attempt_id: Mapped[str] = mapped_column(ForeignKey("payment_attempt.id"), index=True)
    #: The vendor's id; empty while only a payout told of it.
    reference: Mapped[str] = mapped_column(String(120), default="")
    #: opened, won, lost
    state: Mapped[str] = mapped_column(String(8))
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    #: What the provider charges in all; None while it has not said so. ``fee_settled``: what payouts told of it.
    fee: Mapped[int | None] = mapped_column(BigInteger, default=None)
    fee_settled: Mapped[int] = mapped_column(BigInteger, default=0)
    reason: Mapped[str] = mapped_column(String(250), default="")
    #: Until when an answer is taken.
    due: Mapped[datetime | None] = mapped_column(default=None)
    #: When the provider said what is known; None for the word of staff.
    told_at: Mapped[datetime | None] = mapped_column(default=None)
    opened_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    #: How many ledger entries it has.
    entries: Mapped[int] = mapped_column(default=0)
    #: What the order's mark says because of it; empty when no person must look.
    mark: Mapped[str] = mapped_column(Text, default="")


class InboxEvent(Model):
    """A verified webhook event; unique per account, so that a repeat has no second effect."""

    __tablename__ = "inbox_event"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    account_id: Mapped[str] = mapped_column(String(36))
    event_id: Mapped[str] = mapped_column(String(160))
    received_at: Mapped[datetime]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    #: The vendor's reference of the payment it is about, and the news as JSON, to apply it once the attempt is known.
    reference: Mapped[str] = mapped_column(String(120), default="")
    news: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: applied, unmatched (no attempt with this reference yet), refused
    state: Mapped[str] = mapped_column(String(10))
    note: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (
        UniqueConstraint("account_id", "event_id"),
        Index("ix_inbox_event_unmatched", "state", "account_id", "reference"),
    )
