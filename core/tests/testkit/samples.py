"""What the reference plugins' vendors answer."""

from __future__ import annotations

import base64

from entrepot.testkit import sign_sha256

from .references.carrier import Flatbox
from .references.channel import Pier
from .references.customs import HarbourCustoms
from .references.notifier import Lantern
from .references.payment import Paylink
from .references.tax import HarbourTax

LINK = {"id": "lnk_1", "status": "open", "amount": 1990, "currency": "EUR", "url": "https://pay.test/1"}
SCAN = {"status": "DLV", "at": "2026-11-20T10:00:00+01:00"}


class PaymentSamples:
    provider_class = Paylink
    config = {"api_key": "api-key-1", "webhook_secret": "s"}
    http_script = {
        ("GET", "/account"): {},
        ("POST", "/links"): LINK,
        ("GET", "/links/lnk_1"): LINK,
        ("POST", "/captures"): LINK,
        ("POST", "/void"): LINK,
        ("POST", "/refunds"): LINK,
    }
    signed_webhook = sign_sha256("s", {"id": "evt_1", "type": "link.changed", "link": {**LINK, "status": "reserved"}})
    later_webhook = sign_sha256("s", {"id": "evt_2", "type": "link.changed", "link": {**LINK, "status": "paid"}})


class CarrierSamples:
    provider_class = Flatbox
    config = {"api_key": "api-key-1", "webhook_secret": "s"}
    http_script = {
        ("POST", "/quotes"): {"offers": [{"code": "S", "name": "Small", "price": "5.90", "currency": "EUR"}]},
        ("POST", "/labels"): {"id": "label-1", "number": "123", "pdf": base64.b64encode(b"%PDF").decode()},
        ("POST", "/labels/label-1/void"): {},
        ("GET", "/tracks/*"): {"scans": [SCAN, {"status": "PRE", "at": "2026-11-19T08:00:00+01:00"}]},
    }
    http_script_not_served = {("POST", "/quotes"): {"offers": []}}
    signed_webhook = sign_sha256("s", {"type": "scan", "number": "123", "scan": SCAN})


class TaxSamples:
    provider_class = HarbourTax
    categories = ("standard", "reduced")
    known_rates = {("DE", "standard", "2026-01-01"): "0.19", ("DE", "reduced", "2007-01-01"): "0.07"}


class CustomsSamples:
    provider_class = HarbourCustoms


class NotifierSamples:
    provider_class = Lantern
    config = {"host": "mail.example", "user": "shop", "password": "p"}


class ChannelSamples:
    provider_class = Pier
    config = {"api_key": "api-key-1"}
    http_script = {
        ("GET", "/orders"): {
            "orders": [
                {
                    "id": "ext-1",
                    "at": "2026-11-20T10:00:00+01:00",
                    "email": "ada@example.com",
                    "country": "DE",
                    "name": "Ada Lovelace",
                    "currency": "EUR",
                    "lines": [{"sku": "LAMP-1", "quantity": 2, "price": 995}],
                    "shipping": 500,
                    "total": 2490,
                }
            ],
            "next": "ext-1",
            "more": False,
        },
        ("POST", "/stock"): {"rejected": []},
        ("POST", "/prices"): {"rejected": []},
        ("POST", "/orders/ext-1/shipment"): {},
    }
