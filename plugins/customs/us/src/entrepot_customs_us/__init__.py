"""Rule pack of the United States: duty layers on the FOB value, entry fees, sales tax by nexus."""

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
    id="customs-us",
    name="United States",
    description="Duty layers, entry fees and sales tax of goods sent to the United States, from dated records.",
)
rule_packs = (RulePack.of("us", "US", folder=files(__package__) / "rules"),)


class UsCustoms(PackCustomsRules):
    """What is due on parcels to the United States."""

    id = "us"
    label = "United States: duty, fees and sales tax"
    pack = rule_packs[0]


class UsSalesTax(PackTaxCalculator):
    """What the seller collects at checkout."""

    id = "us"
    label = "United States: sales tax"
    pack = rule_packs[0]


@hookimpl
def entrepot_register_tax_calculators() -> list[type[TaxCalculator]]:
    return [UsSalesTax]


@hookimpl
def entrepot_register_customs_rules() -> list[type[CustomsRules]]:
    return [UsCustoms]
