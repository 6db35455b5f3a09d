"""What the seller collects at checkout keeps what every tax calculator owes a shop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from entrepot.testkit import TaxConformance
from entrepot_customs_tr_th import entrepot_register_tax_calculators

TrTaxes, ThVat = entrepot_register_tax_calculators()


class TestTrTaxes(TaxConformance):
    """Nobody registers for parcels from abroad: the carrier collects, and the answer says so."""

    provider_class = TrTaxes
    config: ClassVar[dict[str, Any]] = {"mode": "courier"}
    origin_country = "DE"
    destination_country = "TR"
    currency = "EUR"


class TestThVat(TaxConformance):
    provider_class = ThVat
    config: ClassVar[dict[str, Any]] = {"registrations": "TH-VAT 0105500000000", "mode": "courier"}
    origin_country = "TH"
    destination_country = "TH"
    currency = "THB"
    known_rates: ClassVar[Mapping[tuple[str, str, str], str]] = {("TH", "standard", "2026-02-01"): "0.07"}
