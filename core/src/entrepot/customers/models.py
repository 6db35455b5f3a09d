"""Customers and their groups."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from entrepot.storage.session import BigId, Model


class CustomerGroup(Model):
    """Customers who are treated alike, such as trade buyers; promotions name the code."""

    __tablename__ = "customer_group"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))


class Customer(Model):
    """One e-mail address that has bought, as a guest or not, or that staff have entered."""

    __tablename__ = "customer"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    #: In small letters. After erasure a name that leads nowhere.
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(250), default="")
    phone: Mapped[str] = mapped_column(String(250), default="")
    locale: Mapped[str] = mapped_column(String(12), default="")
    #: Newest first, without repetition.
    addresses: Mapped[list[Any]] = mapped_column(default=list)
    group_code: Mapped[str | None] = mapped_column(ForeignKey("customer_group.code"), default=None)
    #: For the back office only.
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    last_order_at: Mapped[datetime | None] = mapped_column(default=None)
    erased_at: Mapped[datetime | None] = mapped_column(default=None)

    __table_args__ = (Index("ix_customer_group_code", "group_code", "id"),)
