"""Warehouses, and what of a variant is there and promised: what every page asks. All others are in ``models``."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from entrepot.storage.session import Model


class Warehouse(Model):
    __tablename__ = "warehouse"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    #: entrepot.kernel.address.Address as JSON
    address: Mapped[dict[str, str]]
    #: Lower is asked first.
    priority: Mapped[int] = mapped_column(default=100)
    #: What a parcel from here costs by destination country ("*": everywhere else), in minor units of the base currency.
    dispatch_costs: Mapped[dict[str, Any]] = mapped_column(default=dict)
    active: Mapped[bool] = mapped_column(default=True)


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


class StockPolicy(Model):
    """What is promised of a variant beyond its stock; a variant without a row is never promised beyond it.

    ``kind``: backorder, preorder.
    """

    __tablename__ = "stock_policy"

    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    #: Where the awaited pieces will arrive.
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    #: So many pieces may be awaited at once.
    most: Mapped[int]
    #: From this day on the awaited pieces leave; None: no day is promised.
    available_from: Mapped[date | None] = mapped_column(default=None)
    #: Projection of the awaited reservations.
    awaited: Mapped[int] = mapped_column(default=0)

    __table_args__ = (CheckConstraint("awaited >= 0", name="awaited"),)
