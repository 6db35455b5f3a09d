"""Sales channels: marketplaces and feeds that bring orders in and take stock, prices and listings out."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from entrepot.kernel.address import Address
from entrepot.kernel.money import Money
from entrepot.kernel.records import dataclass
from entrepot.sdk.errors import Unsupported
from entrepot.sdk.provider import Provider


@dataclass(frozen=True)
class ChannelOrderLine:
    sku: str
    quantity: int
    unit_price: Money


@dataclass(frozen=True)
class ChannelOrder:
    """An order that was placed and paid elsewhere. ``external_id`` is unique per account: repeats change nothing."""

    external_id: str
    placed_at: datetime
    email: str
    shipping_address: Address
    lines: tuple[ChannelOrderLine, ...]
    shipping: Money
    total: Money
    locale: str = "en"


@dataclass(frozen=True)
class OrderPage:
    """``cursor`` is given back unchanged to the next call; ``more`` asks for that call at once."""

    orders: tuple[ChannelOrder, ...]
    cursor: str
    more: bool = False


@dataclass(frozen=True)
class StockUpdate:
    sku: str
    available: int


@dataclass(frozen=True)
class PriceUpdate:
    sku: str
    price: Money


@dataclass(frozen=True)
class Listing:
    """What a channel shows of one variant."""

    sku: str
    title: str
    description: str
    price: Money
    available: int
    image_urls: tuple[str, ...] = ()
    barcode: str = ""


@dataclass(frozen=True)
class ShipmentNotice:
    external_id: str
    tracking_number: str
    carrier: str
    shipped_at: datetime


@dataclass(frozen=True)
class Rejection:
    """One item of a push that the channel refused, and why."""

    sku: str
    reason: str


class SalesChannel(Provider):
    """Base class of sales channels. Capabilities: ``orders``, ``stock``, ``prices``, ``listings``, ``shipments``.

    Pushes are lists and idempotent; each returns the items that were refused.
    """

    kind: ClassVar[str] = "channel"

    def pull_orders(self, cursor: str) -> OrderPage:
        """Orders since the cursor; the first call gets an empty one. Capability ``orders``."""
        raise Unsupported(self, "pull_orders")

    def push_stock(self, updates: list[StockUpdate]) -> list[Rejection]:
        raise Unsupported(self, "push_stock")

    def push_prices(self, updates: list[PriceUpdate]) -> list[Rejection]:
        raise Unsupported(self, "push_prices")

    def push_listings(self, listings: list[Listing]) -> list[Rejection]:
        raise Unsupported(self, "push_listings")

    def push_shipment(self, notice: ShipmentNotice) -> None:
        raise Unsupported(self, "push_shipment")
