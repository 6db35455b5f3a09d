"""What the seller collects at checkout keeps what every tax calculator owes a shop."""

from __future__ import annotations

from typing import Any, ClassVar

from entrepot.testkit import TaxConformance
from entrepot_customs_sg_jp_kr import entrepot_register_tax_calculators

SgGst, _, _ = entrepot_register_tax_calculators()


class TestSgGst(TaxConformance):
    provider_class = SgGst
    config: ClassVar[dict[str, Any]] = {"registrations": "SG-OVR M90000000X", "mode": "courier"}
    destination_country = "SG"
    currency = "SGD"
