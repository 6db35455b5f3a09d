"""Rule packs of the United Arab Emirates, Saudi Arabia and South Africa: VAT from the first unit, reliefs from duty."""

from __future__ import annotations

from pathlib import Path

from entrepot.sdk import PluginManifest, RulePack, pack_hooks

manifest = PluginManifest(
    id="customs-ae-sa-za",
    name="United Arab Emirates, Saudi Arabia and South Africa",
    description="Duty and VAT of goods sent to the Emirates, Saudi Arabia and South Africa, from dated records.",
)
_RULES = Path(__file__).parent / "rules"
rule_packs = (
    RulePack.of(
        "ae",
        "AE",
        folder=_RULES / "ae",
        customs="United Arab Emirates: duty and VAT",
        checkout="United Arab Emirates: VAT at checkout",
    ),
    RulePack.of(
        "sa",
        "SA",
        folder=_RULES / "sa",
        customs="Saudi Arabia: duty and VAT",
        checkout="Saudi Arabia: VAT at checkout",
    ),
    RulePack.of(
        "za",
        "ZA",
        folder=_RULES / "za",
        customs="South Africa: duty and VAT",
        checkout="South Africa: VAT at checkout",
    ),
)
entrepot_register_customs_rules, entrepot_register_tax_calculators = pack_hooks(__name__, *rule_packs)
