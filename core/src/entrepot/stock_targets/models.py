"""Proposals: one at a time for a SKU in a warehouse."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from entrepot.storage.session import Model


class StockProposal(Model):
    """The newest proposal. ``state``: open, accepted, rejected."""

    __tablename__ = "stock_proposal"

    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id", ondelete="CASCADE"), primary_key=True)
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"), primary_key=True)
    least: Mapped[int]
    most: Mapped[int]
    #: The figures that explain it: sold, days, while_waiting, safety, lead_days, purchase_days, service.
    why: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(10), default="open")
    made_at: Mapped[datetime]
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    decided_by: Mapped[str] = mapped_column(String(120), default="")

    __table_args__ = (Index("ix_stock_proposal_state", "state", "variant_id"),)
