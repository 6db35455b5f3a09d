"""What each source said last, and how fresh that is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from entrepot.storage.session import Model


class StockSourceState(Model):
    """One source: an account that is asked, or a name under which stock is reported through the API."""

    __tablename__ = "stock_source"

    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    label: Mapped[str] = mapped_column(String(120))
    #: pull or push
    mode: Mapped[str] = mapped_column(String(4))
    #: The highest sequence that was received.
    cursor: Mapped[int] = mapped_column(BigInteger, default=0)
    synced_at: Mapped[datetime | None] = mapped_column(default=None)
    #: When it is asked again, and from when on silence is an alert.
    next_at: Mapped[datetime | None] = mapped_column(default=None)
    stale_at: Mapped[datetime | None] = mapped_column(default=None)
    #: When staff were alerted; None while it is fresh.
    stale_since: Mapped[datetime | None] = mapped_column(default=None, index=True)
    #: Why the last try failed; empty when it went well.
    problem: Mapped[str] = mapped_column(Text, default="")
    #: What could not be taken as it was said, at most a hundred sentences.
    refused: Mapped[list[Any]] = mapped_column(default=list)


class StockSourcePlace(Model):
    """When a source last spoke of a warehouse, and of which instant."""

    __tablename__ = "stock_source_place"

    source_id: Mapped[str] = mapped_column(ForeignKey("stock_source.id", ondelete="CASCADE"), primary_key=True)
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"), primary_key=True, index=True)
    synced_at: Mapped[datetime]
    as_of: Mapped[datetime]


class StockSourceLevel(Model):
    """The newest event about a SKU in a warehouse: older ones change nothing any more."""

    __tablename__ = "stock_source_level"

    source_id: Mapped[str] = mapped_column(ForeignKey("stock_source.id", ondelete="CASCADE"), primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id", ondelete="CASCADE"), primary_key=True)
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger)
    on_hand: Mapped[int]
