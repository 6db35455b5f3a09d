"""What the seller collects at checkout keeps what every tax calculator owes a shop."""

from __future__ import annotations

from typing import Any, ClassVar

from entrepot.testkit import TaxConformance
from entrepot_customs_us import entrepot_register_tax_calculators

(UsSalesTax,) = entrepot_register_tax_calculators()


class TestUsSalesTax(TaxConformance):
    provider_class = UsSalesTax
    config: ClassVar[dict[str, Any]] = {"registrations": "US-MA 1", "mode": "courier"}
    destination_country = "US"
    currency = "USD"
