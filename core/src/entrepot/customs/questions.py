"""From the shop's customs question to a consignment and back: what is collected at the border, and what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from entrepot.customs.assess import load
from entrepot.customs.engine.answer import Answer, AssessedCharge
from entrepot.customs.engine.assessment import assess
from entrepot.customs.engine.consignment import Consignment, Line, Place
from entrepot.customs.engine.pack import Pack
from entrepot.customs.engine.regimes import Kind
from entrepot.kernel.address import Address
from entrepot.kernel.money import Money
from entrepot.sdk.customs import Charge, CustomsAnswer, CustomsLine, CustomsQuestion
from entrepot.sdk.packs import RulePack

_KINDS = {Kind.DUTY: "duty", Kind.TAX: "import_tax", Kind.FEE: "fee"}


def answer_customs(named: RulePack, question: CustomsQuestion, config: Mapping[str, Any]) -> CustomsAnswer:
    """Charges and findings of the consignment; nothing for no lines."""
    if not question.lines:
        return CustomsAnswer()
    pack = load(named)
    return _answer(assess(consignment_of(question, pack, config), pack))


def consignment_of(question: CustomsQuestion, pack: Pack, config: Mapping[str, Any]) -> Consignment:
    """The question as the engine asks it; the day is the destination's."""
    return Consignment(
        ship_from=_place(question.origin),
        ship_to=_place(question.destination),
        day=question.at.astimezone(ZoneInfo(pack.time_zone)).date(),
        currency=question.currency,
        lines=tuple(_line(line) for line in question.lines),
        freight=question.freight,
        insurance=question.insurance,
        onward=Money.zero(question.currency),
        discount=Money.zero(question.currency),
        registrations=dict.fromkeys(config.get("registrations", ()), ""),
    )


def _place(address: Address) -> Place:
    region = address.region.upper().removeprefix(f"{address.country}-")
    return Place(address.country, region, address.postcode)


def _line(line: CustomsLine) -> Line:
    return Line(
        id=line.id,
        value=line.intrinsic_value,
        quantity=line.quantity,
        hs=line.hs_code,
        origin=line.origin_country,
        weight_g=line.weight_g or None,
        description=line.description,
    )


def _answer(answer: Answer) -> CustomsAnswer:
    charges = tuple(_charge(charge) for charge in answer.charges if not charge.is_due_at_checkout)
    return CustomsAnswer(charges=charges, findings=answer.findings)


def _charge(charge: AssessedCharge) -> Charge:
    return Charge(_KINDS[charge.kind], charge.label, charge.amount, charge.state, charge.rule, charge.line_id)
