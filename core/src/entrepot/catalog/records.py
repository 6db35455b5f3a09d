"""A product as it is saved: by the importers, by the demo, by the back office."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from entrepot.sdk.tax import GIFT_CARD


@dataclass(frozen=True, slots=True)
class OptionRecord:
    code: str
    name: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OptionValueRecord:
    value: str
    label: Mapping[str, str]
    swatch: str = ""


@dataclass(frozen=True, slots=True)
class PriceRecord:
    """Minor units of the price list's currency."""

    amount: int
    compare_at: int | None = None


@dataclass(frozen=True, slots=True)
class VariantRecord:
    """``prices`` by price list code; ``stock`` on hand by warehouse code, absent means: leave it as it is."""

    sku: str
    options: Mapping[str, OptionValueRecord] = field(default_factory=dict)
    prices: Mapping[str, PriceRecord] = field(default_factory=dict)
    stock: Mapping[str, int] = field(default_factory=dict)
    weight_g: int = 0
    tracked: bool = True
    barcode: str = ""
    hs_code: str = ""
    origin_country: str = ""
    requires_shipping: bool = True


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """``path`` in the media storage, or ``source_url`` for a picture that is still elsewhere."""

    path: str = ""
    source_url: str = ""
    alt: Mapping[str, str] = field(default_factory=dict)
    option_value: str = ""
    width: int = 800
    height: int = 800


@dataclass(frozen=True, slots=True)
class ProductRecord:
    """``categories`` are ways from the top: (("Clothing", "Shirts"),). Descriptions are HTML, cleaned when saved."""

    slug: str
    name: Mapping[str, str]
    variants: tuple[VariantRecord, ...]
    summary: Mapping[str, str] = field(default_factory=dict)
    description: Mapping[str, str] = field(default_factory=dict)
    brand: str = ""
    product_type: str = ""
    tags: tuple[str, ...] = ()
    categories: tuple[tuple[str, ...], ...] = ()
    options: tuple[OptionRecord, ...] = ()
    images: tuple[ImageRecord, ...] = ()
    specification: tuple[tuple[Mapping[str, str], Mapping[str, str]], ...] = ()
    tax_category: str = "standard"
    origin_country: str = ""
    hs_code: str = ""
    customs_description: str = ""
    materials: str = ""
    published: bool = True
    position: int = 100


def as_sold(record: ProductRecord) -> ProductRecord:
    """Gift cards are neither counted nor sent, whatever else the record says of them."""
    if record.tax_category != GIFT_CARD:
        return record
    variants = (replace(each, tracked=False, requires_shipping=False, weight_g=0, stock={}) for each in record.variants)
    return replace(record, variants=tuple(variants))
