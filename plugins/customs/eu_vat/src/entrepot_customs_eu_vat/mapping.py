"""From a question to the VAT of every line: which rule, whose rate, how much. Pure; numbers come from the pack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from entrepot.sdk import Certainty, Money, RuleRef, TaxAnswer, TaxedLine, TaxLine, TaxQuestion, round_half_up
from entrepot_customs_eu_vat.config import split_vat_ids
from entrepot_customs_eu_vat.pack import Pack
from entrepot_customs_eu_vat.records import Place, Rate, Treatment
from entrepot_customs_eu_vat.texts import Words


@dataclass(frozen=True)
class Seller:
    """``registered_in`` holds every member state of which the seller has a VAT id."""

    established_in: str
    uses_oss: bool
    registered_in: frozenset[str]
    exempts_businesses: bool


@dataclass(frozen=True)
class Ruling:
    """How the sale is treated. ``area`` is whose rates apply when VAT is charged."""

    rule: str
    certainty: Certainty
    area: str = ""
    #: Why there is no answer, with a remedy, when the rule pack has no record that says so.
    reason: str = ""


def seller_of(config: Mapping[str, Any], pack: Pack) -> Seller:
    ids = split_vat_ids(config["vat_ids"])
    return Seller(
        established_in=config["established_in"],
        uses_oss=config["oss"],
        registered_in=frozenset(pack.state_of_vat_id(vat_id) for vat_id in ids),
        exempts_businesses=config["exempt_businesses"],
    )


def touches_eu(question: TaxQuestion, pack: Pack) -> bool:
    """Whether goods leave from or arrive in the VAT territory of the EU, or in a place that follows its rules."""
    places = (pack.place(question.origin), pack.place(question.destination))
    return any(place.is_inside or not place.is_known for place in places)


def answer(question: TaxQuestion, seller: Seller, pack: Pack) -> TaxAnswer:
    """One taxed line per line asked; the words of the rule as notice when VAT is not simply charged."""
    case = _case(question, seller, pack)
    return TaxAnswer(tuple(_taxed(line, case) for line in question.lines), notices=_notices(case))


@dataclass(frozen=True)
class _Case:
    """Everything that is the same for all lines of a question."""

    question: TaxQuestion
    ruling: Ruling
    treatment: Treatment | None
    day: date
    pack: Pack
    words: Words


def _case(question: TaxQuestion, seller: Seller, pack: Pack) -> _Case:
    day = local_day(question, pack)
    ruling = rule_on(question, seller, pack)
    treatment = pack.treatment(ruling.rule, day)
    if treatment is None and not ruling.reason:
        reason = f"This rule pack has no record of '{ruling.rule}' for {day}. Ask your tax adviser."
        ruling = Ruling("no-record", Certainty.UNKNOWN, reason=reason)
    return _Case(question, ruling, treatment, day, pack, Words(question.locale))


def local_day(question: TaxQuestion, pack: Pack) -> date:
    """The day of the sale in the destination's time zone; for goods that leave the EU, in the origin's."""
    places = (pack.place(question.destination), pack.place(question.origin))
    state = next((place.state for place in places if place.is_inside), "")
    at = question.at.astimezone(ZoneInfo(pack.states[state].time_zone)) if state else question.at
    return at.date()


def rule_on(question: TaxQuestion, seller: Seller, pack: Pack) -> Ruling:
    """Which treatment the sale gets, whatever the day."""
    origin, destination = pack.place(question.origin), pack.place(question.destination)
    for place in (origin, destination):
        if not place.is_known:
            reason = f"{place.name} follows EU rules, but this rule pack has no rates for it. Ask your tax adviser."
            return Ruling("no-record", Certainty.UNKNOWN, reason=reason)
    if not destination.is_inside:
        return Ruling("export", Certainty.NOT_DUE)
    if not origin.is_inside:
        return Ruling("import", Certainty.UNKNOWN)
    if _is_exempt_business(question, seller, origin, destination, pack):
        return Ruling("intra-community", Certainty.NOT_DUE)
    return _sale_to_consumer(seller, origin, destination)


def _sale_to_consumer(seller: Seller, origin: Place, destination: Place) -> Ruling:
    if origin.state == destination.state:
        return Ruling("domestic", Certainty.KNOWN, destination.area)
    if seller.uses_oss:
        return Ruling("union-oss", Certainty.KNOWN, destination.area)
    if destination.state in seller.registered_in:
        return Ruling("registered", Certainty.KNOWN, destination.area)
    if origin.state == seller.established_in:
        return Ruling("below-threshold", Certainty.KNOWN, origin.area)
    reason = (
        f"Goods leave from {origin.state}, not from {seller.established_in}, so the threshold of small sellers does "
        f"not apply. Switch the One Stop Shop on, or enter your VAT id of {destination.state}."
    )
    return Ruling("no-registration", Certainty.UNKNOWN, reason=reason)


def _is_exempt_business(question: TaxQuestion, seller: Seller, origin: Place, destination: Place, pack: Pack) -> bool:
    buyer = pack.state_of_vat_id(question.buyer_tax_id)
    return (
        seller.exempts_businesses
        and origin.state in seller.registered_in
        and origin.state != destination.state
        and buyer not in ("", origin.state)
    )


def split(amount: Money, fraction: Decimal, *, includes_tax: bool) -> tuple[Money, Money, Money]:
    """Net, tax and gross of an amount; the tax is rounded half up once and the rest is a difference."""
    if includes_tax:
        tax = Money(round_half_up(amount.minor * fraction / (1 + fraction)), amount.currency)
        return amount - tax, tax, amount
    tax = Money(round_half_up(amount.minor * fraction), amount.currency)
    return amount, tax, amount + tax


def _taxed(line: TaxLine, case: _Case) -> TaxedLine:
    is_charged = case.ruling.certainty is Certainty.KNOWN
    rate = case.pack.rate(case.ruling.area, line.tax_category, case.day) if is_charged else None
    if rate is None:
        return _untaxed(line, case)
    net, tax, gross = split(line.amount, rate.fraction, includes_tax=case.question.prices_include_tax)
    return TaxedLine(
        id=line.id,
        net=net,
        tax=tax,
        gross=gross,
        rate=rate.fraction,
        label=case.words.vat(rate.fraction),
        rule=_cite(rate, line.tax_category, case),
    )


def _untaxed(line: TaxLine, case: _Case) -> TaxedLine:
    """The amount as it stands, with the reason; a rate that is missing makes the answer unknown, never zero."""
    is_missing = case.ruling.certainty is Certainty.KNOWN
    missing = f"There is no VAT rate of {case.ruling.area} for {case.day} in this rule pack."
    treatment = case.treatment
    return TaxedLine(
        id=line.id,
        net=line.amount,
        tax=Money.zero(line.amount.currency),
        gross=line.amount,
        rate=Decimal(0),
        label=case.words.untaxed("no-record" if is_missing else case.ruling.rule),
        rule=RuleRef(
            id=f"{case.pack.id}/{case.ruling.rule}",
            version=case.pack.version,
            text=missing if is_missing else case.ruling.reason or (treatment.text if treatment else ""),
            source=str(treatment.citation) if treatment else case.pack.id,
        ),
        certainty=Certainty.UNKNOWN if is_missing else case.ruling.certainty,
    )


def _cite(rate: Rate, category: str, case: _Case) -> RuleRef:
    texts = [f"{percent(rate.fraction)} % VAT of {rate.area}, category {rate.category}, {rate.period}."]
    if rate.category != category:
        texts.append(f"There is no record of category '{category}', so the standard rate counts.")
    return RuleRef(
        id=f"{case.pack.id}/{case.ruling.rule}/{rate.id}",
        version=case.pack.version,
        text=" ".join([*texts, *([case.treatment.text] if case.treatment else [])]),
        source="; ".join(str(record.citation) for record in (rate, case.treatment) if record),
    )


def percent(fraction: Decimal) -> str:
    """A fraction as people write it: 25.5 for 0.255."""
    return f"{(fraction * 100).normalize():f}"


def _notices(case: _Case) -> tuple[str, ...]:
    vat_id = case.question.buyer_tax_id
    found = [case.words.notice(case.ruling.rule)]
    if vat_id and not case.pack.state_of_vat_id(vat_id):
        found.append(case.words.malformed_vat_id(vat_id))
    return tuple(text for text in found if text)
