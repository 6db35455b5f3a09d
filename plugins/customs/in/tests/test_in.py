"""The pack of India: conformance, its vectors, the small amount that is not collected, and the day of every change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from entrepot.testkit import CustomsConformance
from entrepot.testkit.rule_packs import assessed as assessed_by
from entrepot.testkit.rule_packs import days_of_change, faults, vectors
from entrepot_customs_in import entrepot_register_customs_rules, rule_packs

(InCustoms,) = entrepot_register_customs_rules()
VECTORS = Path(__file__).parents[4] / "tests" / "vectors" / "landed-cost.json"
Sums = tuple[str | None, str | None]


class TestInCustoms(CustomsConformance):
    provider_class = InCustoms
    destination_country = "IN"
    currency = "INR"


def line(value: str, **fields: Any) -> dict[str, Any]:
    return {"value": value, "hs": "940521", "origin": "CN", **fields}


def assessed(day: str, *lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    question = {"ship_from": "CN", "ship_to": "IN", "currency": "INR", "mode": "courier", **fields}
    return assessed_by(rule_packs, {**question, "date": day, "lines": list(lines)})


def totals(*args: Any, **fields: Any) -> Sums:
    sums = assessed(*args, **fields)["totals"]
    return sums["duty"], sums["tax"]


@pytest.mark.covers("G3", "S1.46")
@pytest.mark.parametrize("vector", vectors(VECTORS, "IN-"), ids=lambda vector: vector["id"])
def test_vectors_of_india_pass(vector: dict[str, Any]) -> None:
    assert faults(vector) == []


@pytest.mark.covers("G3")
@pytest.mark.parametrize(
    ("fields", "after"),
    [({}, ("1100.00", "1998.00")), ({"nature": "gift"}, ("2000.00", "2160.00"))],
    ids=["purchase", "gift"],
)
def test_rates_are_known_since_the_public_notice_of_october_2025(fields: dict[str, Any], after: Sums) -> None:
    assert totals("2025-10-06", line("10000.00"), **fields) == (None, None)
    assert totals("2025-10-07", line("10000.00"), **fields) == after
    assert days_of_change(rule_packs[0]) == {"2025-10-07"}


def test_base_is_cif_and_taxes_build_on_each_other() -> None:
    answer = assessed("2026-05-01", line("9000.00"), freight="900.00", insurance="100.00")
    assert (answer["totals"]["duty"], answer["totals"]["tax"]) == ("1100.00", "1998.00")
    assert answer["facts"]["effective_rate"] == "0.3098"


@pytest.mark.parametrize(
    ("value", "owed", "state"),
    [("322.70", "0.00", "not_due"), ("322.81", "100.01", "known"), ("10.00", "0.00", "not_due")],
)
def test_up_to_one_hundred_rupees_are_not_collected(value: str, owed: str, state: str) -> None:
    answer = assessed("2026-05-01", line(value))
    assert (answer["totals"]["owed"], answer["charges"]["igst"]["state"]) == (owed, state)


def test_stated_tariff_rate_does_not_replace_heading_9804() -> None:
    assert totals("2026-05-01", line("10000.00", duty_rate="0.20")) == ("1100.00", "1998.00")


def test_goods_for_a_business_follow_their_own_heading() -> None:
    goods = line("10000.00", duty_rate="0.20")
    assert totals("2026-05-01", goods, buyer="business") == ("2200.00", None)
    stated = {**goods, "known_rates": {"igst-tariff": "0.18"}}
    assert totals("2026-05-01", stated, buyer="business") == ("2200.00", "2196.00")


@pytest.mark.parametrize("hs", ["220421", "240220", "490199"])
def test_goods_outside_heading_9804_are_unknown(hs: str) -> None:
    assert totals("2026-05-01", line("10000.00", hs=hs)) == (None, None)


def test_unclassified_goods_and_sales_within_india_are_unknown() -> None:
    assert totals("2026-05-01", {"value": "10000.00", "origin": "CN"}) == (None, None)
    assert totals("2026-05-01", line("10000.00"), ship_from="IN") == (None, None)
