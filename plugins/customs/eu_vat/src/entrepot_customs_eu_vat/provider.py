"""The tax calculator: joins the account's settings to the pure rules; it never touches the network."""

from __future__ import annotations

from entrepot.sdk import TaxAnswer, TaxCalculator, TaxQuestion
from entrepot_customs_eu_vat.config import EuVatConfig
from entrepot_customs_eu_vat.mapping import answer, seller_of, touches_eu
from entrepot_customs_eu_vat.pack import rule_pack


class EuVat(TaxCalculator):
    """VAT of the 27 member states from the rule pack that came with this package."""

    id = "eu-vat"
    label = "EU VAT"
    config_schema = EuVatConfig

    def check(self) -> None:
        """Read the rule pack; raises PackInvalid with file and line."""
        rule_pack()

    def serves(self, question: TaxQuestion) -> bool:
        return touches_eu(question, rule_pack())

    def calculate(self, question: TaxQuestion) -> TaxAnswer:
        pack = rule_pack()
        return answer(question, seller_of(self.config, pack), pack)
