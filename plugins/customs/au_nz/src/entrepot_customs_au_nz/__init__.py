"""Rule packs of Australia and New Zealand: GST at the sale on goods of low value, duty and GST at the border above."""

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
    id="customs-au-nz",
    name="Australia and New Zealand",
    description="Duty and GST of goods sent to Australia and New Zealand, from dated records.",
)
rule_packs = (
    RulePack.of("au", "AU", folder=files(__package__) / "rules" / "au"),
    RulePack.of("nz", "NZ", folder=files(__package__) / "rules" / "nz"),
)


class AuCustoms(PackCustomsRules):
    """What is due on parcels to Australia."""

    id = "au"
    label = "Australia: duty, GST and import charges"
    pack = rule_packs[0]


class NzCustoms(PackCustomsRules):
    """What is due on parcels to New Zealand."""

    id = "nz"
    label = "New Zealand: duty and GST"
    pack = rule_packs[1]


class AuGst(PackTaxCalculator):
    """What the seller collects at checkout."""

    id = "au"
    label = "Australia: GST at checkout"
    pack = rule_packs[0]


class NzGst(PackTaxCalculator):
    """What the seller collects at checkout."""

    id = "nz"
    label = "New Zealand: GST at checkout"
    pack = rule_packs[1]


@hookimpl
def entrepot_register_tax_calculators() -> list[type[TaxCalculator]]:
    return [AuGst, NzGst]


@hookimpl
def entrepot_register_customs_rules() -> list[type[CustomsRules]]:
    return [AuCustoms, NzCustoms]
