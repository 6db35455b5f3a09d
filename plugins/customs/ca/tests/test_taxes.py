"""What the seller collects at checkout keeps what every tax calculator owes a shop."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any, ClassVar

import pytest

from entrepot.sdk import Money, TaxLine
from entrepot.testkit import TaxConformance
from entrepot.testkit.samples import address
from entrepot_customs_ca import entrepot_register_tax_calculators

(CaTaxes,) = entrepot_register_tax_calculators()


class TestCaTaxes(TaxConformance):
    provider_class = CaTaxes
    config: ClassVar[dict[str, Any]] = {
        "registrations": "CA-GST 123456789RT0001\nCA-QC 1234567890TQ0001",
        "mode": "courier",
    }
    origin_country = "CA"
    destination_country = "CA"
    currency = "CAD"


@pytest.mark.parametrize(
    ("region", "rate", "labels"),
    [("ON", "0.13", ["HST"]), ("NS", "0.14", ["HST"]), ("QC", "0.14975", ["GST", "QST"]), ("BC", "0.05", ["GST"])],
)
@pytest.mark.covers("G3")
def test_province_decides_and_provincial_tax_needs_its_registration(region: str, rate: str, labels: list[str]) -> None:
    bench = TestCaTaxes()
    to = replace(address("CA"), region=region, postcode="")
    taxed = bench.answer(bench.question(TaxLine("1", Money(10_000, "CAD")), destination=to)).lines[0]
    assert taxed.rate == Decimal(rate)
    assert all(label in taxed.label for label in labels)
