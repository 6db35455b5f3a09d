"""The pack of Canada: conformance, the vectors of its provinces, its limits, and the day of every change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from entrepot.testkit import CustomsConformance
from entrepot.testkit.rule_packs import assessed as assessed_by
from entrepot.testkit.rule_packs import faults, vectors
from entrepot_customs_ca import entrepot_register_customs_rules, rule_packs

(CaCustoms,) = entrepot_register_customs_rules()
VECTORS = Path(__file__).parents[4] / "tests" / "vectors" / "landed-cost.json"


class TestCaCustoms(CustomsConformance):
    provider_class = CaCustoms
    destination_country = "CA"
    currency = "CAD"


def assessed(value: str, *, day: str = "2026-08-01", region: str = "ON", goods: Any = None, **fields: Any) -> Any:
    line = {"value": value, "hs": "610910", "origin": "CN", "duty_rate": "0.18", **(goods or {})}
    question = {"ship_from": "US", "ship_to": {"country": "CA", "region": region}, "currency": "CAD", "mode": "courier"}
    return assessed_by(rule_packs, {**question, "date": day, "lines": [line], **fields})


def totals(value: str, **fields: Any) -> tuple[str | None, str | None]:
    sums = assessed(value, **fields)["totals"]
    return sums["duty"], sums["tax"]


@pytest.mark.covers("G3", "S1.46")
@pytest.mark.parametrize("vector", vectors(VECTORS, "CA-"), ids=lambda vector: vector["id"])
def test_vectors_of_canada_pass(vector: dict[str, Any]) -> None:
    assert faults(vector) == []


@pytest.mark.covers("G3")
@pytest.mark.parametrize(
    ("value", "fields", "expected"),
    [
        ("40.00", {}, ("0.00", "0.00")),
        ("40.01", {}, ("0.00", "5.20")),
        ("150.00", {"ship_from": "MX"}, ("0.00", "19.50")),
        ("150.01", {}, ("27.00", "23.01")),
        ("20.00", {"ship_from": "CN"}, ("0.00", "0.00")),
        ("20.01", {"ship_from": "CN"}, ("3.60", "3.07")),
        ("20.00", {"mode": "post"}, ("0.00", "0.00")),
        ("20.01", {"mode": "post"}, ("3.60", "3.07")),
        ("20.00", {"mode": "sea"}, ("3.60", "3.07")),
        ("35.00", {"options": {"entered_commerce": "no"}}, ("6.30", "5.37")),
    ],
)
def test_limits_depend_on_mode_and_country_of_shipment(value: str, fields: Any, expected: Any) -> None:
    assert totals(value, **fields) == expected


@pytest.mark.parametrize(
    ("region", "tax"),
    [
        *[("AB", "5.90"), ("NT", "5.90"), ("NU", "5.90"), ("YT", "5.90"), ("ON", "15.34"), ("NS", "16.52")],
        *[("NB", "17.70"), ("NL", "17.70"), ("PE", "17.70"), ("BC", "14.16"), ("MB", "14.16"), ("SK", "12.98")],
        ("QC", "17.67"),
    ],
)
def test_tax_is_that_of_the_province(region: str, tax: str) -> None:
    assert totals("100.00", region=region, ship_from="CN") == ("18.00", tax)


def test_nova_scotia_lowered_its_tax_in_april_2025() -> None:
    assert totals("100.00", day="2025-03-31", region="NS")[1] == "15.00"
    assert totals("100.00", day="2025-04-01", region="NS")[1] == "14.00"


def test_limits_of_the_agreement_began_in_july_2020() -> None:
    assert totals("35.00", day="2020-06-30") == (None, None)
    assert totals("35.00", day="2020-07-01") == ("0.00", "0.00")


def test_freight_is_neither_in_the_limit_nor_in_the_base() -> None:
    assert totals("150.00", freight="60.00") == ("0.00", "19.50")


def test_books_by_mail_have_no_remission() -> None:
    books = {"hs": "490199", "duty_rate": "0"}
    assert totals("20.00", goods=books, mode="post") == ("0.00", "2.60")
    assert totals("20.00", goods=books, ship_from="CN") == ("0.00", "0.00")


def test_mail_with_something_to_pay_bears_the_fee_of_the_post() -> None:
    assert assessed("100.00", mode="post")["totals"]["fees"] == "9.95"
    assert assessed("20.00", mode="post")["totals"]["fees"] == "0.00"


def test_what_is_not_said_is_unknown() -> None:
    assert totals("100.00", mode=None) == (None, None)
    assert totals("100.00", ship_from="CN", goods={"duty_rate": None}) == (None, None)
    assert totals("100.00", goods={"hs": "220421"}) == (None, None)


def test_a_region_is_required_and_must_exist() -> None:
    for wrong in ("", "XX"):
        with pytest.raises(Exception, match="region"):
            assessed("100.00", region=wrong)


@pytest.mark.parametrize(
    ("postcode", "tax"), [("K1A 0B1", "13.00"), ("H2Y 1C6", "14.98"), ("X0A 0H0", "5.00"), ("b3h1a1", "14.00")]
)
def test_the_postcode_tells_the_province(postcode: str, tax: str) -> None:
    to = {"country": "CA", "postcode": postcode}
    assert totals("100.00", ship_to=to)[1] == tax


def test_gifts_up_to_60_are_free_and_above_unknown() -> None:
    assert totals("60.00", nature="gift", ship_from="CN") == ("0.00", "0.00")
    assert totals("60.01", nature="gift", ship_from="CN") == (None, None)


def test_declaration_follows_mode_and_value() -> None:
    assert assessed("100.00", mode="post")["declarations"] == ["E14"]
    assert assessed("3300.00")["declarations"] == ["LVS"]
    assert assessed("3300.01")["declarations"] == ["CAD"]


def test_within_canada_the_seller_collects() -> None:
    answer = assessed("100.00", region="QC", ship_from="CA", registrations=["CA-GST", "CA-QC"])
    assert (answer["totals"]["tax"], answer["charges"]["qst"]["registration"]) == ("14.98", "CA-QC")
    assert totals("100.00", region="QC", ship_from="CA", registrations=["CA-GST"])[1] == "5.00"
