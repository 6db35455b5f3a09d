"""What the seller collects at checkout keeps what every tax calculator owes a shop."""

from __future__ import annotations

from typing import Any, ClassVar

from entrepot.testkit import TaxConformance
from entrepot_customs_br_mx import entrepot_register_tax_calculators

BrTaxes, MxTaxes = entrepot_register_tax_calculators()


class TestBrTaxes(TaxConformance):
    provider_class = BrTaxes
    config: ClassVar[dict[str, Any]] = {"registrations": "PRC", "mode": "courier"}
    origin_country = "DE"
    destination_country = "BR"
    currency = "USD"


class TestMxTaxes(TaxConformance):
    """Nobody registers for parcels from abroad: the courier collects, and the answer says so."""

    provider_class = MxTaxes
    config: ClassVar[dict[str, Any]] = {"mode": "courier"}
    origin_country = "DE"
    destination_country = "MX"
    currency = "USD"
