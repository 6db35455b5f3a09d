"""From the shop's customs question to a consignment and back: what is due at the border, and what is missing."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from entrepot.customs.engine.answer import AssessedCharge
from entrepot.customs.engine.assessment import assess
from entrepot.customs.engine.consignment import Consignment, Line, Place
from entrepot.customs.engine.fx import RateTable
from entrepot.customs.engine.pack import Pack
from entrepot.customs.engine.regimes import AT_CHECKOUT, Kind
from entrepot.kernel.address import Address
from entrepot.kernel.money import Money
from entrepot.sdk.customs import Charge, CustomsAnswer, CustomsLine, CustomsQuestion
from entrepot.sdk.packs import Seller
from entrepot.sdk.tax import Certainty

_KINDS = {Kind.DUTY: "duty", Kind.TAX: "import_tax", Kind.FEE: "fee"}


def answer_customs(pack: Pack, question: CustomsQuestion, seller: Seller) -> CustomsAnswer:
    """Charges and findings of the consignment. Taxes that the seller collects belong to the tax calculator."""
    answer = assess(consignment_of(question, pack, seller), pack)
    charges = tuple(_charge(charge) for charge in answer.charges if not is_sellers_tax(charge))
    return CustomsAnswer(charges=charges, findings=answer.findings, incoterm=answer.incoterm)


def is_sellers_tax(charge: AssessedCharge) -> bool:
    """Whether the seller owes this tax itself, instead of paying at the border what the buyer owes."""
    return charge.kind is Kind.TAX and charge.collector in AT_CHECKOUT


def consignment_of(question: CustomsQuestion, pack: Pack, seller: Seller) -> Consignment:
    """The question as the engine asks it; the day is the destination's."""
    registrations = seller.registrations if question.registrations is None else question.registrations
    none = Money.zero(question.currency)
    return Consignment(
        ship_from=place_of(question.origin, pack),
        ship_to=place_of(question.destination, pack),
        day=question.at.astimezone(ZoneInfo(pack.time_zone)).date(),
        currency=question.currency,
        lines=tuple(_line(line) for line in question.lines),
        freight=question.freight,
        insurance=question.insurance,
        onward=none,
        discount=none,
        mode=question.mode or seller.mode or None,
        registrations=registrations,
        established_in=seller.established_in,
        buyer=question.buyer,
        buyer_tax_id=question.buyer_tax_id,
        incoterm=question.incoterm or ("DDP" if seller.ddp else ""),
        year_to_date=question.year_to_date or seller.year_to_date,
        options=seller.options,
        rates=RateTable(question.rates),
    )


def place_of(address: Address, pack: Pack) -> Place:
    """The address as the pack knows places: a region by its code or by its name."""
    region = address.region.strip().upper().removeprefix(f"{address.country}-")
    known = {area.name.upper(): area.code.partition("-")[2] for area in pack.regions(address.country)}
    return Place(address.country, known.get(region, region), address.postcode)


def _line(line: CustomsLine) -> Line:
    return Line(
        id=line.id,
        value=line.intrinsic_value,
        quantity=line.quantity,
        hs=line.hs_code,
        origin=line.origin_country,
        weight_g=line.weight_g or None,
        category=line.tax_category,
        attributes=line.attributes,
        description=line.description,
    )


def _charge(charge: AssessedCharge) -> Charge:
    return Charge(
        kind=_KINDS[charge.kind],
        label=charge.label,
        amount=charge.amount,
        certainty=charge.state,
        rule=charge.rule,
        line_id=charge.line_id,
        at_checkout=charge.is_due_at_checkout,
        why=charge.why or _sum_in_figures(charge),
    )


def _sum_in_figures(charge: AssessedCharge) -> str:
    """``12.5% × USD 164``, ``EUR 3.00 per item × 2``; empty where the amount says it all."""
    given = dict(charge.inputs)
    if charge.state is not Certainty.KNOWN:
        return ""
    if charge.fraction is not None and "base" in given:
        base = given["base"].rpartition(" = ")[2].partition(" over ")[0]
        return f"{(charge.fraction * 100).normalize():f}% × {base}."
    return f"{given['amount']} × {given['count']}." if given.get("count", "1") != "1" else ""
