"""The given behaviour cases through the REST API, and a few of this file's own: the player must be able to fail."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.cases.playing import Result, play
from support.cases.reading import Case, NoCases, read_cases
from support.cases.shop import make_template

#: Where the cases lie beside the repository; another folder may be named.
FOLDER = Path(os.environ.get("ENTREPOT_CASES", Path(__file__).parents[2] / "shared" / "cases"))

pytestmark = pytest.mark.covers("S1.37", "S2.31", "G9", "G15")

CART = [{"add": {"sku": "a", "qty": 1}}]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_template(tmp_path_factory.mktemp("cases"))


@pytest.fixture
def played(template: Path, tmp_path: Path) -> Callable[..., Result]:
    def run(when: list[dict[str, Any]], expect: dict[str, Any], **given: Any) -> Result:
        products = [{"sku": "a", "price": "35.00", "stock": 5}]
        whole = {"currency": "USD", "products": products, **given}
        return play(Case("own", "", Path("own.yaml"), whole, tuple(when), expect), template, tmp_path)

    return run


def given_cases() -> Iterator[Any]:
    if not FOLDER.is_dir():
        reason = "no behaviour cases here; ENTREPOT_CASES names their folder"
        yield pytest.param(None, marks=pytest.mark.skip(reason=reason), id="none")
        return
    for case in read_cases([FOLDER]):
        yield pytest.param(case, id=case.id)


@pytest.mark.parametrize("case", list(given_cases()))
def test_the_shop_answers_as_the_case_expects(case: Case, template: Path, tmp_path: Path) -> None:
    result = play(case, template, tmp_path)
    assert result.passed, "\n".join(result.lines())


def test_a_wrong_expectation_fails_with_both_values(played: Callable[..., Result]) -> None:
    result = played(CART, {"total": "34.00"})
    assert not result.passed and result.differences == {"total": ("34.00", "35.00")}


@pytest.mark.parametrize(
    ("given", "when", "expect"),
    [
        ({"loyalty": {}}, CART, {}),
        ({}, [{"teleport": True}], {}),
        ({}, CART, {"mood": "good"}),
        ({}, [{"add": {"sku": "a", "qty": 1, "shipment": 2}}], {}),
    ],
)
def test_what_is_not_built_counts_as_failed(
    given: dict[str, Any], when: list[dict[str, Any]], expect: dict[str, Any], played: Callable[..., Result]
) -> None:
    assert "not built" in played(when, expect, **given).problem


def test_fifty_buyers_at_once_take_what_is_there(played: Callable[..., Result]) -> None:
    crowd = {"parallel": {"buyers": 12, "each": {"add": {"sku": "a", "qty": 1}, "place": True}}}
    expect = {"orders_placed": 5, "refused_count": 7, "on_hand_plus_on_hold_consistent": True, "available": {"a": 0}}
    result = played([crowd], expect)
    assert result.passed, result.lines()


def test_a_part_is_captured_and_the_rest_released(played: Callable[..., Result]) -> None:
    steps = [*CART, {"authorize": "35.00"}, {"capture": "20.00"}]
    expect = {"captured": "20.00", "capturable": "0.00", "charges": 1}
    result = played(steps, expect)
    assert result.passed, result.lines()


@pytest.mark.parametrize("step", [{"capture": "36.00"}, {"refund": "35.01"}])
def test_more_than_there_is_has_no_effect(step: dict[str, str], played: Callable[..., Result]) -> None:
    first = {"authorize": True} if "capture" in step else {"pay": True}
    taken = "0.00" if "capture" in step else "35.00"
    result = played([*CART, first, step], {"last_step_refused": True, "captured": taken, "refunded": "0.00"})
    assert result.passed, result.lines()


def test_parts_are_refunded_until_nothing_is_left(played: Callable[..., Result]) -> None:
    steps = [*CART, {"place": True}, {"pay": True}, {"refund": "10.00"}, {"refund": "25.00"}]
    expect = {"refunded": "35.00", "payment_state": "refunded", "order_payment_state": "refunded"}
    result = played(steps, expect)
    assert result.passed, result.lines()


def test_a_channel_has_its_own_prices_and_discounts(played: Callable[..., Result]) -> None:
    result = played(
        [{"channel": "gb"}, *CART, {"place": True}, {"pay": True}],
        {"currency": "GBP", "discount": "12.00", "total": "68.00", "order_payment_state": "paid"},
        channels={"us": "USD", "gb": "GBP"},
        products=[{"sku": "a", "prices": {"us": "100.00", "gb": "80.00"}}],
        promotions=[{"kind": "order_fixed", "amounts": {"us": "10.00", "gb": "12.00"}}],
    )
    assert result.passed, result.lines()


def test_stock_is_held_until_the_money_is_taken(played: Callable[..., Result]) -> None:
    steps = [*CART, {"authorize": True}]
    held = played(steps, {"on_hand": {"a": 5}, "on_hold": {"a": 1}, "available": {"a": 4}})
    assert held.passed, held.lines()
    taken = played([*steps, {"capture": True}, {"set_stock": {"a": 9}}], {"on_hand": {"a": 9}, "on_hold": {"a": 0}})
    assert taken.passed, taken.lines()


def test_a_free_order_is_settled_without_a_charge(played: Callable[..., Result]) -> None:
    result = played(
        [*CART, {"coupon": "ALL"}, {"place": True}, {"pay": True}],
        {"total": "0.00", "order_payment_state": "paid", "charges": 0, "orders": 1, "on_hold": {"a": 0}},
        promotions=[{"kind": "order_percent", "percent": "100", "coupon": "ALL"}],
    )
    assert result.passed, result.lines()


def test_any_folder_may_be_given(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    case = {"id": "x-1", "given": {}, "when": CART, "expect": {"total": "1.00"}}
    (tmp_path / "below" / "x.yaml").write_text(yaml.safe_dump({"area": "x", "cases": [case]}))
    assert [case.id for case in read_cases([tmp_path])] == ["x-1"]
    with pytest.raises(NoCases):
        read_cases([tmp_path / "nothing"])
