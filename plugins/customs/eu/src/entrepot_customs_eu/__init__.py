"""Rule pack of the European Union: VAT of 27 states, IOSS, EUR 3 per item up to EUR 150, ordinary duty above."""

from __future__ import annotations

from pathlib import Path

from entrepot.sdk import PluginManifest, RulePack, pack_hooks

manifest = PluginManifest(
    id="customs-eu",
    name="European Union",
    description="Duty and VAT of goods sent to the 27 member states and Monaco, from dated records.",
)
_COUNTRIES = (
    ("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV")
    + ("MC", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK")
)  # fmt: skip
_RULES = Path(__file__).parent / "rules"
rule_packs = (
    RulePack.of(
        "eu",
        *_COUNTRIES,
        folder=_RULES,
        customs="European Union: duty and VAT",
        checkout="European Union: VAT at checkout",
    ),
)
entrepot_register_customs_rules, entrepot_register_tax_calculators = pack_hooks(__name__, *rule_packs)
