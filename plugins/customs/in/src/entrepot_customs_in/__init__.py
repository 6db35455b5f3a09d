"""Rule pack of India: personal imports and gifts under heading 9804."""

from __future__ import annotations

from importlib.resources import files

from entrepot.sdk import CustomsRules, PackCustomsRules, PluginManifest, RulePack, hookimpl

manifest = PluginManifest(
    id="customs-in",
    name="India",
    description="Duty, surcharge and IGST of goods sent to India, from dated records.",
)
rule_packs = (RulePack.of("in", "IN", folder=files(__package__) / "rules"),)


class InCustoms(PackCustomsRules):
    """What is due on parcels to India."""

    id = "in"
    label = "India: duty, surcharge and IGST"
    pack = rule_packs[0]


@hookimpl
def entrepot_register_customs_rules() -> list[type[CustomsRules]]:
    return [InCustoms]
