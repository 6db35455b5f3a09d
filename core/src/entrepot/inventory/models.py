"""Warehouses, the stock ledger, its projection, and reservations."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from entrepot.storage.session import BigId, Model


class Warehouse(Model):
    __tablename__ = "warehouse"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    #: entrepot.kernel.address.Address as JSON
    address: Mapped[dict[str, str]]
    #: Lower is asked first.
    priority: Mapped[int] = mapped_column(default=100)
    active: Mapped[bool] = mapped_column(default=True)


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

    __table_args__ = (Index("ix_stock_movement_variant", "variant_id", "warehouse_id"),)


class StockLevel(Model):
    """Projection of the ledger plus what reservations hold. ``available = on_hand - reserved``."""

    __tablename__ = "stock_level"

    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id", ondelete="CASCADE"), primary_key=True)
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"), primary_key=True)
    on_hand: Mapped[int] = mapped_column(default=0)
    reserved: Mapped[int] = mapped_column(default=0)

    __table_args__ = (
        CheckConstraint("reserved >= 0", name="reserved"),
        CheckConstraint("on_hand >= reserved", name="promised"),
    )


class Reservation(Model):
    """Stock held for an order line. ``state``: held, consumed, released. Holds with ``expires_at`` lapse."""

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
