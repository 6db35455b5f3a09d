"""What the seller collects at checkout keeps what every tax calculator owes a shop."""

from __future__ import annotations

from typing import Any, ClassVar

from entrepot.testkit import TaxConformance
from entrepot_customs_in import entrepot_register_tax_calculators

(InTaxes,) = entrepot_register_tax_calculators()


class TestInTaxes(TaxConformance):
    """Nobody registers for parcels from abroad: the carrier collects, and the answer says so."""

    provider_class = InTaxes
    config: ClassVar[dict[str, Any]] = {"mode": "courier"}
    origin_country = "DE"
    destination_country = "IN"
    currency = "INR"
