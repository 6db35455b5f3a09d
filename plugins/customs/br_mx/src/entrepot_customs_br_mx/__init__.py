"""Rule packs of Brazil and Mexico: simplified taxation of international parcels."""

from __future__ import annotations

from pathlib import Path

from entrepot.sdk import PluginManifest, RulePack, pack_hooks

manifest = PluginManifest(
    id="customs-br-mx",
    name="Brazil and Mexico",
    description="Import tax and ICMS of Brazil, the global rate of Mexico, from dated records.",
)
_RULES = Path(__file__).parent / "rules"
rule_packs = (
    RulePack.of(
        "br",
        "BR",
        folder=_RULES / "br",
        customs="Brazil: import tax and ICMS",
        checkout="Brazil: ICMS at checkout",
    ),
    RulePack.of(
        "mx",
        "MX",
        folder=_RULES / "mx",
        customs="Mexico: global rate of courier parcels",
        checkout="Mexico: taxes at checkout",
    ),
)
entrepot_register_customs_rules, entrepot_register_tax_calculators = pack_hooks(__name__, *rule_packs)
