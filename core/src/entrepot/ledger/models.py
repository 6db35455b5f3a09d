"""Double-entry postings: every entry's postings sum to zero per currency."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from entrepot.storage.session import BigId, Model


class LedgerEntry(Model):
    """One event that moved money, e.g. "capture" of attempt X. ``source`` is unique: no event is booked twice."""

    __tablename__ = "ledger_entry"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    #: None for what concerns no single order, such as a payout that arrives.
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"), index=True)
    kind: Mapped[str] = mapped_column(String(30))
    source: Mapped[str] = mapped_column(String(120), unique=True)
    at: Mapped[datetime]


class LedgerPosting(Model):
    """Debit positive, credit negative. ``account``: receivable, revenue, shipping, tax, psp, fees, refunds …

    ``payout`` clears: what it holds of a payout is what nobody has explained.
    """

    __tablename__ = "ledger_posting"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("ledger_entry.id"))
    account: Mapped[str] = mapped_column(String(30))
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))

    __table_args__ = (Index("ix_ledger_posting_entry", "entry_id"),)


class LedgerValuation(Model):
    """What a posting is worth in the store's base currency by a rate of its day. Added once, when the rate is known."""

    __tablename__ = "ledger_valuation"

    posting_id: Mapped[int] = mapped_column(ForeignKey("ledger_posting.id"), primary_key=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    #: The row of ``fx_rate`` that was used; None when no conversion was needed.
    rate_id: Mapped[int | None] = mapped_column(BigInteger, default=None)


class Payout(Model):
    """Money that a payment account sent to the bank."""

    __tablename__ = "payout"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    account_id: Mapped[str] = mapped_column(String(36))
    reference: Mapped[str] = mapped_column(String(120))
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    paid_at: Mapped[datetime]
    imported_at: Mapped[datetime]
    #: The name of the file, or "provider".
    source: Mapped[str] = mapped_column(String(200))
    actor: Mapped[str] = mapped_column(String(120), default="")

    __table_args__ = (UniqueConstraint("account_id", "reference"), Index("ix_payout_paid", "paid_at"))


class PayoutLine(Model):
    """One movement inside a payout: matched with what we know and booked, or open until it is."""

    __tablename__ = "payout_line"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    payout_id: Mapped[str] = mapped_column(ForeignKey("payout.id"), index=True)
    account_id: Mapped[str] = mapped_column(String(36))
    #: The vendor's id of the movement.
    line_id: Mapped[str] = mapped_column(String(160))
    #: capture, refund, dispute, fee, reserve, other
    kind: Mapped[str] = mapped_column(String(12))
    reference: Mapped[str] = mapped_column(String(120), default="")
    gross: Mapped[int] = mapped_column(BigInteger)
    fee: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    presentment: Mapped[int] = mapped_column(BigInteger)
    presentment_currency: Mapped[str] = mapped_column(String(3))
    #: matched, open
    state: Mapped[str] = mapped_column(String(10))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"), default=None)
    attempt_id: Mapped[str] = mapped_column(String(36), default="")
    #: Why it is open, or what is still missing of a matched one.
    note: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (
        UniqueConstraint("account_id", "line_id"),
        Index("ix_payout_line_attempt", "attempt_id", "kind"),
    )
