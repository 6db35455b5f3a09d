"""Promotions and catalogue cuts: what every page asks. All others are in ``models``."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from entrepot.storage.session import Model


class Promotion(Model):
    """``definition`` is read by ``pricing.definitions``; ``used`` counts the orders that hold a use."""

    __tablename__ = "promotion"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(60), unique=True)
    label: Mapped[dict[str, str]]
    definition: Mapped[dict[str, Any]]
    #: Market codes; empty means all.
    markets: Mapped[list[str]] = mapped_column(default=list)
    enabled: Mapped[bool] = mapped_column(default=True)
    priority: Mapped[int] = mapped_column(default=0)
    exclusive: Mapped[bool] = mapped_column(default=False)
    #: In capitals; empty where none has to be entered.
    coupon: Mapped[str] = mapped_column(String(60), default="")
    starts_at: Mapped[datetime | None] = mapped_column(default=None)
    #: Exclusive.
    ends_at: Mapped[datetime | None] = mapped_column(default=None)
    usage_limit: Mapped[int | None] = mapped_column(default=None)
    used: Mapped[int] = mapped_column(default=0)
    per_customer_limit: Mapped[int | None] = mapped_column(default=None)
    reusable_after_cancel: Mapped[bool] = mapped_column(default=True)

    __table_args__ = (Index("ix_promotion_live", "enabled", "coupon"),)


class CatalogueCut(Model):
    """A dated reduction of prices. Never changed once it has begun, only ended: past prices stay provable."""

    __tablename__ = "catalogue_cut"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(60), index=True)
    label: Mapped[dict[str, str]]
    definition: Mapped[dict[str, Any]]
    markets: Mapped[list[str]] = mapped_column(default=list)
    priority: Mapped[int] = mapped_column(default=0)
    exclusive: Mapped[bool] = mapped_column(default=False)
    starts_at: Mapped[datetime]
    #: Exclusive.
    ends_at: Mapped[datetime | None] = mapped_column(default=None, index=True)
