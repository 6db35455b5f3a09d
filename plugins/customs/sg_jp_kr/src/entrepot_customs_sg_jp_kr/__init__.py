"""Rule packs of Singapore, Japan and Korea: reliefs for small values, duty and consumption taxes above them."""

from __future__ import annotations

from pathlib import Path

from entrepot.sdk import PluginManifest, RulePack, pack_hooks

manifest = PluginManifest(
    id="customs-sg-jp-kr",
    name="Singapore, Japan and Korea",
    description="Duty and consumption taxes of goods sent to Singapore, Japan and Korea, from dated records.",
)
_RULES = Path(__file__).parent / "rules"
rule_packs = (
    RulePack.of(
        "sg",
        "SG",
        folder=_RULES / "sg",
        customs="Singapore: duty and GST",
        checkout="Singapore: GST at checkout",
    ),
    RulePack.of(
        "jp",
        "JP",
        folder=_RULES / "jp",
        customs="Japan: duty and consumption tax",
        checkout="Japan: consumption tax at checkout",
    ),
    RulePack.of(
        "kr",
        "KR",
        folder=_RULES / "kr",
        customs="Korea: duty and VAT",
        checkout="Korea: VAT at checkout",
    ),
)
entrepot_register_customs_rules, entrepot_register_tax_calculators = pack_hooks(__name__, *rule_packs)
