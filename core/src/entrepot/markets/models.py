"""The store and its markets."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from entrepot.storage.session import Model


class Store(Model):
    """The merchant's shop: one row. ``version`` grows with every change of settings, markets or categories, so that
    each process knows when its cached copy is old."""

    __tablename__ = "store"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    base_currency: Mapped[str] = mapped_column(String(3))
    theme: Mapped[str] = mapped_column(String(60), default="")
    theme_settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: Contact, legal name, trust facts, order-number prefix …
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    version: Mapped[int] = mapped_column(default=1)


class PriceList(Model):
    """Prices in one currency, with or without the tax in them."""

    __tablename__ = "price_list"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    currency: Mapped[str] = mapped_column(String(3))
    includes_tax: Mapped[bool]
    #: Percent by tax category that prices of the list are reckoned with: {"standard": "19", "reduced": "7"}
    tax_rates: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: The list whose prices this one takes over.
    follows_id: Mapped[int | None] = mapped_column(ForeignKey("price_list.id"), default=None)
    #: hold_gross, hold_net or fixed
    mode: Mapped[str] = mapped_column(String(12), default="fixed")
    #: Added to what the followed list leads to: "5" makes it 5 % dearer.
    percent: Mapped[str] = mapped_column(String(20), default="0")
    #: Decimal text, "5" or "0.99"; empty means none.
    rounding_step: Mapped[str] = mapped_column(String(20), default="")
    rounding_ending: Mapped[str] = mapped_column(String(20), default="")
    #: When prices were last taken over, and why not since; empty when nothing is wrong.
    followed_at: Mapped[datetime | None] = mapped_column(default=None)
    problem: Mapped[str] = mapped_column(String(500), default="")


class Market(Model):
    """Countries, currency, locales, price list and tax display that go together."""

    __tablename__ = "market"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[dict[str, str]]
    currency: Mapped[str] = mapped_column(String(3))
    locales: Mapped[list[str]]
    price_list_id: Mapped[int] = mapped_column(ForeignKey("price_list.id"))
    time_zone: Mapped[str] = mapped_column(String(60), default="UTC")
    #: per_line, per_unit or per_order
    tax_rounding: Mapped[str] = mapped_column(String(10), default="per_line")
    default_country: Mapped[str] = mapped_column(String(2))
    enabled: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int] = mapped_column(default=100)


class MarketCountry(Model):
    """A country belongs to at most one market."""

    __tablename__ = "market_country"

    country: Mapped[str] = mapped_column(String(2), primary_key=True)
    market_id: Mapped[int] = mapped_column(ForeignKey("market.id", ondelete="CASCADE"), index=True)
