"""What the seller collects at checkout keeps what every tax calculator owes a shop."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

import pytest

from entrepot.sdk import Certainty, Money, TaxLine
from entrepot.testkit import TaxConformance
from entrepot_customs_cn_cbec import entrepot_register_tax_calculators

(CnTaxes,) = entrepot_register_tax_calculators()


class TestCnTaxes(TaxConformance):
    provider_class = CnTaxes
    config: ClassVar[dict[str, Any]] = {"options": "channel = cbec", "assumed_year_to_date": "0 CNY", "mode": "courier"}
    destination_country = "CN"
    currency = "CNY"


@pytest.mark.covers("G3")
@pytest.mark.parametrize(
    ("hs", "rate", "certainty"), [("940521", "0.091", Certainty.KNOWN), ("490199", "0", Certainty.UNKNOWN)]
)
def test_composite_rate_is_collected_where_it_is_known(hs: str, rate: str, certainty: Certainty) -> None:
    bench = TestCnTaxes()
    goods = TaxLine("1", Money(10_000, "CNY"), hs_code=hs, origin_country="DE")
    taxed = bench.answer(bench.question(goods, prices_include_tax=False)).lines[0]
    assert (taxed.rate, taxed.certainty) == (Decimal(rate), certainty)
