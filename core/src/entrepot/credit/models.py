"""Credits and their movements. A credit's balance is the sum of its movements, always."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from entrepot.storage.session import BigId, Model


class Credit(Model):
    """Money that whoever knows the code can spend here. ``kind``: gift_card or store_credit."""

    __tablename__ = "credit"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    #: SHA-256 of the code; the code itself is only kept sealed, for those who may read it.
    code_digest: Mapped[str] = mapped_column(String(64), unique=True)
    code_end: Mapped[str] = mapped_column(String(4))
    sealed_with: Mapped[str] = mapped_column(String(12))
    sealed_code: Mapped[bytes] = mapped_column(LargeBinary)
    currency: Mapped[str] = mapped_column(String(3))
    issued: Mapped[int] = mapped_column(BigInteger)
    balance: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[datetime | None] = mapped_column(default=None)
    #: Staff stopped it, for instance because its code was stolen; the balance stays.
    blocked: Mapped[bool] = mapped_column(default=False)
    #: Whom it was made for; empty for a card that anybody may hold.
    email: Mapped[str] = mapped_column(String(254), default="", index=True)
    reason: Mapped[str] = mapped_column(Text, default="")
    issued_at: Mapped[datetime]
    issued_by: Mapped[str] = mapped_column(String(120), default="")
    idempotency_key: Mapped[str] = mapped_column(String(120), unique=True)

    __table_args__ = (
        CheckConstraint("balance >= 0", name="balance"),
        CheckConstraint("issued > 0", name="issued"),
        Index("ix_credit_expires", "expires_at"),
    )


class CreditMovement(Model):
    """Append-only. ``kind``: issued, redeemed, restored, expired or voided; ``amount`` is signed."""

    __tablename__ = "credit_movement"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    credit_id: Mapped[str] = mapped_column(ForeignKey("credit.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    amount: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(120), default="")
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"), index=True, default=None)
    #: What caused it; unique, so that nothing moves a credit twice.
    source: Mapped[str] = mapped_column(String(120), unique=True)
