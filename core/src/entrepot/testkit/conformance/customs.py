"""What customs rules owe a shop: no border forgotten, no unknown shown as zero, a source for every number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest

from entrepot.sdk import (
    Certainty,
    Charge,
    CustomsAnswer,
    CustomsLine,
    CustomsQuestion,
    Finding,
    Money,
    ProviderError,
    Severity,
)
from entrepot.testkit.conformance.bench import Operation
from entrepot.testkit.conformance.provider import ProviderConformance
from entrepot.testkit.samples import NOON, address
from entrepot.testkit.verdict import refuse, require, told

_LONG_AGO = datetime(1950, 1, 1, tzinfo=UTC)
_KINDS = ("duty", "import_tax", "fee")
_UNKNOWN_IS_NOT_ZERO = "the buyer is promised 'nothing to pay' and the carrier asks for money at the door."


class CustomsConformance(ProviderConformance):
    """Inherit, name ``provider_class``, ``config`` and a lane with rules."""

    registration_hook = "entrepot_register_customs_rules"

    #: A lane that crosses a border these rules are about.
    origin_country: ClassVar[str] = "CN"
    destination_country: ClassVar[str] = "DE"
    #: A lane that they are not about.
    lane_not_served: ClassVar[tuple[str, str]] = ("DE", "AQ")
    currency: ClassVar[str] = "EUR"
    #: Goods that the rules know.
    hs_code: ClassVar[str] = "940521"
    goods_origin: ClassVar[str] = "CN"
    description: ClassVar[str] = "table lamp, brass"
    materials: ClassVar[str] = "brass 90 %, glass 10 %"

    def line(self, id: str = "line-1", minor: int = 1990, **fields: Any) -> CustomsLine:
        values: dict[str, Any] = {
            "id": id,
            "intrinsic_value": Money(minor, fields.pop("currency", self.currency)),
            "quantity": 2,
            "weight_g": 1200,
            "hs_code": self.hs_code,
            "origin_country": self.goods_origin,
            "description": self.description,
            "materials": self.materials,
        }
        return CustomsLine(**(values | fields))

    def question(self, *lines: CustomsLine, **fields: Any) -> CustomsQuestion:
        currency = fields.get("currency", self.currency)
        values: dict[str, Any] = {
            "origin": address(self.origin_country),
            "destination": address(self.destination_country),
            "currency": currency,
            "at": NOON,
            "lines": lines or (self.line(currency=currency), self.line("line-2", 45_000, currency=currency)),
            "freight": Money(900, currency),
            "insurance": Money.zero(currency),
        }
        return CustomsQuestion(**(values | fields))

    def operations(self) -> Mapping[str, Operation]:
        return {"assess": Operation(lambda rules: rules.assess(self.question()))}

    def test_serves_its_own_lane(self) -> None:
        require(
            self.provider().serves(self.origin_country, self.destination_country) is True,
            f"serves({self.origin_country!r}, {self.destination_country!r}) is not True.",
            costs="parcels cross a border that the shop does not know of, and come back.",
            remedy="return True for lanes with rules; set origin_country and destination_country to one of them.",
        )

    def test_does_not_serve_other_lanes(self) -> None:
        origin, destination = self.lane_not_served
        require(
            self.provider().serves(origin, destination) is False,
            f"serves({origin!r}, {destination!r}) is not False.",
            costs="duties of one country on parcels to another.",
            remedy="name the borders; the default is False.",
        )

    def test_serves_is_an_answer_for_any_code(self) -> None:
        for origin, destination in (("", ""), ("DE", ""), ("XX", "YY"), ("de", "de")):
            answer = self._quietly(lambda o=origin, d=destination: self.provider().serves(o, d))
            require(
                isinstance(answer, bool),
                f"serves({origin!r}, {destination!r}) gave {answer!r}.",
                costs="one odd address stops the checkout of everybody.",
                remedy="look codes up with .get() or 'in'; never index.",
            )

    def test_ordinary_consignment_is_assessed(self) -> None:
        answer = self.answer(self.question())
        require(
            answer.charges or answer.findings,
            "An ordinary consignment on the served lane gave neither a charge nor a finding.",
            costs="an empty answer reads as 'nothing to pay, nothing to do'.",
            remedy="say NOT_DUE with the rule that frees it, or UNKNOWN.",
        )

    def test_charges_are_of_known_kinds(self) -> None:
        for charge in self.charges():
            require(
                charge.kind in _KINDS and isinstance(charge.certainty, Certainty) and charge.label.strip(),
                f"{charge!r} has an unknown kind, certainty, or no label.",
                costs="an amount that no total and no document shows.",
                remedy=f"kind is one of {', '.join(_KINDS)}; label it as the buyer reads it.",
            )

    def test_charges_are_in_the_asked_currency(self) -> None:
        for currency in ("EUR", "JPY", "KWD"):
            for charge in self.answer(self.question(currency=currency)).charges:
                require(
                    charge.amount.currency == currency,
                    f"{currency} was asked, the charge is {charge.amount}.",
                    costs="the landed cost cannot be added up.",
                    remedy="answer in question.currency; UNKNOWN where a threshold is in another one.",
                )

    def test_charges_are_never_negative(self) -> None:
        for charge in self.charges():
            require(
                not charge.amount.is_negative,
                f"{charge.label} is {charge.amount}.",
                costs="the buyer is paid for importing.",
                remedy="cap at zero.",
            )

    def test_only_known_charges_have_amounts(self) -> None:
        for charge in self.charges():
            require(
                charge.certainty is Certainty.KNOWN or charge.amount.is_zero,
                f"{charge.label} is {charge.certainty} and yet {charge.amount}.",
                costs="a guess is collected as if it were a rule.",
                remedy="UNKNOWN and NOT_DUE carry Money.zero(currency).",
            )

    def test_charges_and_findings_belong_to_lines_of_the_question(self) -> None:
        question = self.question()
        ids = {line.id for line in question.lines} | {""}
        answer = self.answer(question)
        about: tuple[Charge | Finding, ...] = (*answer.charges, *answer.findings)
        strangers = [item for item in about if item.line_id not in ids]
        require(
            not strangers,
            f"{strangers!r} are about lines that nobody asked about.",
            costs="the commercial invoice lists duty for goods that are not in the parcel.",
            remedy="use the id of the CustomsLine, or '' for the consignment.",
        )

    def test_every_number_cites_a_dated_source(self) -> None:
        answer = self.answer(self.question())
        cited: tuple[Charge | Finding, ...] = (*answer.charges, *answer.findings)
        for item in cited:
            require(
                item.rule.id and item.rule.version and (item.rule.source or _is_unknown(item)),
                f"{item!r} cites no rule with id, version and source.",
                costs="a duty that nobody can explain is refunded out of the margin.",
                remedy="RuleRef(id, version, text, source) from the rule pack's record.",
            )

    def test_findings_are_sentences_with_a_severity(self) -> None:
        for finding in self.answer(self.question(self.line(hs_code="", origin_country="", materials=""))).findings:
            require(
                isinstance(finding.severity, Severity) and finding.text.strip(),
                f"{finding!r} lacks severity or text.",
                costs="the order is blocked and nobody can say why.",
                remedy="write what is missing and where to enter it.",
            )

    def test_missing_hs_code_is_not_a_known_zero(self) -> None:
        self._require_no_known_zero(self.question(self.line(hs_code="", minor=450_000)), "goods without an HS code")

    def test_hs_code_nobody_knows_is_not_a_known_zero(self) -> None:
        self._require_no_known_zero(self.question(self.line(hs_code="999999", minor=450_000)), "an unknown HS code")

    def test_missing_origin_is_answered(self) -> None:
        self.answer(self.question(self.line(origin_country="", minor=450_000)))

    def test_date_before_all_rules_is_not_a_known_zero(self) -> None:
        self._require_no_known_zero(self.question(at=_LONG_AGO), "a date before every rule")

    def test_what_is_missing_is_said(self) -> None:
        answer = self.answer(self.question(self.line(hs_code="", minor=450_000)))
        doubt = [charge for charge in answer.charges if charge.certainty is Certainty.UNKNOWN]
        if not doubt:
            pytest.skip("The rules need no HS code.")
        require(
            any(finding.severity is not Severity.NOTICE for finding in answer.findings),
            "A charge is unknown for want of an HS code, and no finding says so.",
            costs="'duty unknown' scares the buyer away, and nobody knows that one field would mend it.",
            remedy="add Finding(Severity.MISSING, 'Enter the HS code of …', rule, line_id).",
        )

    def test_odd_lines_are_answered(self) -> None:
        for line in (
            self.line(minor=0),
            self.line(weight_g=0),
            self.line(quantity=1_000_000),
            self.line(minor=10**12),
            self.line(hs_code="9405.21.00.10"),
            self.line(hs_code="lamp"),
            self.line(description="", materials=""),
            self.line(origin_country="XX"),
        ):
            self.answer(self.question(line))

    def test_no_lines_cost_nothing(self) -> None:
        question = replace(self.question(), lines=(), freight=Money.zero(self.currency))
        known = [charge for charge in self.answer(question).charges if not charge.amount.is_zero]
        require(
            not known,
            f"An empty consignment costs {known!r}.",
            costs="a cart of downloads is charged duty.",
            remedy="answer CustomsAnswer() for no lines.",
        )

    def test_order_of_lines_changes_no_total(self) -> None:
        question = self.question()
        backwards = replace(question, lines=question.lines[::-1])
        require(
            _totals(self.answer(question)) == _totals(self.answer(backwards)),
            "The same goods in another order cost another duty.",
            costs="the order confirmation and the declaration disagree by a cent.",
            remedy="apportion freight with Money.allocate over values, and sort by line id first.",
        )

    def test_same_question_has_the_same_answer(self) -> None:
        rules = self.provider()
        first, again, fresh = (r.assess(self.question()) for r in (rules, rules, self.provider()))
        require(
            first == again == fresh,
            "The same question gave different answers.",
            costs="quote and order disagree, and the order is refused.",
            remedy="no state in the rules; question.at is the only clock.",
        )

    def test_assessing_touches_no_network(self) -> None:
        http = self.http()
        self.provider(http).assess(self.question())
        require(
            not http.requests,
            f"assess() asked for {', '.join(map(str, http.requests))}.",
            costs="every product page waits for a foreign server.",
            remedy="ship the rules as dated data with the plugin.",
        )

    def charges(self) -> tuple[Charge, ...]:
        return self.answer(self.question()).charges

    def answer(self, question: CustomsQuestion) -> CustomsAnswer:
        answer = self._quietly(lambda: self.provider().assess(question))
        require(
            isinstance(answer, CustomsAnswer),
            f"assess() gave {answer!r}.",
            costs="checkout stops for every buyer of that country.",
            remedy="return CustomsAnswer(charges, findings); answer UNKNOWN where there is no rule.",
        )
        return answer

    def _quietly(self, call: Any) -> Any:
        try:
            return call()
        except ProviderError as error:
            return error
        except Exception as error:
            refuse(
                f"An odd but possible question ended in {told(error)}.",
                costs="one incomplete product stops the checkout of everybody who has it in the cart.",
                remedy="answer UNKNOWN with a finding that says what is missing.",
            )

    def _require_no_known_zero(self, question: CustomsQuestion, what: str) -> None:
        answer = self.answer(question)
        zeroes = [c for c in answer.charges if c.certainty is Certainty.KNOWN and c.amount.is_zero and c.kind == "duty"]
        silent = not answer.charges and not answer.findings
        require(
            not zeroes and not silent,
            f"{what}: the answer is {'empty' if silent else 'a KNOWN duty of zero'}.",
            costs=_UNKNOWN_IS_NOT_ZERO,
            remedy="Certainty.UNKNOWN with a finding when there is no rule, NOT_DUE when a rule frees it.",
        )


def _is_unknown(item: Charge | Finding) -> bool:
    return getattr(item, "certainty", None) is Certainty.UNKNOWN or getattr(item, "severity", None) is Severity.MISSING


def _totals(answer: CustomsAnswer) -> dict[str, int]:
    totals: dict[str, int] = {}
    for charge in answer.charges:
        totals[charge.kind] = totals.get(charge.kind, 0) + charge.amount.minor
    return totals
