"""Rule pack of Canada: remission by mail and courier, duty, GST or HST and provincial tax above."""

from __future__ import annotations

from importlib.resources import files

from entrepot.sdk import CustomsRules, PackCustomsRules, PluginManifest, RulePack, hookimpl

manifest = PluginManifest(
    id="customs-ca",
    name="Canada",
    description="Duty, GST, HST and provincial tax of goods sent to Canada, from dated records.",
)
rule_packs = (RulePack.of("ca", "CA", folder=files(__package__) / "rules"),)


class CaCustoms(PackCustomsRules):
    """What is due on parcels to Canada."""

    id = "ca"
    label = "Canada: duty, GST, HST and provincial tax"
    pack = rule_packs[0]


@hookimpl
def entrepot_register_customs_rules() -> list[type[CustomsRules]]:
    return [CaCustoms]
