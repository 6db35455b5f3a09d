"""Every formula and method of the engine, with numbers that can be checked in the head."""

from __future__ import annotations

from pathlib import Path

import pytest

from .toy import amounts, answered, goods, pack, regime

DUTY = '{ duty = "customs-duty", base = ["fob"], rate = "duty" },'
TAX = '{ tax = "vat", base = ["fob", "duties"], rate = "vat" },'


@pytest.mark.covers("G1")
@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ("duty,,,,,,10,,,", "10.00"),
        ("duty,,,,,per_unit,,2,EUR,piece", "6.00"),
        ("duty,,,,,per_unit,,4,EUR,kg", "2.00"),
        ("duty,,,,,per_unit,,3,EUR,item", "3.00"),
        ("duty,,,,,compound,10,2,EUR,piece", "16.00"),
        ("duty,,,,,max_of,10,2,EUR,piece", "10.00"),
        ("duty,,,,,min_of,10,2,EUR,piece", "6.00"),
        ("duty,,,,,ad_valorem,22/78,,,", "28.21"),
        ("duty,,,,,unknown,,,,", "unknown"),
    ],
)
def test_method_of_a_rate(tmp_path: Path, record: str, expected: str) -> None:
    toy = pack(tmp_path, regime(DUTY), rates=record)
    assert amounts(answered(toy, goods(quantity=3)), "customs-duty") == [expected]


def test_top_up_fills_what_is_missing_and_takes_nothing_back(tmp_path: Path) -> None:
    steps = DUTY + '\n{ duty = "surcharge", base = ["fob"], rate = "top" },'
    toy = pack(tmp_path, regime(steps), rates="duty,,,61,,,4,,,\nduty,,,,,,20,,,\ntop,,,,,top_up_to,15,,,")
    answer = answered(toy, goods(), goods(hs="420292"))
    assert amounts(answer, "surcharge") == ["11.00", "0.00"]


def test_tax_on_duty_uses_the_rounded_duty(tmp_path: Path) -> None:
    toy = pack(tmp_path, regime(DUTY + TAX), rates="duty,,,,,,12.5,,,\nvat,,,,,,20,,,")
    answer = answered(toy, goods(value="10.03"))
    assert amounts(answer, "customs-duty") == ["1.25"]
    assert amounts(answer, "vat") == ["2.26"]


def test_tax_inside_its_own_base(tmp_path: Path) -> None:
    toy = pack(tmp_path, regime('{ tax = "icms", formula = "inside", base = ["fob"], rate = "icms" },'),
               rates="icms,,,,,,17,,,")  # fmt: skip
    assert amounts(answered(toy, goods(value="60.00")), "icms") == ["12.29"]


def test_rate_less_amount_is_never_negative(tmp_path: Path) -> None:
    step = '{ duty = "customs-duty", formula = "rate_less_amount", base = ["fob"], rate = "duty", amount = "off" },'
    toy = pack(tmp_path, regime(step), rates="duty,,,,,,60,,,", amounts="off,,20,EUR,consignment")
    assert amounts(answered(toy, goods(), goods(value="10.00")), "customs-duty") == ["40.00", "0.00"]


def test_flat_amount_per_declaration_item(tmp_path: Path) -> None:
    step = '{ duty = "customs-duty", formula = "flat", amount = "each", items_by = ["hs6"] },'
    toy = pack(tmp_path, regime(step), amounts="each,,3,EUR,item")
    answer = answered(toy, goods(quantity=5), goods(hs="6109.10.00"), goods(hs="910211"))
    assert amounts(answer, "customs-duty") == ["6.00"]


def test_minimum_and_maximum_bound_the_whole_consignment(tmp_path: Path) -> None:
    step = '{ fee = "mpf", base = ["fob"], rate = "mpf", over = "consignment", at_least = "low", at_most = "high" },'
    toy = pack(tmp_path, regime(step), rates="mpf,,,,,,1,,,", amounts="low,,5,EUR,consignment\nhigh,,8,EUR,consignment")
    assert [amounts(answered(toy, goods(value=v), goods(value=v)), "mpf") for v in ("100", "350", "900")] == [
        ["5.00"],
        ["7.00"],
        ["8.00"],
    ]


def test_lines_with_different_rates_are_not_computed_as_one(tmp_path: Path) -> None:
    step = '{ fee = "levy", base = ["fob"], rate = "levy", over = "consignment" },'
    toy = pack(tmp_path, regime(step), rates="levy,,,61,,,1,,,\nlevy,,,,,,2,,,")
    assert amounts(answered(toy, goods(), goods(hs="910211")), "levy") == ["unknown"]


def test_small_tax_is_waived_with_the_threshold_as_its_rule(tmp_path: Path) -> None:
    levied = '{ tax = "vat", base = ["fob"], rate = "vat" },'
    steps = levied + '{ tax = "vat-check", formula = "waive", base = ["vat"], within = "small" },'
    limit = "small,,5,EUR,yes,tax amount,fob,Above: levied in full"
    toy = pack(tmp_path, regime(steps), rates="vat,,,,,,10,,,", thresholds=limit)
    free, due = answered(toy, goods(value="50.00")), answered(toy, goods(value="50.10"))
    assert (free.of_code("vat")[0].state, free.of_code("vat")[0].rule.id) == ("not_due", "toy/small/2020-01-01")
    assert amounts(due, "vat") == ["5.01"]


def test_authority_rounds_base_and_amount(tmp_path: Path) -> None:
    step = '{ duty = "customs-duty", base = ["fob"], rate = "duty", base_round = "base", round = "cut" },'
    toy = pack(tmp_path, regime(step), rates="duty,,,,,,10,,,", roundings="base,,down,50\ncut,,down,10")
    assert amounts(answered(toy, goods(value="199.00")), "customs-duty") == ["10.00"]


@pytest.mark.covers("G1")
def test_freight_is_shared_by_value_and_sums_to_the_whole(tmp_path: Path) -> None:
    toy = pack(
        tmp_path, regime('{ duty = "customs-duty", base = ["freight"], rate = "duty" },'), rates="duty,,,,,,100,,,"
    )
    answer = answered(toy, goods(value="1.00"), goods(value="1.00"), goods(value="1.00"), freight="10.00")
    assert sorted(amounts(answer, "customs-duty")) == ["3.33", "3.33", "3.34"]


def test_rate_of_the_country_of_departure(tmp_path: Path) -> None:
    step = '{ tax = "vat", base = ["fob"], rate = "vat", area = "ship_from" },'
    toy = pack(tmp_path, regime(step), rates="vat,IS,,,,,24,,,\nvat,NO,,,,,25,,,")
    assert amounts(answered(toy, ship_from="NO"), "vat") == ["25.00"]


@pytest.mark.parametrize(
    ("fields", "codes"),
    [
        ({"established_in": "CN"}, ["home"]),
        ({"established_in": "DE"}, ["abroad"]),
        ({}, ["duty", "tax"]),
    ],
)
def test_where_the_seller_is_established_decides(tmp_path: Path, fields: dict[str, str], codes: list[str]) -> None:
    home = regime(
        '{ tax = "home", base = ["fob"], rate = "vat" },', id="home", more='when = [{ established_in = "{ship_from}" }]'
    )
    abroad = regime('{ tax = "abroad", base = ["fob"], rate = "vat" },', id="abroad")
    answer = answered(pack(tmp_path, home + abroad, rates="vat,,,,,,24,,,"), **fields)
    assert [charge.code for charge in answer.charges] == codes
