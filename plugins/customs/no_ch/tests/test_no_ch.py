"""The packs of Norway and Switzerland: conformance, the vectors of both, and the day of every change."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import pytest

from entrepot.testkit import CustomsConformance
from entrepot.testkit.rule_packs import assessed as assessed_by
from entrepot.testkit.rule_packs import faults, vectors
from entrepot_customs_no_ch import entrepot_register_customs_rules, rule_packs

NoCustoms, ChCustoms = entrepot_register_customs_rules()
VECTORS = Path(__file__).parents[4] / "tests" / "vectors" / "landed-cost.json"
CURRENCIES = {"NO": "NOK", "CH": "CHF", "LI": "CHF"}
VOEC = {"VOEC": "2000000"}


class TestNoCustoms(CustomsConformance):
    provider_class = NoCustoms
    destination_country = "NO"
    currency = "NOK"


class TestChCustoms(CustomsConformance):
    provider_class = ChCustoms
    destination_country = "CH"
    currency = "CHF"
    lane_not_served: ClassVar[tuple[str, str]] = ("CH", "LI")


def line(value: str, **fields: Any) -> dict[str, Any]:
    return {"value": value, "hs": "940521", "origin": "CN", **fields}


def assessed(country: str, day: str, *lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    question = {"ship_from": "CN", "ship_to": country, "currency": CURRENCIES[country], "mode": "courier", **fields}
    return assessed_by(rule_packs, {**question, "date": day, "lines": list(lines)})


def totals(*args: Any, **fields: Any) -> tuple[str | None, str | None]:
    sums = assessed(*args, **fields)["totals"]
    return sums["duty"], sums["tax"]


@pytest.mark.covers("G3", "S1.46")
@pytest.mark.parametrize("vector", vectors(VECTORS, "NO-", "CH-"), ids=lambda vector: vector["id"])
def test_vectors_of_both_countries_pass(vector: dict[str, Any]) -> None:
    assert faults(vector) == []


@pytest.mark.covers("G3")
def test_voec_limit_is_strictly_below_3000_per_item_without_freight() -> None:
    below = assessed("NO", "2026-08-01", line("2999.99"), freight="500.00", registrations=VOEC)
    assert (below["regimes"], below["totals"]["tax"]) == (["voec"], "875.00")
    at = assessed("NO", "2026-08-01", line("3000.00", duty_rate="0"), registrations=VOEC)
    assert (at["regimes"], at["totals"]["tax"]) == (["border"], "750.00")
    three = assessed("NO", "2026-08-01", line("6000.00", quantity=3), registrations=VOEC)
    assert three["pieces"]["voec"] == 3


def test_voec_takes_its_items_and_leaves_the_rest_to_the_border() -> None:
    answer = assessed("NO", "2026-08-01", line("1000.00"), line("4000.00", duty_rate="0.10"), registrations=VOEC)
    assert answer["charges"]["vat"]["collector"] == ["seller", "carrier"]
    assert (answer["totals"]["duty"], answer["totals"]["tax"]) == ("400.00", "1350.00")


@pytest.mark.parametrize("goods", [{"category": "food"}, {"hs": "210690"}, {"attributes": ["food"]}])
def test_food_is_outside_voec(goods: dict[str, Any]) -> None:
    answer = assessed("NO", "2026-08-01", line("100.00", duty_rate="0", **goods), registrations=VOEC)
    assert answer["regimes"] == ["border"]


def test_norwegian_rates_depend_on_the_category() -> None:
    assert totals("NO", "2026-08-01", line("100.00", category="food", duty_rate="0")) == ("0.00", "15.00")
    assert totals("NO", "2026-08-01", line("100.00", category="book"), registrations=VOEC) == ("0.00", "0.00")


def test_voec_is_for_registered_sellers_and_consumers() -> None:
    for fields in ({}, {"registrations": VOEC, "buyer": "business"}):
        assert assessed("NO", "2026-08-01", line("100.00"), **fields)["regimes"] == ["border"]


def test_norwegian_duty_without_a_rate_is_unknown() -> None:
    assert totals("NO", "2026-08-01", line("100.00")) == (None, None)


def test_voec_began_in_april_2020_and_the_border_is_known_since_2024() -> None:
    assert totals("NO", "2020-03-31", line("100.00"), registrations=VOEC) == (None, None)
    assert totals("NO", "2020-04-01", line("100.00"), registrations=VOEC) == ("0.00", "25.00")
    assert totals("NO", "2023-12-31", line("100.00", duty_rate="0")) == (None, None)
    assert totals("NO", "2024-01-01", line("100.00", duty_rate="0")) == ("0.00", "25.00")


@pytest.mark.parametrize("country", ["NO", "CH"])
def test_alcohol_is_unknown(country: str) -> None:
    assert totals(country, "2026-08-01", line("100.00", hs="220421", duty_rate="0")) == (None, None)


@pytest.mark.covers("G3")
@pytest.mark.parametrize(
    ("value", "category", "computed", "levied"),
    [
        ("62.00", "standard", "5.00", "0.00"),
        ("62.04", "standard", "5.05", "5.05"),
        ("193.00", "reduced", "5.00", "0.00"),
        ("194.50", "book", "5.05", "5.05"),
        ("80.00", "standard", "6.50", "6.50"),
    ],
)
def test_swiss_tax_up_to_five_francs_is_not_levied(value: str, category: str, computed: str, levied: str) -> None:
    answer = assessed("CH", "2026-08-01", line(value, category=category))
    assert Decimal(answer["facts"]["computed_tax"]) == Decimal(computed)
    assert answer["totals"]["tax"] == levied


def test_swiss_tax_counts_freight_and_all_lines_before_the_waiver() -> None:
    assert totals("CH", "2026-08-01", line("60.00"), freight="3.00")[1] == "5.10"
    assert totals("CH", "2026-08-01", line("40.00"), line("40.00"))[1] == "6.50"


def test_new_year_2024_raised_swiss_vat_and_ended_industrial_duties() -> None:
    assert totals("CH", "2023-12-31", line("100.00")) == (None, None)
    assert totals("CH", "2024-01-01", line("100.00")) == ("0.00", "8.10")
    assert totals("CH", "2023-12-31", line("100.00", duty_rate="0")) == ("0.00", "7.70")
    assert totals("CH", "2023-12-31", line("300.00", duty_rate="0", category="book")) == ("0.00", "7.50")
    assert totals("CH", "2024-01-01", line("300.00", category="book")) == ("0.00", "7.80")


def test_mail_order_rule_began_in_2019_and_has_no_waiver() -> None:
    goods, registered = line("50.00", duty_rate="0"), {"registrations": ["CH-VAT"]}
    assert totals("CH", "2018-12-31", goods, **registered) == ("0.00", "0.00")
    assert totals("CH", "2019-01-01", goods, **registered) == ("0.00", "3.85")
    assert assessed("CH", "2026-08-01", line("50.00"), **registered)["charges"]["vat"]["collector"] == "seller"


def test_platforms_charge_swiss_vat_since_2025() -> None:
    sold = {"options": {"sold_through": "platform"}}
    assert assessed("CH", "2024-12-31", line("50.00"), **sold)["charges"]["vat"]["collector"] == "carrier"
    after = assessed("CH", "2025-01-01", line("50.00"), **sold)
    assert (after["charges"]["vat"]["collector"], after["totals"]["tax"]) == ("marketplace", "4.05")


def test_swiss_rules_are_known_since_2018() -> None:
    assert totals("CH", "2017-12-31", line("100.00", duty_rate="0")) == (None, None)
    assert totals("CH", "2018-01-01", line("100.00", duty_rate="0")) == ("0.00", "7.70")


def test_swiss_farm_goods_and_mixed_chapters_have_unknown_duty() -> None:
    for code in ("180632", "350110", "382499"):
        assert totals("CH", "2026-08-01", line("100.00", hs=code)) == (None, None)


def test_gifts_to_switzerland_are_free_up_to_100_francs() -> None:
    assert totals("CH", "2026-08-01", line("100.00"), nature="gift") == ("0.00", "0.00")
    assert totals("CH", "2026-08-01", line("100.01"), nature="gift") == ("0.00", "8.10")


def test_liechtenstein_is_one_customs_territory_with_switzerland() -> None:
    assert totals("LI", "2026-08-01", line("100.00")) == ("0.00", "8.10")
    assert totals("LI", "2026-08-01", line("100.00"), ship_from="CH") == ("0.00", "8.10")
    assert assessed("LI", "2026-08-01", line("100.00"), ship_from="CH")["regimes"] == ["domestic"]
