"""What the seller collects at checkout keeps what every tax calculator owes a shop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from entrepot.testkit import TaxConformance
from entrepot_customs_eu import entrepot_register_tax_calculators

(EuVat,) = entrepot_register_tax_calculators()


class TestEuVat(TaxConformance):
    provider_class = EuVat
    config: ClassVar[dict[str, Any]] = {
        "established_in": "DE",
        "registrations": "OSS DE123456789\nIOSS IM2760000000",
        "mode": "courier",
    }
    destination_country = "DE"
    currency = "EUR"
    known_rates: ClassVar[Mapping[tuple[str, str, str], str]] = {
        ("DE", "standard", "2020-06-30"): "0.19",
        ("DE", "standard", "2020-08-01"): "0.16",
        ("DE", "book", "2026-08-01"): "0.07",
        ("FR", "standard", "2026-08-01"): "0.2",
        ("FR", "book", "2026-08-01"): "0.055",
        ("HU", "standard", "2026-08-01"): "0.27",
        ("FI", "standard", "2024-08-31"): "0.24",
        ("FI", "standard", "2024-09-01"): "0.255",
        ("EE", "standard", "2025-06-30"): "0.22",
        ("EE", "standard", "2025-07-01"): "0.24",
        ("RO", "standard", "2025-08-01"): "0.21",
        ("SK", "standard", "2025-01-01"): "0.23",
        ("IE", "book", "2026-08-01"): "0",
    }


class TestSmallSeller(TaxConformance):
    """No OSS, no registration abroad: the seat's own VAT within EUR 10 000 a year, for whoever states it."""

    provider_class = EuVat
    config: ClassVar[dict[str, Any]] = {
        "established_in": "DE",
        "options": "distance_sales = up to EUR 10 000 a year",
    }
    destination_country = "FR"
    currency = "EUR"
    known_rates: ClassVar[Mapping[tuple[str, str, str], str]] = {
        ("FR", "standard", "2026-08-01"): "0.19",
        ("HU", "standard", "2026-08-01"): "0.19",
        ("DE", "standard", "2026-08-01"): "0.19",
    }
