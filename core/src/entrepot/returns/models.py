"""Returns and their lines."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from entrepot.orders.models import Fulfilment as Fulfilment
from entrepot.orders.models import FulfilmentLine as FulfilmentLine
from entrepot.orders.models import Order as Order
from entrepot.orders.models import OrderLine as OrderLine
from entrepot.orders.models import Parcel as Parcel
from entrepot.payments.models import PaymentAttempt as PaymentAttempt
from entrepot.payments.models import Refund as Refund
from entrepot.storage.session import Model


class Return(Model):
    """``state``: requested, approved, received, settling, settled or declined."""

    __tablename__ = "order_return"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    #: Order number and a count: "10009-R1".
    number: Mapped[str] = mapped_column(String(50), unique=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    #: The buyer used the legal right of withdrawal, which needs no reason and no approval.
    withdrawal: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(Text, default="")
    #: What the buyer would like: one of ``rules.WISHES``.
    wish: Mapped[str] = mapped_column(String(12), default="refund")
    #: What staff wrote to the buyer when they declined.
    answer: Mapped[str] = mapped_column(Text, default="")
    #: The policy that it goes by, of the version that the order keeps or of the day: ``policies.rules.Policy``.
    policy: Mapped[dict[str, Any]]
    requested_at: Mapped[datetime]
    received_at: Mapped[datetime | None] = mapped_column(default=None)
    settled_at: Mapped[datetime | None] = mapped_column(default=None)
    #: The money plan that was confirmed, with the refunds, the credit and the orders it made; empty before.
    plan: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: What staff have to look at.
    attention: Mapped[str] = mapped_column(Text, default="")
    idempotency_key: Mapped[str] = mapped_column(String(120), unique=True)

    __table_args__ = (Index("ix_order_return_state", "state", "requested_at"),)


class ReturnLine(Model):
    """``resolution``: one of ``rules.RESOLUTIONS``, once inspected; ``grade``: sellable, used or damaged."""

    __tablename__ = "order_return_line"

    return_id: Mapped[str] = mapped_column(ForeignKey("order_return.id", ondelete="CASCADE"), primary_key=True)
    order_line_id: Mapped[str] = mapped_column(ForeignKey("order_line.id"), primary_key=True)
    quantity: Mapped[int]
    grade: Mapped[str] = mapped_column(String(12), default="")
    resolution: Mapped[str] = mapped_column(String(12), default="")
    #: What leaves in exchange.
    exchange_variant_id: Mapped[int | None] = mapped_column(default=None)

    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)
