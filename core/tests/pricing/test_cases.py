"""The given behaviour cases, played straight against the pure pipeline: what they expect of prices must come out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .case_player import played

yaml = pytest.importorskip("yaml")

#: Where the cases lie beside the repository; another folder may be named.
FOLDER = Path(os.environ.get("ENTREPOT_CASES", Path(__file__).parents[4] / "shared" / "cases"))
AREAS = ("promotion", "tax", "currency", "shipping")

pytestmark = [
    pytest.mark.covers("S1.37", "G9"),
    pytest.mark.skipif(not FOLDER.is_dir(), reason="no behaviour cases here; ENTREPOT_CASES names their folder"),
]


def cases() -> Iterator[Any]:
    for area in AREAS:
        path = FOLDER / f"{area}.yaml"
        content = yaml.safe_load(path.read_text()) if path.is_file() else {"cases": []}
        for case in content["cases"]:
            yield pytest.param(case, id=case["id"])


@pytest.mark.parametrize("case", list(cases()))
def test_the_pipeline_answers_as_the_case_expects(case: dict[str, Any]) -> None:
    actual = played(case)
    expected = case["expect"].items()
    wrong = {key: (value, actual.get(key)) for key, value in expected if not _fits(value, actual.get(key))}
    assert not wrong, f"{case['title']}: (expected, actual) differ: {wrong}"


def _fits(expected: Any, actual: Any) -> bool:
    """Only the keys that the case names are compared."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        return all(_fits(value, actual.get(key)) for key, value in expected.items())
    return bool(expected == actual)
