"""The packs of Singapore, Japan and Korea: conformance, their vectors, their limits and the day of every change."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from entrepot.sdk import RulePack
from entrepot.testkit import CustomsConformance
from entrepot.testkit.rule_packs import assessed as assessed_by
from entrepot.testkit.rule_packs import days_of_change, faults, vectors
from entrepot_customs_sg_jp_kr import entrepot_register_customs_rules, rule_packs

SgCustoms, JpCustoms, KrCustoms = entrepot_register_customs_rules()
VECTORS = Path(__file__).parents[4] / "tests" / "vectors" / "landed-cost.json"
CURRENCIES = {"SG": "SGD", "JP": "JPY", "KR": "KRW"}
OVR = {"SG-OVR": "M90000000X"}
Sums = tuple[str | None, str | None]


class TestSgCustoms(CustomsConformance):
    provider_class = SgCustoms
    destination_country = "SG"
    currency = "SGD"


class TestJpCustoms(CustomsConformance):
    provider_class = JpCustoms
    destination_country = "JP"
    currency = "JPY"


class TestKrCustoms(CustomsConformance):
    provider_class = KrCustoms
    destination_country = "KR"
    currency = "KRW"


def line(value: str, **fields: Any) -> dict[str, Any]:
    return {"value": value, "hs": "940521", "origin": "CN", "duty_rate": "0.10", **fields}


def assessed(country: str, day: str, *lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    question = {"ship_from": "CN", "ship_to": country, "currency": CURRENCIES[country], "mode": "courier", **fields}
    rates = [{"from": "USD", "to": "KRW", "rate": "1500", "date": day, "source": "stated in the test"}]
    return assessed_by(rule_packs, {"rates": rates, **question, "date": day, "lines": list(lines)})


def totals(*args: Any, **fields: Any) -> Sums:
    sums = assessed(*args, **fields)["totals"]
    return sums["duty"], sums["tax"]


@pytest.mark.covers("G3", "S1.46")
@pytest.mark.parametrize("vector", vectors(VECTORS, "SG-", "JP-", "KR-"), ids=lambda vector: vector["id"])
def test_vectors_of_the_three_countries_pass(vector: dict[str, Any]) -> None:
    assert faults(vector) == []


CHANGES: list[tuple[str, str, str, dict[str, Any], Sums, Sums]] = [
    ("2007-07-01", "SG", "500.00", {}, (None, None), ("0.00", "35.00")),
    ("2023-01-01", "SG", "500.00", {}, ("0.00", "35.00"), ("0.00", "40.00")),
    ("2023-01-01", "SG", "300.00", {"registrations": OVR}, ("0.00", "0.00"), ("0.00", "24.00")),
    ("2024-01-01", "SG", "500.00", {}, ("0.00", "40.00"), ("0.00", "45.00")),
    ("2024-01-01", "SG", "300.00", {"registrations": OVR}, ("0.00", "24.00"), ("0.00", "27.00")),
    ("2019-10-01", "JP", "30000", {}, (None, None), ("1800", "1700")),
    ("2028-04-01", "JP", "30000", {}, ("1800", "1700"), (None, None)),
    ("2028-04-01", "JP", "5000", {}, ("0", "0"), (None, None)),
    ("2016-01-01", "KR", "270000", {}, (None, None), ("27000", "29700")),
    ("2016-01-01", "KR", "225000", {}, (None, None), ("0", "0")),
]


@pytest.mark.covers("G3")
@pytest.mark.parametrize(("day", "country", "value", "fields", "before", "after"), CHANGES)
def test_same_basket_changes_on_the_day(
    day: str, country: str, value: str, fields: dict[str, Any], before: Sums, after: Sums
) -> None:
    eve = str(date.fromisoformat(day) - timedelta(days=1))
    assert totals(country, eve, line(value), **fields) == before
    assert totals(country, day, line(value), **fields) == after


@pytest.mark.parametrize("pack", rule_packs, ids=lambda pack: pack.id)
def test_no_day_of_change_is_left_out(pack: RulePack) -> None:
    assert days_of_change(pack) == {day for day, country, *_ in CHANGES if country in pack.countries}


@pytest.mark.parametrize(
    ("value", "collector", "gst"),
    [("399.99", "seller", "39.60"), ("400.00", "seller", "39.60"), ("400.01", "carrier", "39.60")],
)
def test_singapore_taxes_items_up_to_400_at_the_sale(value: str, collector: str, gst: str) -> None:
    answer = assessed("SG", "2026-08-01", line(value), registrations=OVR, freight="40.00")
    assert (answer["charges"]["gst"]["collector"], answer["totals"]["tax"]) == (collector, gst)


def test_singapore_judges_every_item_by_itself() -> None:
    answer = assessed("SG", "2026-08-01", line("600.00", quantity=2), line("401.00"), registrations=OVR)
    assert answer["regimes"] == ["low-value", "import"]
    assert answer["totals"]["collected_at_checkout"] == "54.00"
    assert answer["totals"]["tax"] == "90.09"


@pytest.mark.parametrize(("freight", "gst"), [("9.99", "0.00"), ("10.00", "0.00"), ("10.01", "36.00")])
def test_singapore_relieves_imports_up_to_400_of_cif(freight: str, gst: str) -> None:
    assert totals("SG", "2026-08-01", line("390.00"), freight=freight) == ("0.00", gst)


def test_singapore_relieves_nothing_by_sea_and_asks_how_goods_are_sent() -> None:
    assert totals("SG", "2026-08-01", line("100.00"), registrations=OVR, mode="sea") == ("0.00", "9.00")
    assert totals("SG", "2026-08-01", line("100.00"), mode=None) == (None, None)


@pytest.mark.parametrize(("options", "gst"), [({}, "35.10"), ({"gst_numbers": "checked"}, "0.00")])
def test_singapore_leaves_gst_out_for_businesses_whose_number_was_checked(options: dict[str, str], gst: str) -> None:
    buyer = {"kind": "business", "tax_id": "201912345A"}
    fields = {"registrations": OVR, "buyer": buyer, "options": options}
    assert totals("SG", "2026-08-01", line("390.00"), **fields) == ("0.00", gst)


@pytest.mark.parametrize("use", ["personal", "general"])
def test_japan_taxes_sixty_per_cent_of_a_personal_import_and_cif_of_a_general_one(use: str) -> None:
    answer = assessed("JP", "2026-08-01", line("30000"), freight="2000", options={"use": use})
    assert answer["facts"]["taxable_value"] == {"personal": "18000", "general": "32000"}[use]
    by_buyer = {"personal": "consumer", "general": "business"}[use]
    same = assessed("JP", "2026-08-01", line("30000"), freight="2000", buyer=by_buyer)
    assert same["totals"] == answer["totals"]


@pytest.mark.parametrize(("value", "sums"), [("9999", ("0", "0")), ("10000", ("0", "0")), ("10001", ("1000", "1000"))])
def test_japan_relieves_up_to_10000_inclusive(value: str, sums: Sums) -> None:
    assert totals("JP", "2026-08-01", line(value), options={"use": "general"}) == sums


def test_japan_relieves_neither_knitwear_nor_leather_nor_shoes_nor_rice() -> None:
    for hs in ("610910", "420221", "640399", "100630"):
        assert totals("JP", "2026-08-01", line("10000", hs=hs)) == ("600", "500")


def test_japan_truncates_lines_of_one_rate_together() -> None:
    together = assessed("JP", "2026-08-01", line("900"), line("9900"), line("1000"), options={"use": "general"})
    assert together["totals"]["duty"] == "1100"
    assert together["facts"]["ct_base"] == "12000"


def test_japan_does_not_know_the_reduced_rate_on_food() -> None:
    assert totals("JP", "2026-08-01", line("30000", category="food")) == ("1800", None)


@pytest.mark.parametrize(
    ("ship_from", "clearance", "value", "is_free"),
    [
        ("US", "list", "300000", True),
        ("US", "list", "300001", False),
        ("US", "declaration", "225000", True),
        ("US", "declaration", "225001", False),
        ("JP", "list", "225000", True),
        ("JP", "list", "225001", False),
    ],
)
def test_korea_relieves_150_dollars_and_200_from_the_us_by_list(
    ship_from: str, clearance: str, value: str, is_free: bool
) -> None:
    sums = totals("KR", "2026-08-01", line(value), ship_from=ship_from, options={"clearance": clearance})
    assert (sums == ("0", "0")) is is_free


def test_korea_clears_food_and_medicine_by_declaration_only() -> None:
    for hs in ("210690", "300490"):
        goods = line("300000", hs=hs)
        assert totals("KR", "2026-08-01", goods, ship_from="US", options={"clearance": "list"}) == ("30000", "33000")


def test_korea_cuts_amounts_to_ten_won_on_the_whole_cif() -> None:
    assert totals("KR", "2026-08-01", line("270999"), freight="10") == ("27100", "29810")


def test_korea_needs_a_rate_from_dollars_unless_the_sale_is_in_dollars() -> None:
    assert totals("KR", "2026-08-01", line("10000"), rates=[]) == (None, None)
    assert totals("KR", "2026-08-01", line("150.00"), rates=[], currency="USD") == ("0.00", "0.00")


@pytest.mark.parametrize("country", ["SG", "JP", "KR"])
def test_alcohol_and_unclassified_goods_are_unknown(country: str) -> None:
    assert totals(country, "2026-08-01", line("5000000", hs="220421")) == (None, None)
    assert totals(country, "2026-08-01", {"value": "5000000"})[0] is None


@pytest.mark.parametrize(("country", "sums"), [("SG", ("0.00", "450.00")), ("JP", (None, None)), ("KR", ("0", "500"))])
def test_goods_within_the_country_bear_the_sellers_tax_where_it_is_known(country: str, sums: Sums) -> None:
    assert totals(country, "2026-08-01", line("5000"), ship_from=country) == sums
