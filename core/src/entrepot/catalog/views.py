"""What pages receive of the catalogue: frozen, in the reader's language and the market's prices."""

from __future__ import annotations

from dataclasses import field
from datetime import date

from entrepot.catalog.rules import PriceView
from entrepot.kernel.money import Money
from entrepot.kernel.records import dataclass


@dataclass(frozen=True)
class ImageView:
    url: str
    alt: str
    width: int
    height: int
    option_value: str = ""


@dataclass(frozen=True)
class ProductCard:
    """``availability`` is in_stock, few_left or sold_out."""

    slug: str
    name: str
    brand: str
    image: ImageView | None
    price: PriceView | None
    price_varies: bool
    availability: str


@dataclass(frozen=True)
class OptionValueView:
    value: str
    label: str
    swatch: str
    in_stock: bool


@dataclass(frozen=True)
class OptionView:
    code: str
    name: str
    values: tuple[OptionValueView, ...]


@dataclass(frozen=True)
class VariantView:
    """``available`` is None when stock is not counted; ``price`` is None when the market has none.

    ``list_price`` is the price before catalogue cuts; ``available_from`` the promised day of what is not in stock.
    """

    id: int
    sku: str
    options: dict[str, str]
    label: str
    price: PriceView | None
    availability: str
    available: int | None
    list_price: Money | None = None
    available_from: date | None = None


@dataclass(frozen=True)
class ProductPage:
    id: int
    slug: str
    name: str
    summary: str
    description_html: str
    brand: str
    images: tuple[ImageView, ...]
    options: tuple[OptionView, ...]
    variants: tuple[VariantView, ...]
    price: PriceView | None
    price_varies: bool
    availability: str
    specification: tuple[tuple[str, str], ...]
    origin_country: str
    materials: str
    hs_code: str
    weight_g: int
    breadcrumbs: tuple[tuple[str, str], ...]
    related: tuple[ProductCard, ...]


@dataclass(frozen=True)
class CategoryLink:
    slug: str
    name: str
    image: ImageView | None = None


@dataclass(frozen=True)
class CategoryPage:
    """``next_cursor`` is empty on the last page."""

    slug: str
    name: str
    description: str
    breadcrumbs: tuple[tuple[str, str], ...]
    children: tuple[CategoryLink, ...]
    cards: tuple[ProductCard, ...]
    next_cursor: str
    in_stock_only: bool
    sort: str


@dataclass(frozen=True)
class HomePage:
    featured: tuple[ProductCard, ...]
    new: tuple[ProductCard, ...]
    categories: tuple[CategoryLink, ...]


@dataclass(frozen=True)
class SearchPage:
    query: str
    cards: tuple[ProductCard, ...]
    next_cursor: str


@dataclass(frozen=True)
class Sellable:
    """A variant as pricing and checkout need it.

    ``unit_price`` is the listed price, which ``pricing.goods`` lowers; None when the market does not offer it.
    """

    variant_id: int
    sku: str
    name: str
    options: str
    unit_price: Money | None
    tax_category: str
    hs_code: str
    origin_country: str
    weight_g: int
    requires_shipping: bool
    tracked: bool
    available: int
    image_path: str
    product_slug: str
    product_id: int
    active: bool
    customs_description: str = ""
    materials: str = ""
    option_values: dict[str, str] = field(default_factory=dict)
    #: Why the price is what it is, where it was not simply entered: a window, or the list, rate and rule it follows.
    price_source: str = ""
