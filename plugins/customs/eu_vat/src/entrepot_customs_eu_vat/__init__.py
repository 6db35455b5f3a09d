"""EU VAT: dated rates of the 27 member states, with a source on every number."""

from __future__ import annotations

from entrepot.sdk import PluginManifest, TaxCalculator, hookimpl
from entrepot_customs_eu_vat.provider import EuVat

manifest = PluginManifest(
    id="customs-eu-vat",
    name="EU VAT",
    description="VAT of the 27 member states: domestic sales, distance sales, businesses, exports.",
)


@hookimpl
def entrepot_register_tax_calculators() -> list[type[TaxCalculator]]:
    return [EuVat]
