"""The shop is killed and its disk spoilt for some seconds while everybody writes; the long version is ./dev crash."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from judges.crash import run
from judges.faults import find_injector
from judges.invariants import breaches
from judges.outside import facts_missing, half_written
from support.databases import ADDRESS_VARIABLE
from support.store import make_store

SECONDS = 8


@pytest.mark.covers("S2.31", "S2.14", "G5", "G17")
@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_a_shop_that_is_killed_again_and_again_keeps_its_word(database: str) -> None:
    if database == "postgresql" and not os.environ.get(ADDRESS_VARIABLE):
        pytest.skip(f"no PostgreSQL: {ADDRESS_VARIABLE} is not set. Remedy: ./dev test starts one.")
    assert run(database, 1, SECONDS, find_injector()) == []


def test_the_judge_sees_what_is_not_as_it_was_acknowledged(tmp_path: Path) -> None:
    store = make_store(tmp_path / "data", f"sqlite:///{tmp_path / 'shop.db'}")
    (tmp_path / "data" / "report.json").write_text('{"begun": ')
    promised = {"parcels": {"mark-1"}, "refunds": {"mark-2"}}
    found = breaches(store.database_url, acknowledged={"a token": 100}, marks=promised)
    assert found == [
        "a buyer was shown an order that does not exist: a token",
        "parcels: mark-1 was acknowledged and is not there",
        "refunds: mark-2 was acknowledged and is not there",
    ]
    assert half_written(tmp_path / "data") == ["half-written file: report.json (10 bytes)"]
    assert facts_missing({"a", "b"}, {"a"}) == ["a fact never reached its receiver: b"]
