"""What the seller collects at checkout keeps what every tax calculator owes a shop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from entrepot.sdk import TaxLine
from entrepot.testkit import TaxConformance
from entrepot_customs_au_nz import entrepot_register_tax_calculators

AuGst, NzGst = entrepot_register_tax_calculators()


class TestAuGst(TaxConformance):
    provider_class = AuGst
    config: ClassVar[dict[str, Any]] = {"registrations": "AU-GST 12345678901", "mode": "courier"}
    destination_country = "AU"
    currency = "AUD"
    known_rates: ClassVar[Mapping[tuple[str, str, str], str]] = {("AU", "standard", "2026-08-01"): "0.1"}

    def lines(self, currency: str) -> tuple[TaxLine, ...]:
        """Without the dear line: with it the cart lies at AUD 1,000, where tax in the price decides the regime."""
        return tuple(line for line in super().lines(currency) if line.amount.minor < 90_000)


class TestNzGst(TaxConformance):
    provider_class = NzGst
    config: ClassVar[dict[str, Any]] = {"registrations": "NZ-GST 123456789", "mode": "courier"}
    destination_country = "NZ"
    currency = "NZD"
    known_rates: ClassVar[Mapping[tuple[str, str, str], str]] = {("NZ", "standard", "2026-08-01"): "0.15"}
