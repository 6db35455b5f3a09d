"""A plugin whose carrier and tax calculator answer what a case lists; payments are the kit's scripted bank."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar

from entrepot.sdk import (
    Carrier,
    Certainty,
    ConfigSchema,
    DutyTerms,
    Money,
    Outcome,
    PaymentProvider,
    PaymentRequest,
    PaymentResult,
    PluginManifest,
    Rate,
    RateRequest,
    RuleRef,
    TaxAnswer,
    TaxCalculator,
    TaxedLine,
    TaxLine,
    TaxQuestion,
    hookimpl,
    text,
)
from entrepot.testkit.providers import BANK, ScriptedPayment

manifest = PluginManifest(id="feature-cases", name="Providers of behaviour cases")
Written = Mapping[str, Any]


class Listed(ConfigSchema):
    """What the case lists, as JSON."""

    listed = text(label="Listed")
    zones = text(label="Zones", default="{}")


class CaseCarrier(Carrier):
    """The case's ``shipping_methods``, or one free way to send where it lists none."""

    id = "case-carrier"
    label = "Case carrier"
    config_schema = Listed
    capabilities: ClassVar[frozenset[str]] = frozenset({"rates"})

    def rates(self, request: RateRequest) -> list[Rate]:
        methods: list[Written] = json.loads(self.config["listed"])
        zone = zone_of(request.destination.country, json.loads(self.config["zones"]))
        return [_rate(method, request) for method in methods if _is_offered(method, request, zone)]


class CaseTax(TaxCalculator):
    """The case's ``tax.rates`` by category and zone; what has no rate is not taxed."""

    id = "case-tax"
    label = "Case tax"
    config_schema = Listed

    def calculate(self, question: TaxQuestion) -> TaxAnswer:
        rates: list[Written] = json.loads(self.config["listed"])
        zone = zone_of(question.destination.country, json.loads(self.config["zones"]))
        return TaxAnswer(tuple(_taxed(line, _rate_of(line, rates, zone)) for line in question.lines))


class _Paying(ScriptedPayment):
    """The scripted bank with an outcome of its own."""

    outcome: ClassVar[Outcome]

    def start(self, request: PaymentRequest) -> PaymentResult:
        reference = f"ref-{request.idempotency_key}"
        with BANK.lock:
            return BANK.payments.setdefault(reference, PaymentResult(self.outcome, reference, request.amount))


class PayingLater(_Paying):
    """Waits for the buyer: news comes by webhook."""

    id = "later"
    label = "Later"
    outcome = Outcome.PENDING


class PayingAtOnce(_Paying):
    """Takes the money when it is asked."""

    id = "at-once"
    label = "At once"
    outcome = Outcome.CAPTURED


class Authorizing(_Paying):
    """Reserves the money; it is captured afterwards."""

    id = "authorizing"
    label = "Authorizing"
    outcome = Outcome.AUTHORIZED


def zone_of(country: str, zones: Mapping[str, Any]) -> str:
    """The zone that lists the country, else the one of all others; empty where there is none."""
    listed = (name for name, countries in zones.items() if isinstance(countries, list) and country in countries)
    others = (name for name, countries in zones.items() if not isinstance(countries, list))
    return next(listed, next(others, ""))


def _is_offered(method: Written, request: RateRequest, zone: str) -> bool:
    goods, weight = request.goods_value.decimal, Decimal(request.weight_g) / 1000
    fits = _between(goods, method, "items_total") and _between(weight, method, "weight")
    return fits and method.get("zone", zone) == zone


def _rate(method: Written, request: RateRequest) -> Rate:
    fee = Money.exactly(str(_for(method["fee"], request.currency)), request.currency)
    times = request.pieces if method.get("per_unit") else 1
    return Rate(
        service=method["code"],
        label=method["code"],
        price=fee * times,
        duty_terms=DutyTerms.NONE,
        tax_category=method.get("tax", "untaxed"),
    )


def _for(amount: Any, currency: str) -> Any:
    return amount[currency] if isinstance(amount, Mapping) else amount


def _between(value: Decimal, method: Written, name: str) -> bool:
    least, most = method.get(f"min_{name}"), method.get(f"max_{name}")
    return (least is None or value >= Decimal(str(least))) and (most is None or value <= Decimal(str(most)))


def _rate_of(line: TaxLine, rates: list[Written], zone: str) -> Written | None:
    fitting = (rate for rate in rates if rate["category"] == line.tax_category and rate.get("zone", zone) == zone)
    return next(fitting, None)


def _taxed(line: TaxLine, rate: Written | None) -> TaxedLine:
    if rate is None:
        none = Money.zero(line.amount.currency)
        return TaxedLine(
            line.id, line.amount, none, line.amount, Decimal(0), "", RuleRef("", ""), Certainty.NOT_DUE, included=False
        )
    share, included = Decimal(str(rate["percent"])) / 100, bool(rate.get("included_in_price"))
    exact = line.amount.minor * Fraction(share) / (1 + Fraction(share) if included else 1)
    tax = Money(_half_up(exact), line.amount.currency)
    net, gross = (line.amount - tax, line.amount) if included else (line.amount, line.amount + tax)
    rule = RuleRef(f"case/{line.tax_category}", "1", f"{rate['percent']} %")
    return TaxedLine(line.id, net, tax, gross, share, f"{rate['percent']} %", rule, included=included)


def _half_up(value: Fraction) -> int:
    magnitude = int(abs(value) + Fraction(1, 2))
    return -magnitude if value < 0 else magnitude


@hookimpl
def entrepot_register_payment_providers() -> list[type[PaymentProvider]]:
    return [PayingLater, PayingAtOnce, Authorizing]


@hookimpl
def entrepot_register_carriers() -> list[type[Carrier]]:
    return [CaseCarrier]


@hookimpl
def entrepot_register_tax_calculators() -> list[type[TaxCalculator]]:
    return [CaseTax]
