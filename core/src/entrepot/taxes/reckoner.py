"""The rule engine as rule packs see it: implementation of ``sdk.packs.RuleReckoner``."""

from __future__ import annotations

from pathlib import Path

from entrepot.customs.overlays import load
from entrepot.customs.rules import crosses_border
from entrepot.sdk.customs import CustomsAnswer, CustomsQuestion
from entrepot.sdk.packs import RulePack, Seller
from entrepot.sdk.tax import TaxAnswer, TaxQuestion
from entrepot.taxes import remembering


class Reckoner:
    """Reads a pack with the merchant's own records laid over it, then reckons."""

    def check(self, pack: RulePack, folder: Path | None) -> None:
        load(pack, folder)

    def crosses_border(self, origin_country: str, destination_country: str) -> bool:
        return crosses_border(origin_country, destination_country)

    def customs(self, pack: RulePack, folder: Path | None, question: CustomsQuestion, seller: Seller) -> CustomsAnswer:
        return remembering.customs(load(pack, folder), question, seller)

    def tax(self, pack: RulePack, folder: Path | None, question: TaxQuestion, seller: Seller) -> TaxAnswer:
        return remembering.tax(load(pack, folder), question, seller)
