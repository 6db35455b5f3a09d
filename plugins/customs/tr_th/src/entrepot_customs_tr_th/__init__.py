"""Rule packs of Turkey and Thailand: what is left of their simplified procedures, and what ended in 2026."""

from __future__ import annotations

from importlib.resources import files

from entrepot.sdk import CustomsRules, PackCustomsRules, PluginManifest, RulePack, hookimpl

manifest = PluginManifest(
    id="customs-tr-th",
    name="Turkey and Thailand",
    description="Duty and VAT of goods sent to Turkey and Thailand, from dated records.",
)
rule_packs = (
    RulePack.of("tr", "TR", folder=files(__package__) / "rules" / "tr"),
    RulePack.of("th", "TH", folder=files(__package__) / "rules" / "th"),
)


class TrCustoms(PackCustomsRules):
    """What is due on parcels to Turkey."""

    id = "tr"
    label = "Turkey: flat tax, or duty and VAT"
    pack = rule_packs[0]


class ThCustoms(PackCustomsRules):
    """What is due on parcels to Thailand."""

    id = "th"
    label = "Thailand: duty and VAT"
    pack = rule_packs[1]


@hookimpl
def entrepot_register_customs_rules() -> list[type[CustomsRules]]:
    return [TrCustoms, ThCustoms]
