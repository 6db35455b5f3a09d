"""What the tests of plugins import: conformance classes, fakes and samples. Loaded piece by piece, when used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from entrepot.testkit.conformance.carrier import CarrierConformance
    from entrepot.testkit.conformance.channel import ChannelConformance
    from entrepot.testkit.conformance.customs import CustomsConformance
    from entrepot.testkit.conformance.feature import FeatureConformance
    from entrepot.testkit.conformance.notifier import NotifierConformance
    from entrepot.testkit.conformance.payment import PaymentConformance
    from entrepot.testkit.conformance.provider import ProviderConformance
    from entrepot.testkit.conformance.rates import RateSourceConformance
    from entrepot.testkit.conformance.screening import PartyScreeningConformance
    from entrepot.testkit.conformance.stock import StockSourceConformance
    from entrepot.testkit.conformance.tax import TaxConformance
    from entrepot.testkit.context import fixed_clock, make_context
    from entrepot.testkit.http import CONNECTION_REFUSED, TIMEOUT, FakeHttp, Reply, SentRequest
    from entrepot.testkit.samples import NOON, address
    from entrepot.testkit.shop import FakeShop
    from entrepot.testkit.signing import SignedWebhook, sign_sha256, sign_standard_webhook, sign_timestamped
    from entrepot.testkit.smtp import FakeSmtp

_HOMES = {
    "CarrierConformance": "conformance.carrier",
    "ChannelConformance": "conformance.channel",
    "CustomsConformance": "conformance.customs",
    "FeatureConformance": "conformance.feature",
    "NotifierConformance": "conformance.notifier",
    "PaymentConformance": "conformance.payment",
    "PartyScreeningConformance": "conformance.screening",
    "ProviderConformance": "conformance.provider",
    "RateSourceConformance": "conformance.rates",
    "StockSourceConformance": "conformance.stock",
    "TaxConformance": "conformance.tax",
    "NOON": "samples",
    "address": "samples",
    "fixed_clock": "context",
    "make_context": "context",
    "CONNECTION_REFUSED": "http",
    "TIMEOUT": "http",
    "FakeHttp": "http",
    "Reply": "http",
    "SentRequest": "http",
    "SignedWebhook": "signing",
    "sign_sha256": "signing",
    "sign_standard_webhook": "signing",
    "sign_timestamped": "signing",
    "FakeShop": "shop",
    "FakeSmtp": "smtp",
}

__all__ = [
    "CONNECTION_REFUSED",
    "NOON",
    "TIMEOUT",
    "CarrierConformance",
    "ChannelConformance",
    "CustomsConformance",
    "FakeHttp",
    "FakeShop",
    "FakeSmtp",
    "FeatureConformance",
    "NotifierConformance",
    "PartyScreeningConformance",
    "PaymentConformance",
    "ProviderConformance",
    "RateSourceConformance",
    "Reply",
    "SentRequest",
    "SignedWebhook",
    "StockSourceConformance",
    "TaxConformance",
    "address",
    "fixed_clock",
    "make_context",
    "sign_sha256",
    "sign_standard_webhook",
    "sign_timestamped",
]


def __getattr__(name: str) -> Any:
    """Import on first use: pytest loads this package at every start, whether it is needed or not."""
    if name not in _HOMES:
        raise AttributeError(f"entrepot.testkit has no {name!r}. It offers: {', '.join(sorted(_HOMES))}.")
    return getattr(import_module(f"entrepot.testkit.{_HOMES[name]}"), name)
