"""Rule pack of the European Union: VAT of 27 states, IOSS, EUR 3 per item up to EUR 150, ordinary duty above."""

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
    id="customs-eu",
    name="European Union",
    description="Duty and VAT of goods sent to the 27 member states and Monaco, from dated records.",
)
_COUNTRIES = (
    ("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV")
    + ("MC", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK")
)  # fmt: skip
rule_packs = (RulePack.of("eu", *_COUNTRIES, folder=files(__package__) / "rules"),)


class EuCustoms(PackCustomsRules):
    """What is due on parcels to the member states."""

    id = "eu"
    label = "European Union: duty and VAT"
    pack = rule_packs[0]


class EuVat(PackTaxCalculator):
    """What the seller collects at checkout."""

    id = "eu"
    label = "European Union: VAT at checkout"
    pack = rule_packs[0]


@hookimpl
def entrepot_register_tax_calculators() -> list[type[TaxCalculator]]:
    return [EuVat]


@hookimpl
def entrepot_register_customs_rules() -> list[type[CustomsRules]]:
    return [EuCustoms]
