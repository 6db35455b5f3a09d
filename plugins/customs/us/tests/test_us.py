"""The United States's pack keeps what every set of customs rules owes a shop."""

from __future__ import annotations

from entrepot.testkit import CustomsConformance
from entrepot_customs_us import entrepot_register_customs_rules

(UsCustoms,) = entrepot_register_customs_rules()


class TestUsCustoms(CustomsConformance):
    provider_class = UsCustoms
    destination_country = "US"
    currency = "USD"
