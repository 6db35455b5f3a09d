"""Ordinary values for tests: an instant, addresses, an order."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from entrepot.sdk import Address, Fact, Money, OrderLineView, OrderView, ParcelView, TotalLine
from entrepot.sdk.facts import FACTS

#: The instant at which every test happens unless it says otherwise.
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

_TOWNS: dict[str, dict[str, str]] = {
    "DE": {"street": "Am Sandtorkai 1", "postcode": "20457", "city": "Hamburg"},
    "FR": {"street": "Quai des Chartrons 7", "postcode": "33000", "city": "Bordeaux"},
    "US": {"street": "1 Harbor Way", "postcode": "94111", "city": "San Francisco", "region": "CA"},
    "GB": {"street": "1 Wharf Road", "postcode": "L3 4AA", "city": "Liverpool"},
    "CN": {"street": "中山东一路1号", "postcode": "200002", "city": "上海市", "region": "上海市"},
    "JP": {"street": "海岸通1-1", "postcode": "231-0002", "city": "横浜市", "region": "神奈川県"},
}


def address(country: str, **parts: str) -> Address:
    """A plausible address in the country; name any field to change it."""
    town = _TOWNS.get(country, {"street": "Harbour Street 1", "postcode": "10000", "city": "Port"})
    return Address(**{"country": country, "name": "Ada Lovelace", "phone": "+49 40 123456", **town, **parts})


def order_view(*, locale: str = "en", number: str = "1000424", name: str = "Harbour lamp", **parts: Any) -> OrderView:
    """An order of two lamps, shipped in one parcel."""
    line = OrderLineView(
        id="line-1",
        sku="LAMP-1",
        name=name,
        options="brass",
        quantity=2,
        unit_price=Money(995, "EUR"),
        total=Money(1990, "EUR"),
    )
    values: dict[str, Any] = {
        "number": number,
        "token": "private-link-token",
        "status": "to_ship",
        "payment_state": "captured",
        "fulfilment_state": "open",
        "market": "eu",
        "currency": "EUR",
        "locale": locale,
        "email": "ada@example.com",
        "placed_at": NOON,
        "total": Money(2490, "EUR"),
        "paid": Money(2490, "EUR"),
        "refunded": Money.zero("EUR"),
        "owing": Money.zero("EUR"),
        "lines": (line,),
        "totals": (
            TotalLine("goods", "Goods", Money(1990, "EUR")),
            TotalLine("shipping", "Shipping", Money(500, "EUR")),
            TotalLine("tax_included", "VAT included", Money(398, "EUR")),
            TotalLine("total", "Total", Money(2490, "EUR")),
        ),
        "shipping_address": address("DE"),
        "billing_address": address("DE"),
        "shipping_label": "Standard",
        "payment_label": "Bank transfer",
        "parcels": (parcel_view(),),
    }
    return OrderView(**(values | parts))


def parcel_view(**parts: Any) -> ParcelView:
    """A parcel on its way."""
    values: dict[str, Any] = {
        "id": "parcel-1",
        "tracking_number": "00340434161094000000",
        "carrier": "Flatbox",
        "tracking_url": "https://track.example/00340434161094000000",
        "state": "in_transit",
        "shipped_at": NOON,
        "delivered_at": None,
        "lines": (("line-1", 2),),
    }
    return ParcelView(**(values | parts))


#: Values of facts, by field name.
_FACT_VALUES: dict[str, Any] = {
    "cards": 1,
    "dispute_id": "dispute-1",
    "due": "2026-12-01T12:00:00+00:00",
    "order_number": "1000424",
    "total": Money(2490, "EUR"),
    "amount": Money(2490, "EUR"),
    "market": "eu",
    "locale": "en",
    "attempt_id": "attempt-1",
    "refund_id": "refund-1",
    "paid_in_full": True,
    "reason": "wrong size",
    "edit_id": "edit-1",
    "difference": Money(500, "EUR"),
    "owing": Money(500, "EUR"),
    "parcel_id": "parcel-1",
    "tracking_number": "00340434161094000000",
    "carrier": "Flatbox",
    "skus": ("LAMP-1",),
    "return_number": "R-1",
    "withdrawal": True,
    "refund": Money(2490, "EUR"),
    "sku": "LAMP-1",
    "warehouse": "hamburg",
    "available": 2,
    "threshold": 3,
}


def fact(kind: str) -> Fact:
    """An ordinary fact of the kind, such as "order_placed"."""
    wanted = FACTS[kind]
    names = {field.name for field in fields(wanted)} & set(_FACT_VALUES)
    return wanted(id="fact-1", at=NOON, **{name: _FACT_VALUES[name] for name in names})


def page_values(slot_values: tuple[str, ...], *, name: str = "Harbour lamp", locale: str = "en") -> dict[str, Any]:
    """What a page passes to the blocks of a slot, as far as every page of the kind has it."""
    product = _Page(
        id="product-1", slug="harbour-lamp", sku="LAMP-1", name=name, description="A lamp.", price=Money(995, "EUR")
    )
    pages: dict[str, Any] = {
        "product": product,
        "category": _Page(id="category-1", slug="lamps", name=name, products=(product,)),
        "cart": _Page(token="cart-token", lines=(product,), skus=("LAMP-1",), total=Money(995, "EUR"), name=name),
        "checkout": _Page(token="cart-token", email="ada@example.com", total=Money(995, "EUR"), name=name),
        "order": order_view(name=name, locale=locale),
    }
    return {value: pages[value] for value in slot_values}


class _Page(SimpleNamespace):
    """A sample of a page's view model; attributes it was not given are for the test class to add."""
