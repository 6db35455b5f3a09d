"""Carts and quotes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from entrepot.storage.session import BigId, Model


class Cart(Model):
    """What a visitor has picked. The cookie holds the token; prices are never stored here."""

    __tablename__ = "cart"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    token: Mapped[str] = mapped_column(String(40), unique=True)
    market: Mapped[str] = mapped_column(String(20))
    locale: Mapped[str] = mapped_column(String(12))
    email: Mapped[str] = mapped_column(String(254), default="")
    shipping_address: Mapped[dict[str, str]] = mapped_column(default=dict)
    #: Empty means the same as the shipping address.
    billing_address: Mapped[dict[str, str]] = mapped_column(default=dict)
    #: Chosen ways by the shipment's number: {"1": {"account_id": …, "service": …}}
    shipping_choices: Mapped[dict[str, Any]] = mapped_column(default=dict)
    payment_account_id: Mapped[str] = mapped_column(String(36), default="")
    #: Codes in capitals, in the order in which they were entered.
    coupons: Mapped[list[str]] = mapped_column(default=list)
    #: Ids of the gift cards and store credits that are to pay, in the order in which they were entered.
    credits: Mapped[list[str]] = mapped_column(default=list)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    #: Number of the order that the cart became.
    order_number: Mapped[str] = mapped_column(String(40), default="")


class CartLine(Model):
    __tablename__ = "cart_line"

    cart_id: Mapped[int] = mapped_column(ForeignKey("cart.id", ondelete="CASCADE"), primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id", ondelete="CASCADE"), primary_key=True)
    #: What has the same number travels together.
    shipment: Mapped[int] = mapped_column(default=1, primary_key=True, autoincrement=False)
    quantity: Mapped[int]
    added_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("shipment > 0", name="shipment"),
    )


class Quote(Model):
    """A priced, explained, frozen answer. ``content`` is ``pricing.rules.Quote`` as JSON; ``digest`` fixes it."""

    __tablename__ = "quote"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    cart_id: Mapped[int] = mapped_column(ForeignKey("cart.id", ondelete="CASCADE"), index=True)
    total: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    content: Mapped[dict[str, Any]]
    digest: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
