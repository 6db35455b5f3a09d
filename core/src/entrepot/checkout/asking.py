"""From a cart to the questions that tax calculators and customs rules are asked. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from entrepot.catalog.views import Sellable
from entrepot.kernel.address import Address
from entrepot.kernel.money import Money
from entrepot.pricing.rules import FIRST_SHIPMENT, QuoteLine, ShippingOption, shipping_line
from entrepot.sdk.carriers import DutyTerms
from entrepot.sdk.customs import CustomsAnswer, CustomsLine, CustomsQuestion
from entrepot.sdk.rates import ExchangeRate
from entrepot.sdk.tax import Certainty, TaxAnswer, TaxLine, TaxQuestion


@dataclass(frozen=True)
class Lane:
    """From where to where, when, in which currency, and with which exchange rates."""

    origin: Address
    destination: Address
    currency: str
    at: datetime
    locale: str
    prices_include_tax: bool
    rates: tuple[ExchangeRate, ...] = ()


def tax_question(
    lane: Lane,
    lines: Sequence[QuoteLine],
    freight: Money | None,
    freight_category: str = "standard",
    shipment: int = FIRST_SHIPMENT,
) -> TaxQuestion:
    """Goods, and the delivery fee once it is known."""
    fee, name = [freight] if freight is not None else [], shipping_line(shipment)
    delivery = [TaxLine(name, each, tax_category=freight_category, subject="shipping") for each in fee]
    return TaxQuestion(
        origin=lane.origin,
        destination=lane.destination,
        currency=lane.currency,
        at=lane.at,
        prices_include_tax=lane.prices_include_tax,
        lines=(*(_tax_line(line) for line in lines), *delivery),
        locale=lane.locale,
        rates=lane.rates,
    )


def customs_question(
    lane: Lane,
    lines: Sequence[QuoteLine],
    items: Mapping[int, Sellable],
    freight: Money | None,
    tax: TaxAnswer | None,
    *,
    shipment: int = FIRST_SHIPMENT,
    incoterm: str = "",
) -> CustomsQuestion:
    """What is sent, at its value without tax; ``incoterm`` "DAP" where no carrier can deliver duties paid."""
    none = Money.zero(lane.currency)
    net = {taxed.id: taxed.net for taxed in tax.lines} if tax else {}
    return CustomsQuestion(
        origin=lane.origin,
        destination=lane.destination,
        currency=lane.currency,
        at=lane.at,
        lines=tuple(
            CustomsLine(
                id=line.id,
                intrinsic_value=net.get(line.id, line.total),
                quantity=line.quantity,
                weight_g=line.weight_g * line.quantity,
                hs_code=line.hs_code,
                origin_country=line.origin_country,
                description=items[line.variant_id].customs_description or line.name,
                materials=items[line.variant_id].materials,
                tax_category=line.tax_category,
            )
            for line in lines
            if line.requires_shipping
        ),
        freight=net.get(shipping_line(shipment), none if freight is None else freight),
        insurance=none,
        incoterm=incoterm,
        registrations=tax.registrations if tax else None,
        rates=lane.rates,
    )


def collects_at_checkout(answer: CustomsAnswer | None) -> bool:
    """Whether the seller takes duty, import tax or fees from the buyer: then the carrier must deliver duties paid."""
    charges = answer.charges if answer else ()
    return any(charge.at_checkout and charge.certainty is Certainty.KNOWN for charge in charges)


def incoterm_for(terms: Sequence[DutyTerms]) -> str:
    """Without a way of delivery that pays duties, nothing that is due at the border can be promised."""
    return "" if DutyTerms.DDP in terms else "DAP"


def is_left_to_the_buyer(answer: CustomsAnswer | None) -> bool:
    """Whether something is, or may be, asked of the buyer on delivery: then nobody may promise that all is paid."""
    return answer is not None and answer.incoterm == "DAP"


def as_delivered_unpaid(way: ShippingOption) -> ShippingOption:
    """The same service without the promise that duties are paid."""
    return replace(way, duty_terms=DutyTerms.DAP) if way.duty_terms is DutyTerms.DDP else way


def _tax_line(line: QuoteLine) -> TaxLine:
    return TaxLine(
        id=line.id,
        amount=line.total,
        quantity=line.quantity,
        tax_category=line.tax_category,
        hs_code=line.hs_code,
        origin_country=line.origin_country,
        weight_g=line.weight_g * line.quantity,
    )
