"""What the seller collects at checkout keeps what every tax calculator owes a shop."""

from __future__ import annotations

from typing import Any, ClassVar

from entrepot.testkit import TaxConformance
from entrepot_customs_eu import entrepot_register_tax_calculators

(EuVat,) = entrepot_register_tax_calculators()


class TestEuVat(TaxConformance):
    provider_class = EuVat
    config: ClassVar[dict[str, Any]] = {
        "established_in": "DE",
        "registrations": "OSS DE123456789\nIOSS IM2760000000",
        "mode": "courier",
    }
    destination_country = "DE"
    currency = "EUR"
