"""Rule packs of Turkey and Thailand: what is left of their simplified procedures, and what ended in 2026."""

from __future__ import annotations

from pathlib import Path

from entrepot.sdk import PluginManifest, RulePack, pack_hooks

manifest = PluginManifest(
    id="customs-tr-th",
    name="Turkey and Thailand",
    description="Duty and VAT of goods sent to Turkey and Thailand, from dated records.",
)
_RULES = Path(__file__).parent / "rules"
rule_packs = (
    RulePack.of(
        "tr",
        "TR",
        folder=_RULES / "tr",
        customs="Turkey: flat tax, or duty and VAT",
        checkout="Turkey: taxes at checkout",
    ),
    RulePack.of(
        "th",
        "TH",
        folder=_RULES / "th",
        customs="Thailand: duty and VAT",
        checkout="Thailand: VAT at checkout",
    ),
)
entrepot_register_customs_rules, entrepot_register_tax_calculators = pack_hooks(__name__, *rule_packs)
