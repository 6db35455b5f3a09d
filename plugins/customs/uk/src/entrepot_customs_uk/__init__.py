"""Rule pack of the United Kingdom: supply VAT up to GBP 135, duty and import VAT above."""

from __future__ import annotations

from importlib.resources import files

from entrepot.sdk import (
    CustomsRules,
    PackCustomsRules,
    PackTaxCalculator,
    PluginManifest,
    RulePack,
    TaxCalculator,
    hookimpl,
)

manifest = PluginManifest(
    id="customs-uk",
    name="United Kingdom",
    description="Duty and VAT of goods sent to the United Kingdom, from dated records.",
)
rule_packs = (RulePack.of("uk", "GB", folder=files(__package__) / "rules"),)


class UkCustoms(PackCustomsRules):
    """What is due on parcels to the United Kingdom."""

    id = "uk"
    label = "United Kingdom: duty and VAT"
    pack = rule_packs[0]


class UkVat(PackTaxCalculator):
    """What the seller collects at checkout."""

    id = "uk"
    label = "United Kingdom: VAT at checkout"
    pack = rule_packs[0]


@hookimpl
def entrepot_register_tax_calculators() -> list[type[TaxCalculator]]:
    return [UkVat]


@hookimpl
def entrepot_register_customs_rules() -> list[type[CustomsRules]]:
    return [UkCustoms]
