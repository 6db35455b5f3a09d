"""Rule pack of China: cross-border e-commerce retail import with its limits, and the channels beside it."""

from __future__ import annotations

from pathlib import Path

from entrepot.sdk import PluginManifest, RulePack, pack_hooks

manifest = PluginManifest(
    id="customs-cn-cbec",
    name="China: cross-border retail import",
    description="Duty, consumption tax and VAT of retail goods sent to China, from dated records.",
)
_RULES = Path(__file__).parent / "rules"
rule_packs = (
    RulePack.of(
        "cn",
        "CN",
        folder=_RULES,
        customs="China: duty, consumption tax and VAT",
        checkout="China: VAT and consumption tax of retail imports",
    ),
)
entrepot_register_customs_rules, entrepot_register_tax_calculators = pack_hooks(__name__, *rule_packs)
