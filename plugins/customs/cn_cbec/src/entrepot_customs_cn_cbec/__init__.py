"""Rule pack of China: cross-border e-commerce retail import with its limits, and the channels beside it."""

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
    id="customs-cn-cbec",
    name="China: cross-border retail import",
    description="Duty, consumption tax and VAT of retail goods sent to China, from dated records.",
)
rule_packs = (RulePack.of("cn", "CN", folder=files(__package__) / "rules"),)


class CnCustoms(PackCustomsRules):
    """What is due on parcels to China."""

    id = "cn"
    label = "China: duty, consumption tax and VAT"
    pack = rule_packs[0]


class CnTaxes(PackTaxCalculator):
    """What the seller collects at checkout."""

    id = "cn"
    label = "China: VAT and consumption tax of retail imports"
    pack = rule_packs[0]


@hookimpl
def entrepot_register_tax_calculators() -> list[type[TaxCalculator]]:
    return [CnTaxes]


@hookimpl
def entrepot_register_customs_rules() -> list[type[CustomsRules]]:
    return [CnCustoms]
