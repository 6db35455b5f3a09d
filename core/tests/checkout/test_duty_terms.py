"""What customs answers decides which delivery may be promised, and what is part of the total."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from entrepot.checkout.asking import as_delivered_unpaid, collects_at_checkout, incoterm_for, is_left_to_the_buyer
from entrepot.checkout.errors import MayNotBeSent
from entrepot.checkout.quoting import _refuse_prohibited
from entrepot.customs.rules import merge
from entrepot.kernel.money import Money
from entrepot.pricing.rules import ShippingOption, _duties
from entrepot.sdk import Certainty, Charge, CustomsAnswer, DutyTerms, Finding, RuleRef, Severity

RULE = RuleRef("us/duty/2026-01-01", "1", "Duty", "a source")


def charge(minor: int, *, at_checkout: bool, certainty: Certainty = Certainty.KNOWN, label: str = "Duty") -> Charge:
    return Charge("duty", label, Money(minor, "USD"), certainty, RULE, "1", at_checkout)


def way(terms: DutyTerms) -> ShippingOption:
    return ShippingOption("a", "standard", "Standard", "Carrier", Money(500, "USD"), 1, 2, terms)


def rows(*charges: Charge) -> list[tuple[str, int]]:
    question: Any = SimpleNamespace(customs=CustomsAnswer(charges))
    return [(row.label, row.amount.minor) for row in _duties(question)]


@pytest.mark.covers("G3")
def test_only_what_is_taken_now_is_in_the_total() -> None:
    now, later = charge(700, at_checkout=True), charge(300, at_checkout=False)
    unknown = charge(0, at_checkout=True, certainty=Certainty.UNKNOWN)
    assert rows(now, later, unknown) == [("Duty", 700)]


def test_charges_of_several_lines_are_one_row() -> None:
    assert rows(charge(700, at_checkout=True), charge(50, at_checkout=True)) == [("Duty", 750)]


@pytest.mark.covers("G3")
def test_without_a_carrier_that_pays_duties_nothing_is_prepaid() -> None:
    assert incoterm_for([DutyTerms.DAP, DutyTerms.NONE]) == "DAP"
    assert incoterm_for([DutyTerms.DAP, DutyTerms.DDP]) == ""


@pytest.mark.covers("G3")
def test_collected_duty_needs_a_delivery_that_pays_it() -> None:
    assert collects_at_checkout(CustomsAnswer((charge(700, at_checkout=True),)))
    assert not collects_at_checkout(CustomsAnswer((charge(700, at_checkout=False),)))
    assert not collects_at_checkout(None)


@pytest.mark.covers("G3")
def test_no_delivery_is_called_duties_paid_while_the_buyer_may_be_asked() -> None:
    assert is_left_to_the_buyer(CustomsAnswer(incoterm="DAP"))
    assert not is_left_to_the_buyer(CustomsAnswer(incoterm="DDP"))
    assert as_delivered_unpaid(way(DutyTerms.DDP)).duty_terms is DutyTerms.DAP
    assert as_delivered_unpaid(way(DutyTerms.NONE)).duty_terms is DutyTerms.NONE


@pytest.mark.parametrize(
    ("said", "merged"), [(["DDP", "DDP"], "DDP"), (["DDP", "DAP"], "DAP"), (["", "DDP"], "DDP"), ([], "")]
)
def test_several_rule_sets_promise_only_what_all_promise(said: list[str], merged: str) -> None:
    assert merge([CustomsAnswer(incoterm=incoterm) for incoterm in said]).incoterm == merged


@pytest.mark.covers("G15")
def test_prohibited_goods_are_refused_with_the_reason() -> None:
    banned = Finding(Severity.PROHIBITED, "Weapons may not be imported.", RULE, "1")
    line: Any = SimpleNamespace(id="1", name="Sabre")
    with pytest.raises(MayNotBeSent, match="Sabre may not be sent to this address: Weapons may not be imported"):
        _refuse_prohibited(CustomsAnswer(findings=(banned,)), (line,))
    _refuse_prohibited(CustomsAnswer(findings=(replace(banned, severity=Severity.RESTRICTED),)), (line,))


def test_buyer_reads_the_reason_and_not_the_merchants_remedy() -> None:
    doubt = replace(charge(0, at_checkout=False), why="No rate for HS 6912. Give duty_rate with line 1.")
    assert doubt.reason == "No rate for HS 6912."
