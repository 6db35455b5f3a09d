"""The packs of Turkey and Thailand: conformance, their vectors, their limits and the day of every change."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from entrepot.sdk import RulePack
from entrepot.testkit import CustomsConformance
from entrepot.testkit.rule_packs import assessed as assessed_by
from entrepot.testkit.rule_packs import days_of_change, faults, vectors
from entrepot_customs_tr_th import entrepot_register_customs_rules, rule_packs

TrCustoms, ThCustoms = entrepot_register_customs_rules()
VECTORS = Path(__file__).parents[4] / "tests" / "vectors" / "landed-cost.json"
CURRENCIES = {"TR": "EUR", "TH": "THB"}
MEDICINE = {"hs": "300490", "attributes": ["prescription"]}
Sums = tuple[str | None, str | None]


class TestTrCustoms(CustomsConformance):
    provider_class = TrCustoms
    destination_country = "TR"
    currency = "EUR"


class TestThCustoms(CustomsConformance):
    provider_class = ThCustoms
    destination_country = "TH"
    currency = "THB"


def line(value: str, **fields: Any) -> dict[str, Any]:
    return {"value": value, "hs": "940521", "origin": "CN", "duty_rate": "0.10", **fields}


def assessed(country: str, day: str, *lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    question = {"ship_from": "CN", "ship_to": country, "currency": CURRENCIES[country], "mode": "courier", **fields}
    return assessed_by(rule_packs, {**question, "date": day, "lines": list(lines)})


def totals(*args: Any, **fields: Any) -> Sums:
    sums = assessed(*args, **fields)["totals"]
    return sums["duty"], sums["tax"]


@pytest.mark.covers("G3", "S1.46")
@pytest.mark.parametrize("vector", vectors(VECTORS, "TR-", "TH-"), ids=lambda vector: vector["id"])
def test_vectors_of_both_countries_pass(vector: dict[str, Any]) -> None:
    assert faults(vector) == []


CHANGES: list[tuple[str, str, dict[str, Any], Sums, Sums]] = [
    ("2024-08-21", "TR", line("30.00"), (None, None), ("0.00", "18.00")),
    ("2024-08-21", "TR", line("100.00", **MEDICINE), (None, None), ("0.00", "60.00")),
    ("2026-02-06", "TR", line("30.00"), ("0.00", "18.00"), (None, None)),
    ("2026-02-06", "TR", line("100.00", **MEDICINE), ("0.00", "60.00"), ("0.00", "60.00")),
    ("2024-07-05", "TH", line("1000.00"), (None, None), ("0.00", "70.00")),
    ("2026-01-01", "TH", line("1500.00"), ("0.00", "105.00"), ("150.00", "115.50")),
    ("2026-01-01", "TH", line("1500.01"), ("150.00", "115.50"), ("150.00", "115.50")),
    ("2026-01-01", "TH", line("1.00"), ("0.00", "0.00"), ("0.00", "0.00")),
]


@pytest.mark.covers("G3")
@pytest.mark.parametrize(("day", "country", "goods", "before", "after"), CHANGES)
def test_same_basket_changes_on_the_day(
    day: str, country: str, goods: dict[str, Any], before: Sums, after: Sums
) -> None:
    eve = str(date.fromisoformat(day) - timedelta(days=1))
    assert totals(country, eve, goods) == before
    assert totals(country, day, goods) == after


@pytest.mark.parametrize("pack", rule_packs, ids=lambda pack: pack.id)
def test_no_day_of_change_is_left_out(pack: RulePack) -> None:
    assert days_of_change(pack) == {day for day, country, *_ in CHANGES if country in pack.countries}


@pytest.mark.parametrize(
    ("value", "freight", "regime"),
    [
        ("1499.99", "0", "simplified"),
        ("1500.00", "0", "simplified"),
        ("1500.01", "0", "standard"),
        ("1490.00", "10.00", "simplified"),
        ("1490.00", "10.01", "standard"),
    ],
)
def test_turkey_taxes_medicines_up_to_1500_with_freight_flat(value: str, freight: str, regime: str) -> None:
    answer = assessed("TR", "2026-03-01", line(value, **MEDICINE), freight=freight)
    assert answer["regimes"] == [regime]


@pytest.mark.parametrize(("value", "regime"), [("29.99", "simplified"), ("30.00", "simplified"), ("30.01", "standard")])
def test_turkey_taxed_everything_up_to_30_flat_until_february_2026(value: str, regime: str) -> None:
    assert assessed("TR", "2026-02-05", line(value))["regimes"] == [regime]
    assert assessed("TR", "2026-02-06", line(value))["regimes"] == ["standard"]


@pytest.mark.parametrize(("ship_from", "tax"), [("DE", "30.00"), ("CH", "60.00")])
def test_turkey_looks_at_where_the_parcel_comes_from(ship_from: str, tax: str) -> None:
    goods = line("100.00", origin="US", **MEDICINE)
    assert totals("TR", "2026-03-01", goods, ship_from=ship_from) == ("0.00", tax)


def test_turkey_takes_twenty_per_cent_more_on_list_iv() -> None:
    goods = line("100.00", hs="210690", attributes=["prescription", "list-iv"])
    assert totals("TR", "2026-03-01", goods) == ("0.00", "80.00")


def test_turkey_judges_every_line_by_itself() -> None:
    answer = assessed("TR", "2026-03-01", line("100.00", **MEDICINE), line("20.00"), ship_from="DE")
    assert (answer["regimes"], answer["state"]) == (["simplified", "standard"], "unknown")


def test_turkish_declaration_is_known_when_every_rate_is_stated() -> None:
    goods = line("100.00", known_rates={"additional-duty": "0", "vat": "0.20"})
    assert totals("TR", "2026-03-01", goods) == ("10.00", "22.00")
    assert totals("TR", "2026-03-01", {"value": "25.00"}, mode=None) == (None, None)


def test_thailand_judges_the_whole_cif_value() -> None:
    assert totals("TH", "2025-12-31", line("1400.00"), freight="100.01") == ("150.00", "115.50")
    assert totals("TH", "2026-02-01", line("900.00"), freight="80.00", insurance="20.00") == ("100.00", "77.00")


@pytest.mark.parametrize(("value", "tax"), [("1.00", "0.00"), ("1.01", "0.08")])
def test_thailand_frees_one_baht(value: str, tax: str) -> None:
    assert totals("TH", "2026-02-01", line(value))[1] == tax


def test_thailand_needs_the_tariff() -> None:
    goods = {"value": "1000.00", "hs": "940521", "origin": "CN"}
    assert totals("TH", "2026-02-01", goods) == (None, None)


@pytest.mark.parametrize("country", ["TR", "TH"])
def test_alcohol_and_unclassified_goods_are_unknown(country: str) -> None:
    assert totals(country, "2026-03-01", line("100.00", hs="220421")) == (None, None)
    assert totals(country, "2026-03-01", {"value": "100.00"}) == (None, None)


@pytest.mark.parametrize(("country", "sums"), [("TR", (None, None)), ("TH", ("0.00", "7.00"))])
def test_sale_within_the_country_bears_the_sellers_vat_where_the_rate_is_known(country: str, sums: Sums) -> None:
    assert totals(country, "2026-03-01", line("100.00"), ship_from=country) == sums
