"""Table rates keep what every carrier owes a shop."""

from __future__ import annotations

from typing import Any, ClassVar

from entrepot.testkit import CarrierConformance
from entrepot_carrier_table_rates.provider import TableRates


class TestTableRates(CarrierConformance):
    provider_class = TableRates
    config: ClassVar[dict[str, Any]] = {
        "rates": (
            "zone,countries,service,label,basis,up_to,price,currency,min_days,max_days,free_from\n"
            "Europe,EU|CH,standard,Standard|de=Standardversand,weight,5,9.90,EUR,3,6,150\n"
            "Europe,EU|CH,express,Express,weight,5,24.90,EUR,1,2,\n"
        ),
        "tracking_url": "https://carrier.example/{locale}/track?id={number}",
    }
