"""The packs of the Emirates, Saudi Arabia and South Africa: conformance, their limits and the day of every change."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from entrepot.sdk import RulePack
from entrepot.testkit import CustomsConformance
from entrepot.testkit.rule_packs import assessed as assessed_by
from entrepot.testkit.rule_packs import days_of_change
from entrepot_customs_ae_sa_za import entrepot_register_customs_rules, rule_packs

AeCustoms, SaCustoms, ZaCustoms = entrepot_register_customs_rules()
CURRENCIES = {"AE": "AED", "SA": "SAR", "ZA": "ZAR"}
Sums = tuple[str | None, str | None]


class TestAeCustoms(CustomsConformance):
    provider_class = AeCustoms
    destination_country = "AE"
    currency = "AED"


class TestSaCustoms(CustomsConformance):
    provider_class = SaCustoms
    destination_country = "SA"
    currency = "SAR"


class TestZaCustoms(CustomsConformance):
    provider_class = ZaCustoms
    destination_country = "ZA"
    currency = "ZAR"


def line(value: str, **fields: Any) -> dict[str, Any]:
    return {"value": value, "hs": "940521", "origin": "CN", "duty_rate": "0.05", **fields}


def assessed(country: str, day: str, *lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    question = {"ship_from": "CN", "ship_to": country, "currency": CURRENCIES[country], "mode": "courier", **fields}
    return assessed_by(rule_packs, {**question, "date": day, "lines": list(lines)})


def totals(*args: Any, **fields: Any) -> Sums:
    sums = assessed(*args, **fields)["totals"]
    return sums["duty"], sums["tax"]


CHANGES: list[tuple[str, str, str, Sums, Sums]] = [
    ("2023-01-01", "AE", "1000.00", (None, None), ("50.00", "52.50")),
    ("2021-09-01", "SA", "999.99", (None, None), ("0.00", "150.00")),
    ("2018-04-01", "ZA", "400.00", (None, None), ("80.00", "0.00")),
    ("2018-04-01", "ZA", "1000.00", (None, None), ("50.00", "172.50")),
    ("2024-09-01", "ZA", "400.00", ("80.00", "0.00"), ("80.00", "78.00")),
    ("2024-09-01", "ZA", "1000.00", ("50.00", "172.50"), ("50.00", "172.50")),
]


@pytest.mark.covers("G3")
@pytest.mark.parametrize(("day", "country", "value", "before", "after"), CHANGES)
def test_same_basket_changes_on_the_day(day: str, country: str, value: str, before: Sums, after: Sums) -> None:
    eve = str(date.fromisoformat(day) - timedelta(days=1))
    assert totals(country, eve, line(value)) == before
    assert totals(country, day, line(value)) == after


@pytest.mark.parametrize("pack", rule_packs, ids=lambda pack: pack.id)
def test_no_day_of_change_is_left_out(pack: RulePack) -> None:
    assert days_of_change(pack) == {day for day, country, *_ in CHANGES if country in pack.countries}


@pytest.mark.parametrize(("value", "sums"), [("300.00", (None, None)), ("300.01", ("15.00", "15.75"))])
def test_relief_of_the_emirates_is_unknown_until_somebody_confirms_it(value: str, sums: Sums) -> None:
    assert totals("AE", "2026-08-01", line(value)) == sums
    confirmed = line("300.00", known_rates={"duty-low-value": "0"})
    assert totals("AE", "2026-08-01", confirmed) == ("0.00", "15.00")


def test_unknown_relief_names_the_remedy() -> None:
    findings = assessed("AE", "2026-08-01", line("100.00"))["findings"]
    assert any("known_rates.duty-low-value" in finding["text"] for finding in findings)


@pytest.mark.parametrize(
    ("freight", "sums"),
    [("99.99", ("0.00", "150.00")), ("100.00", ("50.00", "157.50")), ("100.01", ("50.00", "157.50"))],
)
def test_saudi_arabia_relieves_less_than_a_thousand_with_freight(freight: str, sums: Sums) -> None:
    assert totals("SA", "2026-08-01", line("900.00"), freight=freight) == sums


def test_saudi_relief_is_for_consumers() -> None:
    assert totals("SA", "2026-08-01", line("100.00"), buyer="business") == ("5.00", "15.75")


@pytest.mark.parametrize(
    ("value", "sums"),
    [("499.99", ("100.00", "97.50")), ("500.00", ("100.00", "97.50")), ("500.01", ("25.00", "86.25"))],
)
def test_south_africa_takes_a_flat_rate_up_to_500(value: str, sums: Sums) -> None:
    assert totals("ZA", "2026-08-01", line(value)) == sums


def test_south_african_value_leaves_freight_out() -> None:
    assert totals("ZA", "2026-08-01", line("400.00"), freight="200.00") == ("80.00", "78.00")


def test_customs_union_of_southern_africa_is_unknown() -> None:
    assert totals("ZA", "2026-08-01", line("400.00"), ship_from="NA") == (None, None)


@pytest.mark.parametrize("country", ["AE", "SA", "ZA"])
def test_alcohol_and_unclassified_goods_are_unknown(country: str) -> None:
    assert totals(country, "2026-08-01", line("2000.00", hs="220421")) == (None, None)
    assert totals(country, "2026-08-01", {"value": "2000.00"}) == (None, None)


@pytest.mark.parametrize(("country", "tax"), [("AE", "100.00"), ("SA", "300.00"), ("ZA", "300.00")])
def test_sale_within_the_country_bears_the_sellers_vat(country: str, tax: str) -> None:
    assert totals(country, "2026-08-01", line("2000.00"), ship_from=country) == ("0.00", tax)


@pytest.mark.parametrize("country", ["AE", "SA", "ZA"])
def test_duty_without_a_rate_is_unknown(country: str) -> None:
    goods = {"value": "2000.00", "hs": "940521", "origin": "CN"}
    assert totals(country, "2026-08-01", goods) == (None, None)
