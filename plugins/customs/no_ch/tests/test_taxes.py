"""What the seller collects at checkout keeps what every tax calculator owes a shop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from entrepot.testkit import TaxConformance
from entrepot_customs_no_ch import entrepot_register_tax_calculators

NoVoec, ChVat = entrepot_register_tax_calculators()


class TestNoVoec(TaxConformance):
    provider_class = NoVoec
    config: ClassVar[dict[str, Any]] = {"registrations": "VOEC 2001234", "mode": "courier"}
    destination_country = "NO"
    currency = "NOK"
    known_rates: ClassVar[Mapping[tuple[str, str, str], str]] = {
        ("NO", "standard", "2026-08-01"): "0.25",
    }


class TestChVat(TaxConformance):
    provider_class = ChVat
    config: ClassVar[dict[str, Any]] = {"registrations": "CH-VAT CHE-123456789", "mode": "courier"}
    destination_country = "CH"
    currency = "CHF"
