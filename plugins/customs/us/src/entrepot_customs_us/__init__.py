"""Rule pack of the United States: duty layers on the FOB value, entry fees, sales tax by nexus."""

from __future__ import annotations

from pathlib import Path

from entrepot.sdk import PluginManifest, RulePack, pack_hooks

manifest = PluginManifest(
    id="customs-us",
    name="United States",
    description="Duty layers, entry fees and sales tax of goods sent to the United States, from dated records.",
)
_RULES = Path(__file__).parent / "rules"
rule_packs = (
    RulePack.of(
        "us",
        "US",
        folder=_RULES,
        customs="United States: duty, fees and sales tax",
        checkout="United States: sales tax",
    ),
)
entrepot_register_customs_rules, entrepot_register_tax_calculators = pack_hooks(__name__, *rule_packs)
