"""A tax plugin without known faults: two rates in one country since 2007."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from entrepot.sdk import (
    Certainty,
    Money,
    PluginManifest,
    RuleRef,
    TaxAnswer,
    TaxCalculator,
    TaxedLine,
    hookimpl,
)

manifest = PluginManifest(id="customs-harbour-tax", name="Harbour tax")
RATES = {"standard": Decimal("0.19"), "reduced": Decimal("0.07")}
SINCE = datetime(2007, 1, 1, tzinfo=UTC)
UNKNOWN_RULE = RuleRef("none", "-", "No rule for this line.")


class HarbourTax(TaxCalculator):
    id, label = "harbour-tax", "Harbour tax"

    def serves(self, question):
        return question.destination.country == "DE"

    def calculate(self, question):
        lifted = question.buyer_tax_id.startswith("ATU") and len(question.buyer_tax_id) == 11
        lines = [self.tax_line(question, line, lifted) for line in question.lines]
        return TaxAnswer(tuple(lines), ("Reverse charge.",) if lifted else ())

    def tax_line(self, question, line, lifted):
        rate = RATES.get(line.tax_category) if question.at >= SINCE and self.serves(question) else None
        if rate is None:
            return self.unknown(line)
        rate = Decimal(0) if lifted else rate
        net, gross = self.split(line.amount, rate, question.prices_include_tax)
        certainty = Certainty.NOT_DUE if lifted else Certainty.KNOWN
        return TaxedLine(line.id, net, gross - net, gross, rate, f"VAT {rate:.0%}", self.rule(), certainty)

    def split(self, amount, rate, inclusive):
        if inclusive:
            return amount * (1 / (1 + rate)), amount
        return amount, amount + amount * rate

    def unknown(self, line):
        zero = Money.zero(line.amount.currency)
        return TaxedLine(line.id, line.amount, zero, line.amount, Decimal(0), "Tax", UNKNOWN_RULE, Certainty.UNKNOWN)

    def rule(self):
        return RuleRef("de-vat", "2007-01-01", "VAT", "https://law.example/vat")


@hookimpl
def entrepot_register_tax_calculators():
    return [HarbourTax]
