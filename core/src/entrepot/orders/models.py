"""Orders, fulfilments, parcels, scans and the timeline."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from entrepot.storage.session import BigId, Model


class Sequence(Model):
    """Named counters, locked while they are increased inside the transaction that uses the number."""

    __tablename__ = "sequence"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)


class Order(Model):
    """Snapshot of what the buyer agreed to, changed by edits only, and the states beneath the six statuses."""

    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    #: Private link.
    token: Mapped[str] = mapped_column(String(40), unique=True)
    #: Scope and key of the request that placed it: repeating the request returns this order.
    idempotency_key: Mapped[str] = mapped_column(String(120), unique=True)
    #: Digest of that request, so that the same key with another body is refused.
    request_digest: Mapped[str] = mapped_column(String(64))
    #: to_pay, to_ship, shipped, delivered, completed, cancelled: projection of the states below.
    status: Mapped[str] = mapped_column(String(12))
    #: One of ``rules.PAYMENT_STATES``.
    payment_state: Mapped[str] = mapped_column(String(16), default="unpaid")
    #: One of ``rules.FULFILMENT_STATES``.
    fulfilment_state: Mapped[str] = mapped_column(String(14), default="unfulfilled")
    #: One of ``rules.RETURN_STATES``; written by ``service.note_return_state`` only.
    return_state: Mapped[str] = mapped_column(String(18), default="none", server_default="none")
    cancelled_at: Mapped[datetime | None] = mapped_column(default=None)
    #: Cancelled because it was not paid in time: money that comes late may take it up again.
    lapsed: Mapped[bool] = mapped_column(default=False)
    completed_at: Mapped[datetime | None] = mapped_column(default=None)
    market: Mapped[str] = mapped_column(String(20))
    locale: Mapped[str] = mapped_column(String(12))
    currency: Mapped[str] = mapped_column(String(3))
    total: Mapped[int] = mapped_column(BigInteger)
    #: What the buyer must have paid in all: the total, and what edits lowered after it was paid. Without what was
    #: captured it is the receivable of the ledger.
    charged: Mapped[int] = mapped_column(BigInteger, default=lambda row: row.get_current_parameters()["total"])
    #: In small letters, so that every look-up is by the index.
    email: Mapped[str] = mapped_column(String(254))
    shipping_address: Mapped[dict[str, str]]
    billing_address: Mapped[dict[str, str]]
    #: The quote that was accepted, whole: lines, total lines, causes, rules, trace.
    quote: Mapped[dict[str, Any]]
    #: What the shop promised when it was placed, with its ``version``: see ``policies.promises``. Empty where the order
    #: was placed elsewhere.
    policies: Mapped[dict[str, Any]] = mapped_column(default=dict)
    shipping_account_id: Mapped[str] = mapped_column(String(36), default="")
    #: Where it came from: "shop", "api", or a channel account id with its external id.
    channel: Mapped[str] = mapped_column(String(60), default="shop")
    external_id: Mapped[str | None] = mapped_column(String(120), default=None)
    #: Until then stock waits for money; an unpaid order is cancelled afterwards.
    hold_until: Mapped[datetime]
    placed_at: Mapped[datetime]

    __table_args__ = (
        Index("ix_orders_status_id", "status", "id"),
        Index("ix_orders_placed_at_id", "placed_at", "id"),
        Index("ix_orders_status_placed_at_id", "status", "placed_at", "id"),
        Index("ix_orders_email", "email"),
        Index("uq_orders_channel_external_id", "channel", "external_id", unique=True),
    )


class OrderWord(Model):
    """A word that an order is found by: its number, the buyer's e-mail address, a part of the name."""

    __tablename__ = "order_word"

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True)
    #: Sorted by its letters alone, so that a beginning is a range of the index in every database.
    word: Mapped[str] = mapped_column(String(60).with_variant(String(60, "C"), "postgresql"), primary_key=True)

    __table_args__ = (Index("ix_order_word", "word", "order_id"), {"sqlite_with_rowid": False})


