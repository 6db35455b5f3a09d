"""Warehouses, the stock ledger, its projection, and reservations; from ``models_shown`` what pages need of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ColumnElement, ForeignKey, Index, String, literal
from sqlalchemy.orm import Mapped, mapped_column

from entrepot.inventory.models_shown import StockLevel as StockLevel
from entrepot.inventory.models_shown import StockPolicy as StockPolicy
from entrepot.inventory.models_shown import Warehouse as Warehouse
from entrepot.storage.session import BigId, Model


class StockMovement(Model):
    """Append-only. ``kind``: received, shipped, returned, adjusted, transfer_out, transfer_in, damaged.

    On-hand stock is the sum of ``quantity`` (signed) per variant and warehouse.
    """

    __tablename__ = "stock_movement"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"))
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    kind: Mapped[str] = mapped_column(String(20))
    quantity: Mapped[int]
    at: Mapped[datetime]
    #: What caused it: "order 1000424", "import shopify.csv", "count 7"
    reference: Mapped[str] = mapped_column(String(120), default="")
    actor: Mapped[str] = mapped_column(String(120), default="")
    #: What the received pieces cost together, in minor units of the base currency; None when nobody said.
    goods_cost: Mapped[int | None] = mapped_column(BigInteger, default=None)
    #: What bringing them here cost on top: freight, duty, insurance.
    landing_cost: Mapped[int | None] = mapped_column(BigInteger, default=None)

    __table_args__ = (Index("ix_stock_movement_variant", "variant_id", "warehouse_id"),)


class Reservation(Model):
    """Stock held for an order line. ``state``: held, awaited, consumed, released. Holds with ``expires_at`` lapse.

    Awaited pieces are promised before they are there; they become held when stock arrives in their warehouse.
    """

    __tablename__ = "reservation"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    order_line_id: Mapped[str] = mapped_column(String(36), index=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"))
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    quantity: Mapped[int]
    state: Mapped[str] = mapped_column(String(10), default="held")
    expires_at: Mapped[datetime | None] = mapped_column(default=None)

    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        Index("ix_reservation_expiry", "state", "expires_at"),
    )


#: Condition and index of what waits for stock. Written into the statement, never bound: only then a database sees
#: that the partial index answers it.
is_awaited: ColumnElement[bool] = Reservation.state == literal("awaited", literal_execute=True)
Index(
    "ix_reservation_awaited",
    Reservation.variant_id,
    Reservation.warehouse_id,
    sqlite_where=Reservation.state == "awaited",
    postgresql_where=Reservation.state == "awaited",
)


class Transfer(Model):
    """Goods on their way from one warehouse to another. ``state``: draft, in_transit, received, cancelled."""

    __tablename__ = "stock_transfer"

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    target_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    state: Mapped[str] = mapped_column(String(12), default="draft", index=True)
    note: Mapped[str] = mapped_column(String(120), default="")
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None] = mapped_column(default=None)
    received_at: Mapped[datetime | None] = mapped_column(default=None)


class TransferLine(Model):
    """``received + missing = quantity`` when the transfer is closed."""

    __tablename__ = "stock_transfer_line"

    transfer_id: Mapped[int] = mapped_column(ForeignKey("stock_transfer.id", ondelete="CASCADE"), primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"), primary_key=True)
    quantity: Mapped[int]
    received: Mapped[int] = mapped_column(default=0)
    missing: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(String(80), default="")

    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("received >= 0 AND missing >= 0 AND received + missing <= quantity", name="arrived"),
    )


class StockCount(Model):
    """Somebody counts a warehouse. ``kind``: full, cycle. ``state``: open, approved, cancelled."""

    __tablename__ = "stock_count"

    id: Mapped[int] = mapped_column(primary_key=True)
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    kind: Mapped[str] = mapped_column(String(8))
    #: Whether the one who counts is kept from seeing what should be there.
    blind: Mapped[bool] = mapped_column(default=True)
    #: A greater difference than this is counted a second time.
    tolerance: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(10), default="open", index=True)
    started_at: Mapped[datetime]
    closed_at: Mapped[datetime | None] = mapped_column(default=None)


class StockCountLine(Model):
    """One SKU of a count. ``expected`` is the stock on hand at the instant when it was counted."""

    __tablename__ = "stock_count_line"

    count_id: Mapped[int] = mapped_column(ForeignKey("stock_count.id", ondelete="CASCADE"), primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"), primary_key=True)
    counted: Mapped[int | None] = mapped_column(default=None)
    expected: Mapped[int | None] = mapped_column(default=None)
    times: Mapped[int] = mapped_column(default=0)
    #: Who counted last.
    actor: Mapped[str] = mapped_column(String(120), default="")


class StockThreshold(Model):
    """When to buy again: what is available below or at ``least`` is low. ``low_since`` is set once per crossing.

    ``most`` is up to which; None where nobody said.
    """

    __tablename__ = "stock_threshold"

    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id", ondelete="CASCADE"), primary_key=True)
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"), primary_key=True)
    least: Mapped[int]
    most: Mapped[int | None] = mapped_column(default=None)
    low_since: Mapped[datetime | None] = mapped_column(default=None, index=True)
