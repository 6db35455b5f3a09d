"""Rule pack of Canada: remission by mail and courier, duty, GST or HST and provincial tax above."""

from __future__ import annotations

from pathlib import Path

from entrepot.sdk import PluginManifest, RulePack, pack_hooks

manifest = PluginManifest(
    id="customs-ca",
    name="Canada",
    description="Duty, GST, HST and provincial tax of goods sent to Canada, from dated records.",
)
_RULES = Path(__file__).parent / "rules"
rule_packs = (
    RulePack.of(
        "ca",
        "CA",
        folder=_RULES,
        customs="Canada: duty, GST, HST and provincial tax",
        checkout="Canada: GST, HST and provincial tax at checkout",
    ),
)
entrepot_register_customs_rules, entrepot_register_tax_calculators = pack_hooks(__name__, *rule_packs)
