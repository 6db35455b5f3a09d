"""Double-entry postings: every entry's postings sum to zero per currency."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from entrepot.storage.session import BigId, Model


class LedgerEntry(Model):
    """One event that moved money, e.g. "capture" of attempt X. ``source`` is unique: no event is booked twice."""

    __tablename__ = "ledger_entry"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    kind: Mapped[str] = mapped_column(String(30))
    source: Mapped[str] = mapped_column(String(120), unique=True)
    at: Mapped[datetime]


class LedgerPosting(Model):
    """Debit positive, credit negative. ``account``: receivable, revenue, shipping, tax, psp, fees, refunds …"""

    __tablename__ = "ledger_posting"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("ledger_entry.id"))
    account: Mapped[str] = mapped_column(String(30))
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))

    __table_args__ = (Index("ix_ledger_posting_entry", "entry_id"),)