class OrderLine(Model):
    __tablename__ = "order_line"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    variant_id: Mapped[int | None] = mapped_column(ForeignKey("variant.id", ondelete="SET NULL"), default=None)
    position: Mapped[int]
    sku: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(String(300))
    options: Mapped[str] = mapped_column(String(300), default="")
    quantity: Mapped[int]
    unit_price: Mapped[int] = mapped_column(BigInteger)
    #: After discounts, as the market shows prices (with or without tax).
    total: Mapped[int] = mapped_column(BigInteger)
    tax: Mapped[int] = mapped_column(BigInteger, default=0)
    hs_code: Mapped[str] = mapped_column(String(12), default="")
    origin_country: Mapped[str] = mapped_column(String(2), default="")
    weight_g: Mapped[int] = mapped_column(default=0)
    image_path: Mapped[str] = mapped_column(String(300), default="")
    #: Sold as a gift card: each paid piece is issued as a card.
    gift_card: Mapped[bool] = mapped_column(default=False)
    product_slug: Mapped[str] = mapped_column(String(200), default="")
    shipped: Mapped[int] = mapped_column(default=0)
    cancelled: Mapped[int] = mapped_column(default=0)

    __table_args__ = (
        CheckConstraint("quantity > 0 AND shipped + cancelled <= quantity", name="quantity"),
        Index("ix_order_line_sku", "sku", "order_id"),
    )


class Fulfilment(Model):
    """One warehouse's part of one shipment of an order. ``state``: open, shipped, delivered, cancelled."""

    __tablename__ = "fulfilment"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    #: The shipment's number in the quote, whose way of delivery the buyer chose.
    shipment: Mapped[int] = mapped_column(default=1, server_default="1")
    state: Mapped[str] = mapped_column(String(12), default="open")
    created_at: Mapped[datetime]

    __table_args__ = (Index("ix_fulfilment_state", "state", "warehouse_id"),)


class FulfilmentLine(Model):
    __tablename__ = "fulfilment_line"

    fulfilment_id: Mapped[str] = mapped_column(ForeignKey("fulfilment.id", ondelete="CASCADE"), primary_key=True)
    order_line_id: Mapped[str] = mapped_column(ForeignKey("order_line.id"), primary_key=True)
    quantity: Mapped[int]
    shipped: Mapped[int] = mapped_column(default=0)

    __table_args__ = (CheckConstraint("quantity > 0 AND shipped <= quantity", name="quantity"),)


class Parcel(Model):
    """What left a warehouse under one tracking number. ``state`` is a sdk TrackingState."""

    __tablename__ = "parcel"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    fulfilment_id: Mapped[str] = mapped_column(ForeignKey("fulfilment.id"), index=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    account_id: Mapped[str] = mapped_column(String(36), default="")
    carrier: Mapped[str] = mapped_column(String(120))
    tracking_number: Mapped[str] = mapped_column(String(80), index=True)
    tracking_url: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(20))
    #: {order line id: quantity}
    contents: Mapped[dict[str, Any]]
    shipped_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None] = mapped_column(default=None)
    #: Key of the request that shipped it.
    idempotency_key: Mapped[str] = mapped_column(String(120), unique=True)


class TrackingScan(Model):
    __tablename__ = "tracking_scan"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    parcel_id: Mapped[str] = mapped_column(ForeignKey("parcel.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]
    text: Mapped[str] = mapped_column(String(250), default="")
    code: Mapped[str] = mapped_column(String(40), default="")
    place: Mapped[str] = mapped_column(String(120), default="")


class OrderEdit(Model):
    """One edit after placement, as it was agreed to; never changed afterwards."""

    __tablename__ = "order_edit"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(120))
    reason: Mapped[str] = mapped_column(String(250))
    #: What it added to the total; minor units of the order's currency.
    difference: Mapped[int] = mapped_column(BigInteger)
    #: [{"kind": …, "label": …, "before": …, "after": …, "cause": …}], amounts in minor units.
    differences: Mapped[list[Any]]
    #: What became of the money: refunds, attempts to replace, what is to be collected.
    money: Mapped[dict[str, Any]]
    #: The quote and the address that held before.
    quote_before: Mapped[dict[str, Any]]
    address_before: Mapped[dict[str, str]]
    idempotency_key: Mapped[str] = mapped_column(String(120), unique=True)
    request_digest: Mapped[str] = mapped_column(String(64))


class OrderAttention(Model):
    """A person must look at the order; the row goes once somebody did. What was found stays in the timeline."""

    __tablename__ = "order_attention"

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    why: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime]


class OrderEvent(Model):
    """Append-only timeline: who did what, and why."""

    __tablename__ = "order_event"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    at: Mapped[datetime]
    #: "buyer", "staff:anna@…", "system", "payment:<account label>", "carrier:<account label>"
    actor: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(40))
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
