"""EU VAT keeps what every tax calculator owes a shop."""

from __future__ import annotations

from typing import Any, ClassVar

from entrepot.testkit import TaxConformance
from entrepot_customs_eu_vat.provider import EuVat


class TestEuVat(TaxConformance):
    provider_class = EuVat
    config: ClassVar[dict[str, Any]] = {"established_in": "DE", "oss": True, "vat_ids": "DE123456789"}
    destination_country = "FR"
    categories = ("standard", "book")
    known_rates: ClassVar[dict[tuple[str, str, str], str]] = {
        ("DE", "standard", "2020-06-30"): "0.19",
        ("DE", "standard", "2020-07-01"): "0.16",
        ("DE", "book", "2020-12-31"): "0.05",
        ("DE", "standard", "2021-01-01"): "0.19",
        ("EE", "standard", "2025-07-01"): "0.24",
        ("FI", "standard", "2026-11-21"): "0.255",
        ("FR", "book", "2026-11-21"): "0.055",
    }
