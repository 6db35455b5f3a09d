"""Rule pack of the United Kingdom: supply VAT up to GBP 135, duty and import VAT above."""

from __future__ import annotations

from pathlib import Path

from entrepot.sdk import PluginManifest, RulePack, pack_hooks

manifest = PluginManifest(
    id="customs-uk",
    name="United Kingdom",
    description="Duty and VAT of goods sent to the United Kingdom, from dated records.",
)
_RULES = Path(__file__).parent / "rules"
rule_packs = (
    RulePack.of(
        "uk",
        "GB",
        folder=_RULES,
        customs="United Kingdom: duty and VAT",
        checkout="United Kingdom: VAT at checkout",
    ),
)
entrepot_register_customs_rules, entrepot_register_tax_calculators = pack_hooks(__name__, *rule_packs)
