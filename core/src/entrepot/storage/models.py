"""The outbox: facts recorded in the transaction that made them true, and their deliveries."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from entrepot.storage.session import BigId, Model


class FactRow(Model):
    """One committed fact."""

    __tablename__ = "fact"

    seq: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(36), unique=True)
    kind: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]
    payload: Mapped[dict[str, Any]]
    #: Set once a delivery row exists for every consumer.
    fanned_out: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (Index("ix_fact_pending", "fanned_out", "seq"),)


class FactDelivery(Model):
    """One fact on its way to one consumer (a plugin id or ``core.<name>``)."""

    __tablename__ = "fact_delivery"

    fact_seq: Mapped[int] = mapped_column(ForeignKey("fact.seq", ondelete="CASCADE"), primary_key=True)
    consumer: Mapped[str] = mapped_column(String(80), primary_key=True)
    #: due, done, parked
    state: Mapped[str] = mapped_column(String(10), default="due")
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    error: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (Index("ix_fact_delivery_due", "state", "next_at"),)
