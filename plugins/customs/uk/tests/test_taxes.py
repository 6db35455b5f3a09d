"""What the seller collects at checkout keeps what every tax calculator owes a shop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from entrepot.testkit import TaxConformance
from entrepot_customs_uk import entrepot_register_tax_calculators

(UkVat,) = entrepot_register_tax_calculators()


class TestUkVat(TaxConformance):
    provider_class = UkVat
    config: ClassVar[dict[str, Any]] = {"registrations": "GB-VAT GB123456789", "mode": "courier"}
    destination_country = "GB"
    currency = "GBP"
    known_rates: ClassVar[Mapping[tuple[str, str, str], str]] = {
        ("GB", "standard", "2026-08-01"): "0.2",
    }
