"""Rule pack of India: personal imports and gifts under heading 9804."""

from __future__ import annotations

from pathlib import Path

from entrepot.sdk import PluginManifest, RulePack, pack_hooks

manifest = PluginManifest(
    id="customs-in",
    name="India",
    description="Duty, surcharge and IGST of goods sent to India, from dated records.",
)
_RULES = Path(__file__).parent / "rules"
rule_packs = (
    RulePack.of(
        "in",
        "IN",
        folder=_RULES,
        customs="India: duty, surcharge and IGST",
        checkout="India: taxes at checkout",
    ),
)
entrepot_register_customs_rules, entrepot_register_tax_calculators = pack_hooks(__name__, *rule_packs)
