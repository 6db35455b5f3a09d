"""Products, variants, categories, pictures and prices. Texts are JSON by locale, so that a page needs one row."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from entrepot.storage.session import Model


class Category(Model):
    __tablename__ = "category"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(120), unique=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"), index=True, default=None)
    name: Mapped[dict[str, str]]
    description: Mapped[dict[str, str]] = mapped_column(default=dict)
    position: Mapped[int] = mapped_column(default=100)


class Product(Model):
    """What is shown; its variants are what is sold."""

    __tablename__ = "product"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(200), unique=True)
    name: Mapped[dict[str, str]]
    summary: Mapped[dict[str, str]] = mapped_column(default=dict)
    #: Sanitised HTML by locale.
    description: Mapped[dict[str, str]] = mapped_column(default=dict)
    brand: Mapped[str] = mapped_column(String(120), default="")
    product_type: Mapped[str] = mapped_column(String(120), default="")
    tags: Mapped[list[str]] = mapped_column(default=list)
    #: Options in order: [{"code": "colour", "name": {"en": "Colour"}}]
    options: Mapped[list[Any]] = mapped_column(default=list)
    tax_category: Mapped[str] = mapped_column(String(40), default="standard")
    origin_country: Mapped[str] = mapped_column(String(2), default="")
    hs_code: Mapped[str] = mapped_column(String(12), default="")
    customs_description: Mapped[str] = mapped_column(String(250), default="")
    materials: Mapped[str] = mapped_column(String(250), default="")
    #: Free specification: [{"name": {"en": …}, "value": {"en": …}}]
    specification: Mapped[list[Any]] = mapped_column(default=list)
    published: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int] = mapped_column(default=100)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    #: Digest of the imported source rows, so that a repeated import changes nothing.
    import_digest: Mapped[str] = mapped_column(String(64), default="")
    #: Names, brand, type, tags and SKUs in small letters: what the search looks through.
    search_text: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (Index("ix_product_listing", "position", "id"),)


class ProductCategory(Model):
    """A product is filed under its categories and all that contain them, so that a listing reads one range."""

    __tablename__ = "product_category"

    category_id: Mapped[int] = mapped_column(ForeignKey("category.id", ondelete="CASCADE"), primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id", ondelete="CASCADE"), primary_key=True)
    #: Copied from the product so that a listing reads one index in order.
    position: Mapped[int] = mapped_column(default=100)

    __table_args__ = (
        Index("ix_product_category_listing", "category_id", "position", "product_id"),
        Index("ix_product_category_product", "product_id"),
    )


class Variant(Model):
    """What is sold: one SKU."""

    __tablename__ = "variant"

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id", ondelete="CASCADE"), index=True)
    sku: Mapped[str] = mapped_column(String(100), unique=True)
    #: Value per option code: {"colour": {"value": "deep-sea", "label": {"en": "Deep sea"}, "swatch": "#123456"}}
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)
    barcode: Mapped[str] = mapped_column(String(40), default="")
    weight_g: Mapped[int] = mapped_column(default=0)
    #: Override the product's; empty means the product's.
    hs_code: Mapped[str] = mapped_column(String(12), default="")
    origin_country: Mapped[str] = mapped_column(String(2), default="")
    #: Whether stock is counted; untracked variants can always be sold.
    tracked: Mapped[bool] = mapped_column(default=True)
    requires_shipping: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int] = mapped_column(default=100)
    active: Mapped[bool] = mapped_column(default=True)

    __table_args__ = (CheckConstraint("weight_g >= 0", name="weight"),)


class Price(Model):
    """One variant's price in one price list, in minor units of the list's currency."""

    __tablename__ = "price"

    price_list_id: Mapped[int] = mapped_column(ForeignKey("price_list.id", ondelete="CASCADE"), primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id", ondelete="CASCADE"), primary_key=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    #: A former price to strike through; shown only when it is higher.
    compare_at: Mapped[int | None] = mapped_column(BigInteger, default=None)
    #: Where the amount comes from when the list follows another: price, rate with its day, rule. Empty: entered here.
    derived: Mapped[dict[str, Any]] = mapped_column(default=dict)

    __table_args__ = (CheckConstraint("amount >= 0", name="amount"), Index("ix_price_variant", "variant_id"))


class PriceWindow(Model):
    """What is asked from one instant until just before another, instead of the price. Windows never overlap."""

    __tablename__ = "price_window"

    id: Mapped[int] = mapped_column(primary_key=True)
    price_list_id: Mapped[int]
    variant_id: Mapped[int]
    amount: Mapped[int] = mapped_column(BigInteger)
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None] = mapped_column(default=None)
    #: What the listings know of it: ``product_price`` changes at both edges.
    begun: Mapped[bool] = mapped_column(default=False)
    ended: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (
        ForeignKeyConstraint(
            ["price_list_id", "variant_id"], ["price.price_list_id", "price.variant_id"], ondelete="CASCADE"
        ),
        CheckConstraint("amount >= 0", name="amount"),
        Index("uq_price_window_begin", "price_list_id", "variant_id", "valid_from", unique=True),
        Index("ix_price_window_ended", "ended"),
    )


class ProductPrice(Model):
    """Projection of ``price`` for listings: what a product's active variants cost in a price list.

    A product without a row is not offered there.
    """

    __tablename__ = "product_price"

    #: First in the key: a listing comes from its category, never from all that a price list offers.
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id", ondelete="CASCADE"), primary_key=True)
    price_list_id: Mapped[int] = mapped_column(ForeignKey("price_list.id", ondelete="CASCADE"), primary_key=True)
    lowest: Mapped[int] = mapped_column(BigInteger)
    highest: Mapped[int] = mapped_column(BigInteger)
    #: The former price of the cheapest variant, when it is higher.
    compare_at: Mapped[int | None] = mapped_column(BigInteger, default=None)


class Image(Model):
    """A picture of a product; ``path`` is in the media storage, ``source_url`` where it was imported from."""

    __tablename__ = "image"

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id", ondelete="CASCADE"), index=True)
    #: Shown first for this value of the first option, e.g. "deep-sea"; empty for all.
    option_value: Mapped[str] = mapped_column(String(80), default="")
    path: Mapped[str] = mapped_column(String(300), default="")
    source_url: Mapped[str] = mapped_column(Text, default="")
    alt: Mapped[dict[str, str]] = mapped_column(default=dict)
    width: Mapped[int] = mapped_column(default=800)
    height: Mapped[int] = mapped_column(default=800)
    position: Mapped[int] = mapped_column(default=100)


class Import(Model):
    """One run of an import and what became of its rows. Written by ``importing.runs`` only."""

    __tablename__ = "import_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    #: products or orders
    kind: Mapped[str] = mapped_column(String(20), default="products", server_default="products")
    file_name: Mapped[str] = mapped_column(String(250))
    format: Mapped[str] = mapped_column(String(30))
    dry_run: Mapped[bool] = mapped_column(default=False)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None] = mapped_column(default=None)
    created: Mapped[int] = mapped_column(default=0)
    updated: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    #: [{"row": 14, "reason": "…"}], at most the first thousand
    failures: Mapped[list[Any]] = mapped_column(default=list)
    actor: Mapped[str] = mapped_column(String(120), default="", server_default="")
    #: When the whole batch was taken back.
    undone_at: Mapped[datetime | None] = mapped_column(default=None)
