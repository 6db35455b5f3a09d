"""What the seller collects at checkout keeps what every tax calculator owes a shop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from entrepot.testkit import TaxConformance
from entrepot_customs_ae_sa_za import entrepot_register_tax_calculators

AeVat, SaVat, ZaVat = entrepot_register_tax_calculators()


class TestAeVat(TaxConformance):
    provider_class = AeVat
    config: ClassVar[dict[str, Any]] = {"registrations": "AE-VAT 100000000000003", "mode": "courier"}
    origin_country = "AE"
    destination_country = "AE"
    currency = "AED"
    known_rates: ClassVar[Mapping[tuple[str, str, str], str]] = {("AE", "standard", "2026-08-01"): "0.05"}


class TestSaVat(TaxConformance):
    provider_class = SaVat
    config: ClassVar[dict[str, Any]] = {"registrations": "SA-VAT 300000000000003", "mode": "courier"}
    origin_country = "SA"
    destination_country = "SA"
    currency = "SAR"
    known_rates: ClassVar[Mapping[tuple[str, str, str], str]] = {
        ("SA", "standard", "2021-09-01"): "0.15",
        ("SA", "book", "2026-08-01"): "0.15",
    }


class TestZaVat(TaxConformance):
    provider_class = ZaVat
    config: ClassVar[dict[str, Any]] = {"registrations": "ZA-VAT 4123456789", "mode": "courier"}
    origin_country = "ZA"
    destination_country = "ZA"
    currency = "ZAR"
    known_rates: ClassVar[Mapping[tuple[str, str, str], str]] = {
        ("ZA", "standard", "2018-04-01"): "0.15",
        ("ZA", "standard", "2026-08-01"): "0.15",
    }
