"""One shipment of a cart: carriers, tax calculator and customs are asked about it until their answers fit each other.

Every shipment is a consignment of its own: fees, low-value thresholds and duties are those of what travels together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from entrepot.catalog.views import Sellable
from entrepot.checkout.asking import (
    Lane,
    as_delivered_unpaid,
    collects_at_checkout,
    customs_question,
    incoterm_for,
    is_left_to_the_buyer,
    tax_question,
)
from entrepot.customs import rules as customs_rules
from entrepot.customs import service as customs
from entrepot.customs.service import CustomsResult
from entrepot.engine.guard import Offered
from entrepot.engine.runtime import Runtime
from entrepot.kernel.money import Money, total
from entrepot.pricing.discounting import Discount
from entrepot.pricing.rules import FIRST_SHIPMENT, QuoteLine, Shipment, ShippingOption
from entrepot.sdk.carriers import DutyTerms, Parcel, RateRequest
from entrepot.sdk.tax import Certainty, TaxAnswer
from entrepot.shipping import service as shipping
from entrepot.shipping.service import ShippingAnswer
from entrepot.taxes import service as taxes
from entrepot.taxes.service import TaxResult


@dataclass(frozen=True)
class Asked:
    """Who is asked, about which lane and goods. ``off_shipping`` says what promotions take off a delivery fee."""

    runtime: Runtime
    accounts: Mapping[str, Sequence[Offered]]
    lane: Lane
    items: Mapping[int, Sellable]
    off_shipping: Callable[[Money], tuple[Discount, ...]]


@dataclass(frozen=True)
class Consignment:
    """The answers about one shipment. ``ways`` are those that can be chosen, cheapest first."""

    number: int
    lines: tuple[QuoteLine, ...]
    ways: tuple[ShippingOption, ...]
    chosen: ShippingOption | None
    discounts: tuple[Discount, ...]
    carriers: ShippingAnswer
    tax: TaxResult
    duty: CustomsResult

    @property
    def requires_shipping(self) -> bool:
        return any(line.requires_shipping for line in self.lines)

    @property
    def shipment(self) -> Shipment | None:
        """What is sent and how, not taxed yet; None while no way is chosen."""
        if self.chosen is None:
            return None
        return Shipment(self.number, self.chosen, Money.zero(self.chosen.price.currency), self.discounts)


def consign(
    asked: Asked, number: int, lines: tuple[QuoteLine, ...], *, choice: tuple[str, str], assume_cheapest: bool
) -> Consignment:
    """Ask about these lines. ``choice`` is (carrier account, service), empty texts while nothing was chosen."""
    lane, accounts = asked.lane, asked.accounts
    carriers = _carriers(asked, lines)
    ways = list(carriers.options)
    incoterm = incoterm_for([way.duty_terms for way in ways])
    for _ in range(2):
        chosen = _chosen(choice, ways) or (next(iter(ways), None) if assume_cheapest else None)
        discounts = asked.off_shipping(chosen.price) if chosen else ()
        freight = _freight(chosen, discounts)
        category = chosen.tax_category if chosen else "standard"
        tax = taxes.assess(asked.runtime, accounts["tax"], tax_question(lane, lines, freight, category, number))
        question = customs_question(lane, lines, asked.items, freight, tax.answer, shipment=number, incoterm=incoterm)
        duty = customs.assess(asked.runtime, accounts["customs"], question)
        paid = [way for way in ways if way.duty_terms is DutyTerms.DDP]
        if not collects_at_checkout(duty.answer) or not paid or paid == ways:
            break
        ways = paid
    if is_left_to_the_buyer(duty.answer):
        ways = [as_delivered_unpaid(way) for way in ways]
        chosen = as_delivered_unpaid(chosen) if chosen else None
    return Consignment(number, lines, tuple(ways), chosen, discounts, carriers, tax, duty)


def by_shipment(lines: tuple[QuoteLine, ...]) -> dict[int, tuple[QuoteLine, ...]]:
    """What travels together; an empty cart is one shipment of nothing."""
    numbers = sorted({line.shipment for line in lines}) or [FIRST_SHIPMENT]
    if len(numbers) == 1:
        return {numbers[0]: lines}
    return {number: tuple(line for line in lines if line.shipment == number) for number in numbers}


def tax_of(results: Sequence[TaxResult]) -> TaxResult:
    """What was answered about all shipments together: unknown as soon as it is for one."""
    if len(results) == 1:
        return results[0]
    answers = [result.answer for result in results if result.answer is not None]
    trace = tuple(step for result in results for step in result.trace)
    if len(answers) < len(results):
        return TaxResult(None, trace)
    lines = tuple(line for answer in answers for line in answer.lines)
    notices = tuple(dict.fromkeys(notice for answer in answers for notice in answer.notices))
    return TaxResult(TaxAnswer(lines, notices, answers[0].registrations), trace)


def duty_of(results: Sequence[CustomsResult]) -> CustomsResult:
    """What customs asks for all shipments together: unknown as soon as it is for one."""
    if len(results) == 1:
        return results[0]
    answers = [result.answer for result in results if result.answer is not None]
    states = {result.state for result in results}
    state = next((each for each in (Certainty.UNKNOWN, Certainty.KNOWN) if each in states), Certainty.NOT_DUE)
    trace = tuple(step for result in results for step in result.trace)
    return CustomsResult(customs_rules.merge(answers) if answers else None, state, trace)


def _carriers(asked: Asked, lines: tuple[QuoteLine, ...]) -> ShippingAnswer:
    sent = [line for line in lines if line.requires_shipping]
    if not sent:
        return ShippingAnswer((), (), ())
    lane = asked.lane
    request = RateRequest(
        origin=lane.origin,
        destination=lane.destination,
        parcels=(Parcel(weight_g=sum(line.weight_g * line.quantity for line in sent)),),
        pieces=sum(line.quantity for line in sent),
        goods_value=_goods_with_tax(asked, lines),
        currency=lane.currency,
        at=lane.at,
        locale=lane.locale,
    )
    return shipping.options(asked.runtime, asked.accounts["carrier"], request)


def _goods_with_tax(asked: Asked, lines: tuple[QuoteLine, ...]) -> Money:
    """What the buyer pays for the goods after discounts, tax included, for the carriers' thresholds."""
    lane = asked.lane
    if lane.prices_include_tax:
        return total((line.total for line in lines), lane.currency)
    tax = taxes.assess(asked.runtime, asked.accounts["tax"], tax_question(lane, lines, None)).answer
    paid = [line.gross for line in tax.lines] if tax else [line.total for line in lines]
    return total(paid, lane.currency)


def _freight(chosen: ShippingOption | None, discounts: tuple[Discount, ...]) -> Money | None:
    """The delivery fee after discounts; None while no way of delivery is chosen."""
    if chosen is None:
        return None
    return chosen.price - total((each.amount for each in discounts), chosen.price.currency)


def _chosen(choice: tuple[str, str], ways: Sequence[ShippingOption]) -> ShippingOption | None:
    return next((way for way in ways if (way.account_id, way.service) == choice), None)
