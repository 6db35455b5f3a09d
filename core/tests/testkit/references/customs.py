"""A customs plugin without known faults: one tariff line, an import tax."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from entrepot.sdk import (
    Certainty,
    Charge,
    CustomsAnswer,
    CustomsRules,
    Finding,
    Money,
    PluginManifest,
    RuleRef,
    Severity,
    hookimpl,
)

manifest = PluginManifest(id="customs-harbour", name="Harbour customs")
DUTIES = {"940521": Decimal("0.047")}
SINCE = datetime(2020, 1, 1, tzinfo=UTC)
RULE = RuleRef("tariff", "2020-01-01", "Tariff of lamps", "https://tariff.example/940521")


class HarbourCustoms(CustomsRules):
    id, label = "harbour", "Harbour customs"

    def serves(self, origin_country, destination_country):
        return (origin_country, destination_country) == ("CN", "DE")

    def assess(self, question):
        charges = [self.duty(question, line) for line in question.lines]
        doubtful = {charge.line_id for charge in charges if charge.certainty is Certainty.UNKNOWN}
        findings = [
            Finding(Severity.MISSING, "Enter the HS code of this product.", RULE, line_id)
            for line_id in sorted(doubtful)
        ]
        return CustomsAnswer(tuple(charges), tuple(findings))

    def duty(self, question, line):
        rate = self.rate(line.hs_code) if question.at >= SINCE else None
        amount = Money.zero(question.currency) if rate is None else line.intrinsic_value * rate
        certainty = self.certainty(rate)
        return Charge("duty", "Duty", amount, certainty, RULE, line.id)

    def rate(self, hs_code):
        return DUTIES.get(hs_code.replace(".", "")[:6])

    def certainty(self, rate):
        return Certainty.UNKNOWN if rate is None else Certainty.KNOWN


@hookimpl
def entrepot_register_customs_rules():
    return [HarbourCustoms]
