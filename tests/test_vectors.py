"""Every worked example of tests/vectors whose rule pack is installed comes out as written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from entrepot.customs.assess import installed_packs
from entrepot.customs.vectors import play, read_vectors

VECTORS = Path(__file__).parent / "vectors"
INSTALLED = frozenset(country for pack in installed_packs() for country in pack.countries)


def destination(vector: Mapping[str, Any]) -> str:
    to = vector["input"].get("ship_to", "") if vector.get("kind", "assess") == "assess" else ""
    return str(to["country"] if isinstance(to, Mapping) else to)


def playable() -> list[Mapping[str, Any]]:
    return [one for one in read_vectors(VECTORS) if destination(one) in {"", *INSTALLED}]


@pytest.mark.covers("G1", "S1.37")
@pytest.mark.parametrize("vector", playable(), ids=lambda vector: str(vector["id"]))
def test_worked_example_comes_out_as_its_source_says(vector: Mapping[str, Any]) -> None:
    played = play(vector)
    assert played.passed, f"{played.source}: {played.problem or played.differences}"


def test_no_two_examples_share_an_id() -> None:
    ids = [str(one["id"]) for one in read_vectors(VECTORS)]
    assert sorted(ids) == sorted(set(ids))
