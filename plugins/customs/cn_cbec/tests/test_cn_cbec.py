"""The pack of China: conformance, its vectors, the limits of retail import, and the day of every change."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from entrepot.testkit import CustomsConformance
from entrepot.testkit.rule_packs import assessed as assessed_by
from entrepot.testkit.rule_packs import days_of_change, faults, vectors
from entrepot_customs_cn_cbec import entrepot_register_customs_rules, rule_packs

(CnCustoms,) = entrepot_register_customs_rules()
VECTORS = Path(__file__).parents[4] / "tests" / "vectors" / "landed-cost.json"
COSMETICS = {"hs": "330499", "known_rates": {"consumption-tax": "0.15", "vat": "0.13"}}
Sums = tuple[str | None, str | None]


class TestCnCustoms(CustomsConformance):
    provider_class = CnCustoms
    origin_country = "FR"
    destination_country = "CN"
    currency = "CNY"


def line(value: str, **fields: Any) -> dict[str, Any]:
    return {"value": value, "hs": "940521", "origin": "FR", "duty_rate": "0.10", **fields}


def assessed(day: str, *lines: dict[str, Any], channel: str = "cbec", spent: str = "0", **fields: Any) -> Any:
    question = {"ship_from": "FR", "ship_to": "CN", "currency": "CNY", "mode": "courier", "date": day, **fields}
    year_to_date = {"amount": spent, "currency": "CNY"}
    options = {"channel": channel} if channel else {}
    return assessed_by(rule_packs, {"year_to_date": year_to_date, "options": options, **question, "lines": list(lines)})


def totals(*args: Any, **fields: Any) -> Sums:
    sums = assessed(*args, **fields)["totals"]
    return sums["duty"], sums["tax"]


@pytest.mark.covers("G3", "S1.46")
@pytest.mark.parametrize("vector", vectors(VECTORS, "CN-"), ids=lambda vector: vector["id"])
def test_vectors_of_china_pass(vector: dict[str, Any]) -> None:
    assert faults(vector) == []


VAT = {"known_rates": {"vat": "0.16"}}
CHANGES: list[tuple[str, str, dict[str, Any], Sums, Sums]] = [
    ("2019-01-01", "cbec", VAT, (None, None), ("0.00", "112.00")),
    ("2019-04-01", "cbec", {}, ("0.00", None), ("0.00", "91.00")),
    ("2019-04-01", "trade", {}, (None, None), ("100.00", "143.00")),
    ("2019-04-09", "post", {"known_rates": {"personal-articles": "0.13"}}, (None, None), ("0.00", "130.00")),
]


@pytest.mark.covers("G3")
@pytest.mark.parametrize(("day", "channel", "fields", "before", "after"), CHANGES)
def test_same_basket_changes_on_the_day(
    day: str, channel: str, fields: dict[str, Any], before: Sums, after: Sums
) -> None:
    eve = str(date.fromisoformat(day) - timedelta(days=1))
    assert totals(eve, line("1000.00", **fields), channel=channel) == before
    assert totals(day, line("1000.00", **fields), channel=channel) == after


def test_no_day_of_change_is_left_out() -> None:
    assert days_of_change(rule_packs[0]) == {day for day, *_ in CHANGES}


@pytest.mark.parametrize(
    ("value", "quantity", "regime"),
    [
        ("4999.99", 1, "cbec"),
        ("5000.00", 1, "cbec"),
        ("5000.01", 1, "cbec-single-item"),
        ("5000.00", 2, "cbec"),
        ("5000.01", 2, "cbec-over-transaction"),
    ],
)
def test_limit_of_a_transaction_is_inclusive_and_asks_for_one_item_above(
    value: str, quantity: int, regime: str
) -> None:
    answer = assessed("2026-08-01", line(value, quantity=quantity))
    assert answer["regimes"] == [regime]
    assert answer["accepted"] is (regime != "cbec-over-transaction")


@pytest.mark.parametrize(("spent", "accepted"), [("25199.99", True), ("25200.00", True), ("25200.01", False)])
def test_limit_of_the_year_is_inclusive_and_counts_this_order(spent: str, accepted: bool) -> None:
    assert assessed("2026-08-01", line("700.00"), freight="100.00", spent=spent)["accepted"] is accepted


def test_freight_and_insurance_count_to_limit_and_base() -> None:
    answer = assessed("2026-08-01", line("4900.00"), freight="80.00", insurance="20.00")
    assert (answer["regimes"], answer["totals"]["tax"]) == (["cbec"], "455.00")
    assert assessed("2026-08-01", line("4900.00"), freight="100.01")["regimes"] == ["cbec-single-item"]


def test_two_lines_are_more_than_one_item() -> None:
    assert assessed("2026-08-01", line("3000.00"), line("3000.00"))["regimes"] == ["cbec-over-transaction"]


def test_composite_rate_comes_from_amounts_that_are_not_rounded() -> None:
    answer = assessed("2026-08-01", line("0.37", **COSMETICS))
    assert answer["facts"]["composite_rate"] == "0.230588"
    assert answer["facts"]["counts_to_annual"] == "0.37"


def test_single_item_bears_consumption_tax_inside_price_and_duty() -> None:
    answer = assessed("2026-08-01", line("6000.00", **COSMETICS))
    amounts = {code: charge["amount"] for code, charge in answer["charges"].items()}
    assert amounts == {"customs-duty": "600.00", "consumption-tax": "1164.71", "vat": "1009.41"}


def test_platform_withholds_at_the_sale() -> None:
    answer = assessed("2026-08-01", line("500.00"))
    assert (answer["charges"]["vat"]["collector"], answer["incoterm"]) == ("marketplace", "DDP")


def test_businesses_are_refused() -> None:
    assert assessed("2026-08-01", line("500.00"), buyer="business")["accepted"] is False


def test_without_channel_or_year_to_date_nothing_is_known() -> None:
    assert totals("2026-08-01", line("500.00"), channel="") == (None, None)
    answer = assessed("2026-08-01", line("500.00"), year_to_date=None)
    assert answer["totals"]["owed"] is None
    assert any("year_to_date" in finding["text"] for finding in answer["findings"])


@pytest.mark.parametrize(("hs", "named"), [("330499", "known_rates.consumption-tax"), ("490199", "known_rates.vat")])
def test_goods_on_a_list_of_exceptions_are_unknown_with_the_remedy(hs: str, named: str) -> None:
    answer = assessed("2026-08-01", line("500.00", hs=hs))
    assert answer["totals"]["tax"] is None
    assert any(named in finding["text"] for finding in answer["findings"])


@pytest.mark.parametrize(
    ("ship_from", "value", "rate", "tax"),
    [
        ("FR", "384.61", "0.13", "0.00"),
        ("FR", "384.70", "0.13", "50.01"),
        ("FR", "1000.00", "0.13", "130.00"),
        ("FR", "1000.01", "0.13", None),
        ("HK", "800.00", "0.20", "160.00"),
        ("HK", "800.01", "0.20", None),
    ],
)
def test_postal_articles_have_a_limit_and_a_waiver(ship_from: str, value: str, rate: str, tax: str | None) -> None:
    goods = line(value, known_rates={"personal-articles": rate})
    assert totals("2026-08-01", goods, channel="post", ship_from=ship_from)[1] == tax


def test_bonded_goods_are_retail_imports_and_other_sales_within_china_are_unknown() -> None:
    assert totals("2026-08-01", line("500.00"), ship_from="CN") == ("0.00", "45.50")
    assert totals("2026-08-01", line("500.00"), ship_from="CN", channel="trade") == (None, None)
