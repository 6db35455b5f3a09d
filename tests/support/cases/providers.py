"""A plugin whose carrier and tax calculator answer what a case lists; payments are the kit's scripted bank."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar

from entrepot.sdk import (
    CaptureRequest,
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
    PromotionAction,
    PromotionCart,
    PromotionCondition,
    Rate,
    RateRequest,
    RuleRef,
    Stage,
    TaxAnswer,
    TaxCalculator,
    TaxedLine,
    TaxLine,
    TaxQuestion,
    hookimpl,
    text,
)
from entrepot.testkit.providers import BANK, ByHand, ScriptedPayment

manifest = PluginManifest(id="feature-cases", name="Providers of behaviour cases")
Written = Mapping[str, Any]
#: A country of no zone, for carts whose buyer has not said where he lives and stores without a default zone.
NOWHERE = "AQ"


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
        zones = json.loads(self.config["zones"])
        return [_rate(method, request) for method in methods if _is_offered(method, request, zones)]


class CaseTax(TaxCalculator):
    """The case's ``tax.rates`` by category and zone; what has no rate is not taxed."""

    id = "case-tax"
    label = "Case tax"
    config_schema = Listed

    def calculate(self, question: TaxQuestion) -> TaxAnswer:
        rates: list[Written] = json.loads(self.config["listed"])
        zones, country = json.loads(self.config["zones"]), question.destination.country
        here = [rate for rate in rates if _covers(rate, country, zones)]
        return TaxAnswer(tuple(_taxed(line, _rate_of(line, here)) for line in question.lines))


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
    """Reserves what it is asked for, or ``granted`` where a case says so; it is captured afterwards, also in parts."""

    id = "authorizing"
    label = "Authorizing"
    outcome = Outcome.AUTHORIZED
    capabilities: ClassVar[frozenset[str]] = ScriptedPayment.capabilities | {"multicapture"}
    granted: ClassVar[Money | None] = None

    def start(self, request: PaymentRequest) -> PaymentResult:
        return super().start(replace(request, amount=Authorizing.granted or request.amount))

    def capture(self, request: CaptureRequest) -> PaymentResult:
        with BANK.lock:
            known = BANK.payments[request.reference]
            taken = (known.captured or Money.zero(request.amount.currency)) + request.amount
            if request.final:
                after = replace(known, outcome=Outcome.CAPTURED, amount=taken, captured=None)
            else:
                after = replace(known, captured=taken)
            BANK.payments[request.reference] = after
            return after


def zone_of(country: str, zones: Mapping[str, Any]) -> str:
    """The zone that lists the country, else the one of all others; empty where there is none. Of several that list it
    the one with the highest priority counts, of equal ones the first."""
    if country == NOWHERE:
        return ""
    listed = [name for name, zone in zones.items() if country in _countries(zone)]
    listed.sort(key=lambda name: -_priority(zones[name]))
    others = (name for name, zone in zones.items() if isinstance(zone, str))
    return next(iter(listed), next(others, ""))


def _countries(zone: Any) -> Any:
    found = zone.get("countries", ()) if isinstance(zone, Mapping) else zone
    return () if isinstance(found, str) else found


def _priority(zone: Any) -> int:
    return int(zone.get("priority", 0)) if isinstance(zone, Mapping) else 0


def _covers(rule: Written, country: str, zones: Mapping[str, Any]) -> bool:
    """Whether a rate or a method is for the country; a zone that the case does not describe is a country's code."""
    wanted = rule.get("zone")
    return wanted is None or wanted == (zone_of(country, zones) if zones else country)


def _is_offered(method: Written, request: RateRequest, zones: Mapping[str, Any]) -> bool:
    goods, weight = request.goods_value.decimal, Decimal(request.weight_g) / 1000
    fits = _between(goods, method, "items_total") and _between(weight, method, "weight")
    return fits and _covers(method, request.destination.country, zones)


def _rate(method: Written, request: RateRequest) -> Rate:
    times = request.pieces if method.get("per_unit") else 1
    return Rate(
        service=method["code"],
        label=method["code"],
        price=Money.exactly(str(method.get("fee", 0)), request.currency) * times,
        duty_terms=DutyTerms.NONE,
        tax_category=method.get("tax", "untaxed"),
    )


def _between(value: Decimal, method: Written, name: str) -> bool:
    least, most = method.get(f"min_{name}"), method.get(f"max_{name}")
    return (least is None or value >= Decimal(str(least))) and (most is None or value <= Decimal(str(most)))


def _rate_of(line: TaxLine, rates: list[Written]) -> Written | None:
    return next((rate for rate in rates if rate["category"] == line.tax_category), None)


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


class Dearest(PromotionAction):
    """Takes ``percent`` off the dearest line."""

    id = "feature-cases.dearest"
    label = "Something off the dearest line"
    stage = Stage.ORDER

    def discounts(self, cart: PromotionCart, options: Mapping[str, Any]) -> Mapping[str, Money]:
        line = max(cart.lines, key=lambda each: each.value.minor)
        return {line.id: line.value * (Decimal(str(options["percent"])) / 100)}


class EvenPieces(PromotionCondition):
    """An even number of pieces in the cart."""

    id = "feature-cases.even-pieces"
    label = "An even number of pieces"

    def is_met(self, cart: PromotionCart, options: Mapping[str, Any]) -> bool:
        return cart.quantity % 2 == 0


@hookimpl
def entrepot_register_promotion_rules() -> list[type[PromotionCondition | PromotionAction]]:
    return [Dearest, EvenPieces]


@hookimpl
def entrepot_register_payment_providers() -> list[type[PaymentProvider]]:
    return [PayingLater, PayingAtOnce, Authorizing, ByHand]


@hookimpl
def entrepot_register_carriers() -> list[type[Carrier]]:
    return [CaseCarrier]


@hookimpl
def entrepot_register_tax_calculators() -> list[type[TaxCalculator]]:
    return [CaseTax]
