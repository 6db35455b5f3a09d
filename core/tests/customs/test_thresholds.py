"""Limits: inclusive or not, per piece, line, consignment, order and person and year."""

from __future__ import annotations

from pathlib import Path

import pytest

from .toy import amounts, answered, goods, pack, regime

FREE = regime(
    '{ duty = "customs-duty", formula = "not_due", because = "limit" },',
    id="free",
    more='when = [{ within = "limit" }]',
)
REST = regime('{ duty = "customs-duty", base = ["fob"], rate = "duty" },', id="rest")


def limited(tmp_path: Path, *, inclusive: str = "yes", scope: str = "consignment", currency: str = "EUR") -> object:
    limit = f"limit,,150,{currency},{inclusive},{scope},intrinsic,Above: duty"
    return pack(tmp_path, FREE + REST, rates="duty,,,,,,10,,,", thresholds=limit)


@pytest.mark.parametrize(
    ("inclusive", "value", "regime_id"),
    [("yes", "150.00", "free"), ("yes", "150.01", "rest"), ("no", "150.00", "rest"), ("no", "149.99", "free")],
)
def test_limit_itself(tmp_path: Path, inclusive: str, value: str, regime_id: str) -> None:
    answer = answered(limited(tmp_path, inclusive=inclusive), goods(value=value))
    assert [treatment.regime for treatment in answer.treatments] == [regime_id]


@pytest.mark.parametrize(
    ("scope", "regime_id"), [("item", "free"), ("line", "rest"), ("consignment", "rest"), ("order", "rest")]
)
def test_scope_says_what_is_added_up(tmp_path: Path, scope: str, regime_id: str) -> None:
    answer = answered(limited(tmp_path, scope=scope), goods(value="200.00", quantity=2))
    assert [treatment.regime for treatment in answer.treatments] == [regime_id]


@pytest.mark.covers("G1")
def test_part_of_a_larger_order_counts_with_all_of_it(tmp_path: Path) -> None:
    toy = limited(tmp_path, scope="order")
    assert [t.regime for t in answered(toy, order_value="300.00").treatments] == ["rest"]
    assert [t.regime for t in answered(toy, order_value="100.00").treatments] == ["free"]


def test_freight_shown_separately_is_outside_the_limit(tmp_path: Path) -> None:
    answer = answered(limited(tmp_path), goods(value="150.00"), freight="80.00")
    assert [treatment.regime for treatment in answer.treatments] == ["free"]


def test_discount_counts_before_the_limit(tmp_path: Path) -> None:
    answer = answered(limited(tmp_path), goods(value="160.00"), discount="10.00")
    assert [treatment.regime for treatment in answer.treatments] == ["free"]


def test_year_to_date_is_asked_for_and_added(tmp_path: Path) -> None:
    toy = limited(tmp_path, scope="person-year")
    assert "give year_to_date" in answered(toy).findings[0].text
    earlier = {"amount": "60.00", "currency": "EUR"}
    assert [t.regime for t in answered(toy, year_to_date=earlier).treatments] == ["rest"]


def test_limit_in_another_currency_needs_a_rate(tmp_path: Path) -> None:
    toy = limited(tmp_path, currency="USD")
    unknown = answered(toy)
    assert amounts(unknown, "duty") == ["unknown"]
    assert "EUR to USD" in unknown.findings[0].text
    rate = {"from": "EUR", "to": "USD", "rate": "1.1", "date": "2026-06-01", "source": "bank"}
    assert [t.regime for t in answered(toy, goods(value="140.00"), rates=[rate]).treatments] == ["rest"]


def test_line_scope_sends_the_rest_to_the_next_regime(tmp_path: Path) -> None:
    each = FREE.replace("steps", 'scope = "line"\nsteps')
    toy = pack(tmp_path, each + REST, rates="duty,,,,,,10,,,", thresholds="limit,,150,EUR,yes,item,intrinsic,Above")
    answer = answered(toy, goods(value="150.00"), goods(value="160.00"))
    assert [(t.regime, t.line_ids) for t in answer.treatments] == [("free", ("1",)), ("rest", ("2",))]


@pytest.mark.covers("G1")
def test_merging_two_free_parcels_is_tested_against_the_limit_again(tmp_path: Path) -> None:
    toy = limited(tmp_path)
    apart, together = answered(toy, goods()), answered(toy, goods(), goods())
    assert [t.regime for t in apart.treatments] == ["free"]
    assert [t.regime for t in together.treatments] == ["rest"]
    assert amounts(together, "customs-duty") == ["10.00", "10.00"]
