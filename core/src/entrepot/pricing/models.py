"""Promotions and their uses, catalogue cuts, what limits discounts, exchange rates and the history of prices."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from entrepot.pricing.models_shown import CatalogueCut as CatalogueCut
from entrepot.pricing.models_shown import Promotion as Promotion
from entrepot.storage.session import BigId, Model


class PromotionCustomer(Model):
    """How many orders of one buyer hold a use of a promotion."""

    __tablename__ = "promotion_customer"

    promotion_id: Mapped[int] = mapped_column(ForeignKey("promotion.id", ondelete="CASCADE"), primary_key=True)
    #: The e-mail address in small letters.
    customer: Mapped[str] = mapped_column(String(254), primary_key=True)
    used: Mapped[int] = mapped_column(default=0)


class PromotionRedemption(Model):
    """One order's use of one promotion, and what it took off."""

    __tablename__ = "promotion_redemption"

    promotion_id: Mapped[int] = mapped_column(ForeignKey("promotion.id", ondelete="CASCADE"), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True, index=True)
    customer: Mapped[str] = mapped_column(String(254))
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    at: Mapped[datetime]
    #: When cancelling the order gave the use back.
    released_at: Mapped[datetime | None] = mapped_column(default=None)


class DiscountLimit(Model):
    """What no discount may do to a variant; a variant without a row has no such limit."""

    __tablename__ = "discount_limit"

    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id", ondelete="CASCADE"), primary_key=True)
    discountable: Mapped[bool] = mapped_column(default=True)
    #: Decimal text by market or currency: {"EUR": "45.00"}
    floors: Mapped[dict[str, str]] = mapped_column(default=dict)


class FxRate(Model):
    """1 ``base`` is ``rate`` ``quote`` on that day. Rows are only added: a quote names the row that it used."""

    __tablename__ = "fx_rate"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    base: Mapped[str] = mapped_column(String(3))
    quote: Mapped[str] = mapped_column(String(3))
    #: A decimal number as text, exactly as the source wrote it.
    rate: Mapped[str] = mapped_column(String(40))
    on: Mapped[date]
    source: Mapped[str] = mapped_column(String(60))

    __table_args__ = (Index("uq_fx_rate_base_quote_on_source", "base", "quote", "on", "source", unique=True),)


class AuthorityRate(Model):
    """1 ``base`` is ``rate`` ``quote`` to a customs or tax authority from ``on`` until ``until``. Only added."""

    __tablename__ = "authority_rate"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    #: A country, or "EU" for its customs union.
    authority: Mapped[str] = mapped_column(String(2))
    base: Mapped[str] = mapped_column(String(3))
    quote: Mapped[str] = mapped_column(String(3))
    #: A decimal number as text, exactly as the authority wrote it.
    rate: Mapped[str] = mapped_column(String(40))
    on: Mapped[date]
    #: Exclusive; empty for rates that count until the next one.
    until: Mapped[date | None] = mapped_column(default=None)
    source: Mapped[str] = mapped_column(String(200))
    retrieved: Mapped[date]

    __table_args__ = (
        Index("uq_authority_rate_authority_base_quote_on", "authority", "base", "quote", "on", unique=True),
    )


class PriceHistory(Model):
    """From ``since`` on the price list asked ``amount``, until the next row. Written with every change of a price."""

    __tablename__ = "price_history"

    price_list_id: Mapped[int] = mapped_column(ForeignKey("price_list.id", ondelete="CASCADE"), primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id", ondelete="CASCADE"), primary_key=True)
    since: Mapped[datetime] = mapped_column(primary_key=True)
    amount: Mapped[int] = mapped_column(BigInteger)
