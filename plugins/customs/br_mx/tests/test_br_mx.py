"""The packs of Brazil and Mexico: conformance, their vectors, their limits and the day of every change."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from entrepot.sdk import RulePack
from entrepot.testkit import CustomsConformance
from entrepot.testkit.rule_packs import assessed as assessed_by
from entrepot.testkit.rule_packs import days_of_change, faults, vectors
from entrepot_customs_br_mx import entrepot_register_customs_rules, rule_packs

BrCustoms, MxCustoms = entrepot_register_customs_rules()
VECTORS = Path(__file__).parents[4] / "tests" / "vectors" / "landed-cost.json"
PRC = {"registrations": ["PRC"]}
USMCA = {"options": {"preference": "USMCA"}, "ship_from": "US"}
Sums = tuple[str | None, str | None]


class TestBrCustoms(CustomsConformance):
    provider_class = BrCustoms
    destination_country = "BR"
    currency = "USD"


class TestMxCustoms(CustomsConformance):
    provider_class = MxCustoms
    destination_country = "MX"
    currency = "USD"


def line(value: str, **fields: Any) -> dict[str, Any]:
    return {"value": value, "hs": "940521", "origin": "CN", **fields}


def assessed(to: str, day: str, *lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    country, _, region = to.partition("-")
    ship_to = {"country": country, "region": region}
    question = {"ship_from": "CN", "ship_to": ship_to, "currency": "USD", "mode": "courier", **fields}
    return assessed_by(rule_packs, {**question, "date": day, "lines": list(lines)})


def totals(*args: Any, **fields: Any) -> Sums:
    sums = assessed(*args, **fields)["totals"]
    return sums["duty"], sums["tax"]


@pytest.mark.covers("G3", "S1.46")
@pytest.mark.parametrize("vector", vectors(VECTORS, "BR-", "MX-"), ids=lambda vector: vector["id"])
def test_vectors_of_both_countries_pass(vector: dict[str, Any]) -> None:
    assert faults(vector) == []


CHANGES: list[tuple[str, str, dict[str, Any], Sums, Sums]] = [
    ("2024-08-01", "BR-SP", PRC, (None, None), ("40.00", "28.67")),
    ("2024-08-01", "BR-SP", {}, (None, None), ("60.00", "32.77")),
    ("2025-04-01", "BR-MG", PRC, ("40.00", "28.67"), ("40.00", "35.00")),
    ("2025-04-01", "BR-RR", PRC, ("40.00", "28.67"), ("40.00", "35.00")),
    ("2025-04-01", "BR-SP", PRC, ("40.00", "28.67"), ("40.00", "28.67")),
    ("2025-04-01", "BR-AP", PRC, ("40.00", "28.67"), ("40.00", "28.67")),
    ("2025-01-01", "MX", {}, (None, None), ("0.00", "19.00")),
    ("2025-01-01", "MX", USMCA, (None, None), ("0.00", "17.00")),
    ("2025-08-15", "MX", {}, ("0.00", "19.00"), ("0.00", "33.50")),
    ("2025-08-15", "MX", USMCA, ("0.00", "17.00"), ("0.00", "17.00")),
    ("2026-01-01", "MX", {}, ("0.00", "33.50"), ("0.00", "33.50")),
]


@pytest.mark.covers("G3")
@pytest.mark.parametrize(("day", "to", "fields", "before", "after"), CHANGES)
def test_same_basket_changes_on_the_day(day: str, to: str, fields: dict[str, Any], before: Sums, after: Sums) -> None:
    eve = str(date.fromisoformat(day) - timedelta(days=1))
    assert totals(to, eve, line("100.00"), **fields) == before
    assert totals(to, day, line("100.00"), **fields) == after


@pytest.mark.parametrize("pack", rule_packs, ids=lambda pack: pack.id)
def test_no_day_of_change_is_left_out(pack: RulePack) -> None:
    assert days_of_change(pack) == {day for day, to, *_ in CHANGES if to[:2] in pack.countries}


@pytest.mark.parametrize("state", ["AC", "AL", "BA", "CE", "MG", "PB", "PI", "RN", "RR", "SE"])
def test_ten_states_ask_twenty_per_cent(state: str) -> None:
    assert totals(f"BR-{state}", "2026-01-10", line("30.00"), **PRC) == ("6.00", "9.00")


@pytest.mark.parametrize(
    ("value", "duty"), [("49.99", "10.00"), ("50.00", "10.00"), ("50.01", "10.01"), ("3000.00", "1780.00")]
)
def test_certified_seller_pays_twenty_per_cent_up_to_fifty_dollars(value: str, duty: str) -> None:
    assert totals("BR-SP", "2026-01-10", line(value), **PRC)[0] == duty


def test_brazil_counts_freight_and_insurance_to_limit_and_base() -> None:
    answer = assessed("BR-SP", "2026-01-10", line("40.00"), freight="8.00", insurance="2.01", **PRC)
    assert (answer["regimes"], answer["totals"]["duty"]) == (["certified"], "10.01")


def test_deduction_is_taken_once_for_the_parcel() -> None:
    answer = assessed("BR-SP", "2026-01-10", line("60.00"), line("40.00"), **PRC)
    assert (answer["totals"]["duty"], answer["totals"]["tax"]) == ("40.00", "28.67")


def test_certified_seller_collects_at_the_sale_and_others_do_not() -> None:
    assert assessed("BR-SP", "2026-01-10", line("50.00"), **PRC)["incoterm"] == "DDP"
    answer = assessed("BR-SP", "2026-01-10", line("50.00"))
    assert (answer["incoterm"], answer["totals"]["duty"]) == ("DAP", "30.00")


def test_known_wrong_example_comes_out_right() -> None:
    rates = [{"from": "USD", "to": "BRL", "rate": "5.00", "date": "2026-01-10", "source": "stated in the test"}]
    question = {"currency": "BRL", "rates": rates, **PRC}
    answer = assessed("BR-SP", "2026-01-10", line("200.00"), freight="20.00", **question)
    assert answer["totals"]["landed"] == "318.07"


def test_brazil_asks_for_the_state() -> None:
    with pytest.raises(Exception, match="ship_to.region"):
        assessed("BR", "2026-01-10", line("50.00"), **PRC)


def test_medicines_bear_no_import_tax_and_name_the_missing_rate() -> None:
    assert totals("BR-SP", "2026-01-10", line("80.00", hs="300490"), **PRC) == ("0.00", None)
    stated = line("80.00", hs="300490", known_rates={"icms-medicine": "0"})
    assert totals("BR-SP", "2026-01-10", stated, **PRC) == ("0.00", "0.00")


@pytest.mark.parametrize(
    ("value", "tax"),
    [("49.99", "0.00"), ("50.00", "0.00"), ("50.01", "8.50"), ("117.00", "19.89"), ("117.01", "22.23")],
)
def test_usmca_has_two_limits(value: str, tax: str) -> None:
    assert totals("MX", "2025-09-01", line(value), **USMCA) == ("0.00", tax)


def test_usmca_asks_for_a_parcel_from_a_partner() -> None:
    assert totals("MX", "2025-09-01", line("40.00"), **{**USMCA, "ship_from": "CN"}) == ("0.00", "13.40")


@pytest.mark.parametrize(("value", "tax"), [("1.00", "0.00"), ("1.01", "0.34")])
def test_other_treaties_free_one_dollar(value: str, tax: str) -> None:
    assert totals("MX", "2025-09-01", line(value), options={"preference": "TPP"}) == ("0.00", tax)


@pytest.mark.parametrize(
    ("to", "value", "fields"),
    [
        ("BR-SP", "3000.01", PRC),
        ("BR-SP", "40.00", {"nature": "gift"}),
        ("BR-SP", "40.00", {"ship_from": "BR"}),
        ("MX", "2500.01", {}),
        ("MX", "40.00", {"mode": "post"}),
        ("MX", "40.00", {"mode": None}),
        ("MX", "40.00", {"ship_from": "MX"}),
    ],
)
def test_what_the_packs_do_not_hold_is_unknown(to: str, value: str, fields: dict[str, Any]) -> None:
    assert totals(to, "2026-01-10", line(value), **fields) == (None, None)


@pytest.mark.parametrize("to", ["BR-SP", "MX"])
def test_alcohol_and_unclassified_goods_are_unknown(to: str) -> None:
    assert totals(to, "2026-01-10", line("40.00", hs="220421"), **PRC) == (None, None)
    assert totals(to, "2026-01-10", {"value": "40.00"}, **PRC)[0] is None
