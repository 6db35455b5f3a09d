"""Rule packs of Brazil and Mexico: simplified taxation of international parcels."""

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
    id="customs-br-mx",
    name="Brazil and Mexico",
    description="Import tax and ICMS of Brazil, the global rate of Mexico, from dated records.",
)
rule_packs = (
    RulePack.of("br", "BR", folder=files(__package__) / "rules" / "br"),
    RulePack.of("mx", "MX", folder=files(__package__) / "rules" / "mx"),
)


class BrCustoms(PackCustomsRules):
    """What is due on parcels to Brazil."""

    id = "br"
    label = "Brazil: import tax and ICMS"
    pack = rule_packs[0]


class MxCustoms(PackCustomsRules):
    """What is due on parcels to Mexico."""

    id = "mx"
    label = "Mexico: global rate of courier parcels"
    pack = rule_packs[1]


class BrTaxes(PackTaxCalculator):
    """What the seller collects at checkout."""

    id = "br"
    label = "Brazil: ICMS at checkout"
    pack = rule_packs[0]


@hookimpl
def entrepot_register_tax_calculators() -> list[type[TaxCalculator]]:
    return [BrTaxes]


@hookimpl
def entrepot_register_customs_rules() -> list[type[CustomsRules]]:
    return [BrCustoms, MxCustoms]
