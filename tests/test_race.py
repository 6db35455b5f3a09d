"""Forty buyers race for seven pieces: real processes, a running server, both databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from judges.invariants import breaches, orders_of
from judges.race import race, run
from support.store import add_product, make_store

BUYERS, PIECES = 40, 7


@pytest.mark.databases
@pytest.mark.covers("S1.8", "S2.31")
def test_forty_buyers_of_seven_pieces_make_exactly_seven_orders(database_url: str, tmp_path: Path) -> None:
    store = make_store(tmp_path / "data", database_url)
    add_product(store, slug="lantern", stock=PIECES)
    with store.served(workers=2) as server:
        outcomes = race(server.url, "lantern", BUYERS)
    won = [path.rsplit("/", 1)[1] for path, status in outcomes if status == 200 and path.startswith("/order/")]
    assert len(outcomes) == BUYERS
    assert [outcome for outcome in outcomes if outcome[1] >= 500 or outcome[1] == 0] == []
    assert len(won) == orders_of(store.database_url) == PIECES
    assert breaches(store.database_url, acknowledged=won) == []


@pytest.mark.covers("S1.8", "S1.19")
@pytest.mark.parametrize("kind", ["pairs", "coupons"])
def test_neither_pairs_of_goods_nor_coupons_are_given_out_twice(kind: str) -> None:
    assert run("sqlite", 1, 12, 4, kind) == []
