"""The packs of Australia and New Zealand: conformance, the vectors of both, and the day of every change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from entrepot.testkit import CustomsConformance
from entrepot.testkit.rule_packs import assessed as assessed_by
from entrepot.testkit.rule_packs import faults, vectors
from entrepot_customs_au_nz import entrepot_register_customs_rules, rule_packs

AuCustoms, NzCustoms = entrepot_register_customs_rules()
VECTORS = Path(__file__).parents[4] / "tests" / "vectors" / "landed-cost.json"


class TestAuCustoms(CustomsConformance):
    provider_class = AuCustoms
    destination_country = "AU"
    currency = "AUD"


class TestNzCustoms(CustomsConformance):
    provider_class = NzCustoms
    destination_country = "NZ"
    currency = "NZD"


def line(value: str, **fields: Any) -> dict[str, Any]:
    return {"value": value, "hs": "610910", "origin": "CN", "duty_rate": "0.05", **fields}


def assessed(country: str, day: str, *lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    question = {"ship_from": "CN", "ship_to": country, "currency": f"{country}D", "mode": "courier", **fields}
    return assessed_by(rule_packs, {**question, "date": day, "lines": list(lines)})


def totals(*args: Any, **fields: Any) -> tuple[str | None, str | None, str | None]:
    sums = assessed(*args, **fields)["totals"]
    return sums["duty"], sums["tax"], sums["fees"]


@pytest.mark.covers("G3", "S1.46")
@pytest.mark.parametrize("vector", vectors(VECTORS, "AU-", "NZ-"), ids=lambda vector: vector["id"])
def test_vectors_of_both_countries_pass(vector: dict[str, Any]) -> None:
    assert faults(vector) == []


@pytest.mark.covers("G3")
def test_australia_takes_gst_at_the_sale_since_july_2018() -> None:
    registered = {"registrations": ["AU-GST"], "freight": "30.00"}
    assert totals("AU", "2018-06-30", line("800.00"), **registered) == ("0.00", "0.00", "0.00")
    assert totals("AU", "2018-07-01", line("800.00"), **registered) == ("0.00", "83.00", "0.00")
    assert totals("AU", "2018-07-01", line("800.00"), freight="30.00") == ("0.00", "0.00", "0.00")


def test_australian_limit_is_inclusive_and_counts_goods_without_freight() -> None:
    within = assessed("AU", "2026-08-01", line("600.00"), line("400.00"), freight="90.00", registrations=["AU-GST"])
    assert within["charges"]["gst"]["collector"] == "seller"
    assert within["totals"]["tax"] == "109.00"
    above = assessed("AU", "2026-08-01", line("1000.01"), registrations=["AU-GST"])
    assert above["charges"]["gst"]["collector"] == "carrier"


def test_australian_border_charges_depend_on_value_and_mode() -> None:
    assert totals("AU", "2026-08-01", line("9999.99"))[2] == "95.00"
    assert totals("AU", "2026-08-01", line("10000.00"))[2] == "197.00"
    assert totals("AU", "2026-08-01", line("1500.00"), mode="sea")[2] == "116.00"
    assert totals("AU", "2026-08-01", line("1500.00"), mode=None)[2] is None


def test_biosecurity_charge_is_known_since_july_2024() -> None:
    assert totals("AU", "2024-06-30", line("1500.00"))[2] == "50.00"
    assert totals("AU", "2024-07-01", line("1500.00"))[2] == "95.00"


@pytest.mark.parametrize("country", ["AU", "NZ"])
def test_before_the_first_rule_nothing_is_known(country: str) -> None:
    day = {"AU": "2015-12-31", "NZ": "2010-09-30"}[country]
    assert totals(country, day, line("1500.00")) == (None, None, None)


def test_australian_border_rules_are_known_since_2016() -> None:
    assert totals("AU", "2016-01-01", line("1500.00")) == ("75.00", "157.50", "50.00")


@pytest.mark.parametrize("country", ["AU", "NZ"])
def test_alcohol_and_unclassified_goods_are_unknown(country: str) -> None:
    assert totals(country, "2026-08-01", line("50.00", hs="220421"))[:2] == (None, None)
    assert totals(country, "2026-08-01", {"value": "1500.00"})[:2] == (None, None)


@pytest.mark.parametrize("country", ["AU", "NZ"])
def test_registered_businesses_are_not_charged_gst_at_the_sale(country: str) -> None:
    buyer = {"kind": "business", "tax_id": "51824753556"}
    assert totals(country, "2026-08-01", line("500.00"), buyer=buyer, registrations=[f"{country}-GST"])[1] == "0.00"


@pytest.mark.covers("G3")
def test_new_zealand_takes_gst_at_the_sale_since_december_2019() -> None:
    registered = {"registrations": ["NZ-GST"], "freight": "50.00"}
    assert totals("NZ", "2019-11-30", line("900.00"), **registered)[:2] == ("45.00", "149.25")
    assert totals("NZ", "2019-12-01", line("900.00"), **registered) == ("0.00", "142.50", "0.00")


def test_new_zealand_waived_less_than_60_until_2019() -> None:
    assert totals("NZ", "2019-11-30", line("287.00"))[:2] == ("0.00", "0.00")
    assert totals("NZ", "2019-11-30", line("289.20"))[:2] == ("14.46", "45.55")


def test_new_zealand_gst_began_at_fifteen_in_october_2010() -> None:
    assert totals("NZ", "2010-10-01", line("1000.00"))[:2] == ("50.00", "157.50")


def test_new_zealand_limit_is_inclusive_over_the_consignment_and_per_item_at_the_sale() -> None:
    registered = {"registrations": ["NZ-GST"]}
    assert assessed("NZ", "2026-08-01", line("1000.00"), **registered)["regimes"] == ["low-value-registered"]
    assert assessed("NZ", "2026-08-01", line("1000.01"), **registered)["regimes"] == ["standard"]
    both = assessed("NZ", "2026-08-01", line("700.00"), line("700.00"), **registered)
    assert (both["regimes"], both["totals"]["tax"], both["totals"]["duty"]) == (["items-registered"], "210.00", "70.00")
    assert both["charges"]["gst"]["collector"] == "seller"
    mixed = assessed("NZ", "2026-08-01", line("700.00"), line("1200.00"), **registered)
    assert mixed["pieces"]["items-registered"] == mixed["pieces"]["standard"] == 1
    assert mixed["charges"]["gst"]["collector"] == ["seller", "carrier"]


def test_new_zealand_entry_fees_are_unknown_and_named() -> None:
    answer = assessed("NZ", "2026-08-01", line("1200.00"))
    assert (answer["totals"]["fees"], answer["totals"]["landed"]) == (None, None)
    assert any("carrier_fees" in finding["text"] for finding in answer["findings"])
