"""Rule packs of Norway and Switzerland: VOEC per item, mail-order rule, import VAT with its waiver."""

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
    id="customs-no-ch",
    name="Norway, Switzerland and Liechtenstein",
    description="Duty and VAT of goods sent to Norway, Switzerland and Liechtenstein, from dated records.",
)
rule_packs = (
    RulePack.of("no", "NO", folder=files(__package__) / "rules" / "no"),
    RulePack.of("ch", "CH", "LI", folder=files(__package__) / "rules" / "ch"),
)


class NoCustoms(PackCustomsRules):
    """What is due on parcels to Norway."""

    id = "no"
    label = "Norway: duty and VAT"
    pack = rule_packs[0]


class ChCustoms(PackCustomsRules):
    """What is due on parcels to Switzerland and Liechtenstein."""

    id = "ch"
    label = "Switzerland and Liechtenstein: duty and VAT"
    pack = rule_packs[1]


class NoVoec(PackTaxCalculator):
    """What the seller collects at checkout."""

    id = "no"
    label = "Norway: VAT at checkout (VOEC)"
    pack = rule_packs[0]


class ChVat(PackTaxCalculator):
    """What the seller collects at checkout."""

    id = "ch"
    label = "Switzerland and Liechtenstein: VAT of mail-order sellers"
    pack = rule_packs[1]


@hookimpl
def entrepot_register_tax_calculators() -> list[type[TaxCalculator]]:
    return [NoVoec, ChVat]


@hookimpl
def entrepot_register_customs_rules() -> list[type[CustomsRules]]:
    return [NoCustoms, ChCustoms]
