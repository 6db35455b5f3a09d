"""What plugins see of the shop: frozen views, never table rows."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from entrepot.kernel.address import Address
from entrepot.kernel.money import Money
from entrepot.kernel.records import dataclass


@dataclass(frozen=True)
class OrderLineView:
    """A line as the buyer saw it when ordering."""

    id: str
    sku: str
    name: str
    options: str
    quantity: int
    unit_price: Money
    total: Money
    shipped: int = 0
    cancelled: int = 0
    image_url: str = ""
    product_slug: str = ""


@dataclass(frozen=True)
class TotalLine:
    """One row of the explained total. ``kind``: goods, discount, shipping, duty, fee, tax, tax_included, rounding or
    total."""

    kind: str
    label: str
    amount: Money
    cause: str = ""


@dataclass(frozen=True)
class TrackingEventView:
    state: str
    at: datetime
    text: str
    place: str


@dataclass(frozen=True)
class ParcelView:
    id: str
    tracking_number: str
    carrier: str
    tracking_url: str
    state: str
    shipped_at: datetime | None
    delivered_at: datetime | None
    lines: tuple[tuple[str, int], ...]
    """(line id, quantity)"""
    events: tuple[TrackingEventView, ...] = ()


@dataclass(frozen=True)
class OrderView:
    """One order. ``status`` is one of to_pay, to_ship, shipped, delivered, completed, cancelled."""

    number: str
    token: str
    status: str
    payment_state: str
    fulfilment_state: str
    market: str
    currency: str
    locale: str
    email: str
    placed_at: datetime
    total: Money
    paid: Money
    refunded: Money
    #: What is left to pay: zero once everything is taken or reserved, and for a cancelled order.
    owing: Money
    lines: tuple[OrderLineView, ...]
    totals: tuple[TotalLine, ...]
    shipping_address: Address
    billing_address: Address
    shipping_label: str
    payment_label: str
    parcels: tuple[ParcelView, ...] = ()
    notices: tuple[str, ...] = ()
    #: none, requested, approved, received, partially_settled, settled or rejected: all returns together.
    return_state: str = "none"


class ShopReader(Protocol):
    """Read access that observation hooks and jobs are given as ``shop``."""

    def order(self, number: str) -> OrderView | None:
        """The order with this number, or None."""
        ...

    def stock(self, skus: list[str]) -> dict[str, int]:
        """What can be promised now per SKU; unknown SKUs are absent."""
        ...
