"""The United Kingdom's pack keeps what every set of customs rules owes a shop."""

from __future__ import annotations

from entrepot.testkit import CustomsConformance
from entrepot_customs_uk import entrepot_register_customs_rules

(UkCustoms,) = entrepot_register_customs_rules()


class TestUkCustoms(CustomsConformance):
    provider_class = UkCustoms
    destination_country = "GB"
    currency = "GBP"
