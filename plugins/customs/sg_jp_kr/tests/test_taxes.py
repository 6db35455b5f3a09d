"""What the seller collects at checkout keeps what every tax calculator owes a shop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from entrepot.testkit import TaxConformance
from entrepot_customs_sg_jp_kr import entrepot_register_tax_calculators

SgGst, JpTaxes, KrVat = entrepot_register_tax_calculators()


class TestSgGst(TaxConformance):
    provider_class = SgGst
    config: ClassVar[dict[str, Any]] = {"registrations": "SG-OVR M90000000X", "mode": "courier"}
    origin_country = "DE"
    destination_country = "SG"
    currency = "SGD"
    known_rates: ClassVar[Mapping[tuple[str, str, str], str]] = {
        ("SG", "standard", "2023-06-01"): "0.08",
        ("SG", "standard", "2026-08-01"): "0.09",
    }


class TestJpTaxes(TaxConformance):
    """Nobody registers for parcels from abroad: the carrier collects, and the answer says so."""

    provider_class = JpTaxes
    config: ClassVar[dict[str, Any]] = {"mode": "courier"}
    origin_country = "DE"
    destination_country = "JP"
    currency = "JPY"


class TestKrVat(TaxConformance):
    provider_class = KrVat
    config: ClassVar[dict[str, Any]] = {"registrations": "KR-VAT 1234567890", "mode": "courier"}
    origin_country = "KR"
    destination_country = "KR"
    currency = "KRW"
    known_rates: ClassVar[Mapping[tuple[str, str, str], str]] = {
        ("KR", "standard", "2026-08-01"): "0.1",
        ("KR", "book", "2026-08-01"): "0",
    }
