"""Rule packs of the United Arab Emirates, Saudi Arabia and South Africa: VAT from the first unit, reliefs from duty."""

from __future__ import annotations

from importlib.resources import files

from entrepot.sdk import CustomsRules, PackCustomsRules, PluginManifest, RulePack, hookimpl

manifest = PluginManifest(
    id="customs-ae-sa-za",
    name="United Arab Emirates, Saudi Arabia and South Africa",
    description="Duty and VAT of goods sent to the Emirates, Saudi Arabia and South Africa, from dated records.",
)
rule_packs = (
    RulePack.of("ae", "AE", folder=files(__package__) / "rules" / "ae"),
    RulePack.of("sa", "SA", folder=files(__package__) / "rules" / "sa"),
    RulePack.of("za", "ZA", folder=files(__package__) / "rules" / "za"),
)


class AeCustoms(PackCustomsRules):
    """What is due on parcels to the United Arab Emirates."""

    id = "ae"
    label = "United Arab Emirates: duty and VAT"
    pack = rule_packs[0]


class SaCustoms(PackCustomsRules):
    """What is due on parcels to Saudi Arabia."""

    id = "sa"
    label = "Saudi Arabia: duty and VAT"
    pack = rule_packs[1]


class ZaCustoms(PackCustomsRules):
    """What is due on parcels to South Africa."""

    id = "za"
    label = "South Africa: duty and VAT"
    pack = rule_packs[2]


@hookimpl
def entrepot_register_customs_rules() -> list[type[CustomsRules]]:
    return [AeCustoms, SaCustoms, ZaCustoms]
