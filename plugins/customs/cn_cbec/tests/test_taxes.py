"""What the seller collects at checkout keeps what every tax calculator owes a shop."""

from __future__ import annotations

from typing import Any, ClassVar

from entrepot.testkit import TaxConformance
from entrepot_customs_cn_cbec import entrepot_register_tax_calculators

(CnTaxes,) = entrepot_register_tax_calculators()


class TestCnTaxes(TaxConformance):
    provider_class = CnTaxes
    config: ClassVar[dict[str, Any]] = {"options": "channel = cbec", "assumed_year_to_date": "0 CNY", "mode": "courier"}
    destination_country = "CN"
    currency = "CNY"
