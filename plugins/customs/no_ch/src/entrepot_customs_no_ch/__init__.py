"""Rule packs of Norway and Switzerland: VOEC per item, mail-order rule, import VAT with its waiver."""

from __future__ import annotations

from pathlib import Path

from entrepot.sdk import PluginManifest, RulePack, pack_hooks

manifest = PluginManifest(
    id="customs-no-ch",
    name="Norway, Switzerland and Liechtenstein",
    description="Duty and VAT of goods sent to Norway, Switzerland and Liechtenstein, from dated records.",
)
_RULES = Path(__file__).parent / "rules"
rule_packs = (
    RulePack.of(
        "no",
        "NO",
        folder=_RULES / "no",
        customs="Norway: duty and VAT",
        checkout="Norway: VAT at checkout (VOEC)",
    ),
    RulePack.of(
        "ch",
        "CH",
        "LI",
        folder=_RULES / "ch",
        customs="Switzerland and Liechtenstein: duty and VAT",
        checkout="Switzerland and Liechtenstein: VAT of mail-order sellers",
    ),
)
entrepot_register_customs_rules, entrepot_register_tax_calculators = pack_hooks(__name__, *rule_packs)
