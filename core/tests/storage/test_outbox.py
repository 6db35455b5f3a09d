"""Facts are written with what they tell of: all at the transaction's end, by one statement, or not at all."""

from __future__ import annotations

import pytest
from sqlalchemy import event, select

from entrepot.sdk.facts import StockChanged
from entrepot.storage.models import FactRow
from entrepot.storage.outbox import record
from entrepot.storage.session import db, reader, unit_of_work
from entrepot.testkit.small_shop import SmallShop

pytestmark = [pytest.mark.databases, pytest.mark.covers("S0.36")]


def told(shop: SmallShop) -> list[list[str]]:
    """The SKUs of what was recorded since the shop was opened."""
    db.session.rollback()
    rows = reader().scalars(select(FactRow).where(FactRow.kind == "stock_changed").order_by(FactRow.seq))
    return [list(row.payload["skus"]) for row in rows]


def test_facts_of_one_act_are_one_statement_in_their_order(shop: SmallShop) -> None:
    before = told(shop)
    written: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *given: written.append(given[2]))
    with unit_of_work() as session:
        record(session, shop.runtime.clock, StockChanged, skus=("A",))
        record(session, shop.runtime.clock, StockChanged, skus=("B",))
    assert len([statement for statement in written if statement.startswith("INSERT INTO fact")]) == 1
    assert told(shop) == [*before, ["A"], ["B"]]


def test_a_savepoint_takes_its_facts_back(shop: SmallShop) -> None:
    before = told(shop)
    with unit_of_work() as session:
        record(session, shop.runtime.clock, StockChanged, skus=("KEPT",))
        savepoint = session.begin_nested()
        record(session, shop.runtime.clock, StockChanged, skus=("GONE",))
        savepoint.rollback()
    assert told(shop) == [*before, ["KEPT"]]


def test_what_fails_tells_nothing(shop: SmallShop) -> None:
    before = told(shop)
    with pytest.raises(RuntimeError), unit_of_work() as session:
        record(session, shop.runtime.clock, StockChanged, skus=("GONE",))
        raise RuntimeError
    assert told(shop) == before


def test_a_look_inside_a_savepoint_does_not_tie_earlier_facts_to_it(shop: SmallShop) -> None:
    before = told(shop)
    with unit_of_work() as session:
        record(session, shop.runtime.clock, StockChanged, skus=("KEPT",))
        savepoint = session.begin_nested()
        reader()
        savepoint.rollback()
    assert told(shop) == [*before, ["KEPT"]]
