"""Rule packs of Singapore, Japan and Korea: reliefs for small values, duty and consumption taxes above them."""

from __future__ import annotations

from importlib.resources import files

from entrepot.sdk import (
    CustomsRules,
    PackCustomsRules,
    PackTaxCalculator,
    PluginManifest,
    RulePack,
    TaxCalculator,
    hookimpl,
)

manifest = PluginManifest(
    id="customs-sg-jp-kr",
    name="Singapore, Japan and Korea",
    description="Duty and consumption taxes of goods sent to Singapore, Japan and Korea, from dated records.",
)
rule_packs = (
    RulePack.of("sg", "SG", folder=files(__package__) / "rules" / "sg"),
    RulePack.of("jp", "JP", folder=files(__package__) / "rules" / "jp"),
    RulePack.of("kr", "KR", folder=files(__package__) / "rules" / "kr"),
)


class SgCustoms(PackCustomsRules):
    """What is due on parcels to Singapore."""

    id = "sg"
    label = "Singapore: duty and GST"
    pack = rule_packs[0]


class JpCustoms(PackCustomsRules):
    """What is due on parcels to Japan."""

    id = "jp"
    label = "Japan: duty and consumption tax"
    pack = rule_packs[1]


class KrCustoms(PackCustomsRules):
    """What is due on parcels to Korea."""

    id = "kr"
    label = "Korea: duty and VAT"
    pack = rule_packs[2]


class SgGst(PackTaxCalculator):
    """What the seller collects at checkout."""

    id = "sg"
    label = "Singapore: GST at checkout"
    pack = rule_packs[0]


@hookimpl
def entrepot_register_tax_calculators() -> list[type[TaxCalculator]]:
    return [SgGst]


@hookimpl
def entrepot_register_customs_rules() -> list[type[CustomsRules]]:
    return [SgCustoms, JpCustoms, KrCustoms]
