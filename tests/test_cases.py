"""Behaviour cases through the REST API: our own and those beside the repository. The player must be able to fail."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.cases.comparing import fits
from support.cases.playing import Result, play
from support.cases.reading import Case, NoCases, read_cases
from support.cases.shop import make_template

#: Our own cases, and where others lie beside the repository; another folder may be named.
FOLDERS = (
    Path(__file__).parent / "cases",
    Path(os.environ.get("ENTREPOT_CASES", Path(__file__).parents[2] / "shared" / "cases")),
)

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


def known_cases() -> Iterator[Any]:
    for case in read_cases(folder for folder in FOLDERS if folder.is_dir()):
        yield pytest.param(case, id=case.id)


@pytest.mark.parametrize("case", list(known_cases()))
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
        ({"products": [{"sku": "a", "price": "1.00", "colour": "red"}]}, CART, {}),
        ({"tax": {"rates": [{"category": "c", "percent": "1", "from": 2026}]}}, CART, {}),
        ({"tax": {"rounding": "per_mood"}}, CART, {}),
        ({"shipping_methods": [{"code": "a", "fee": "1.00", "speed": "slow"}]}, CART, {}),
        ({"catalog_promotions": [{"kind": "percent", "percent": "1", "weather": "rain"}]}, CART, {}),
        ({}, [{"teleport": True}], {}),
        ({}, [{"add": {"sku": "a", "qty": 1, "gift": True}}], {}),
        ({}, [*CART, {"webhook": "comet_seen"}], {}),
        ({}, CART, {"mood": "good"}),
        ({}, CART, {"lines": {"a": {"mood": "good"}}}),
    ],
)
def test_what_is_not_built_counts_as_failed(
    given: dict[str, Any], when: list[dict[str, Any]], expect: dict[str, Any], played: Callable[..., Result]
) -> None:
    assert "not built" in played(when, expect, **given).problem


def test_what_a_promotion_does_not_know_counts_as_failed(played: Callable[..., Result]) -> None:
    result = played(CART, {"total": "35.00"}, promotions=[{"kind": "order_fixed", "amount": "1.00", "moon": "full"}])
    assert not result.passed and "'moon' is not known here" in result.problem


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ("10", "10.00"),
        (["1.34", "1.33"], ["1.34", "1.33"]),
        ({"a": 0}, {"b": 2}),
        ({}, {}),
        ("partially_refunded", "part_refunded"),
    ],
)
def test_what_means_the_same_fits(expected: Any, actual: Any) -> None:
    assert fits(expected, actual)


@pytest.mark.parametrize(
    ("expected", "actual"), [("10.01", "10.00"), ({}, {"a": 1}), ({"a": 1}, {}), (True, "1"), ([], ["x"])]
)
def test_what_differs_does_not_fit(expected: Any, actual: Any) -> None:
    assert not fits(expected, actual)


def test_any_folder_may_be_given(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    case = {"id": "x-1", "given": {}, "when": CART, "expect": {"total": "1.00"}}
    (tmp_path / "below" / "x.yaml").write_text(yaml.safe_dump({"area": "x", "cases": [case]}))
    assert [case.id for case in read_cases([tmp_path])] == ["x-1"]
    with pytest.raises(NoCases):
        read_cases([tmp_path / "nothing"])
