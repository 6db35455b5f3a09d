"""Rule packs of Australia and New Zealand: GST at the sale on goods of low value, duty and GST at the border above."""

from __future__ import annotations

from pathlib import Path

from entrepot.sdk import PluginManifest, RulePack, pack_hooks

manifest = PluginManifest(
    id="customs-au-nz",
    name="Australia and New Zealand",
    description="Duty and GST of goods sent to Australia and New Zealand, from dated records.",
)
_RULES = Path(__file__).parent / "rules"
rule_packs = (
    RulePack.of(
        "au",
        "AU",
        folder=_RULES / "au",
        customs="Australia: duty, GST and import charges",
        checkout="Australia: GST at checkout",
    ),
    RulePack.of(
        "nz",
        "NZ",
        folder=_RULES / "nz",
        customs="New Zealand: duty and GST",
        checkout="New Zealand: GST at checkout",
    ),
)
entrepot_register_customs_rules, entrepot_register_tax_calculators = pack_hooks(__name__, *rule_packs)
