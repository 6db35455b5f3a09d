"""Goods on their way between warehouses."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from entrepot.inventory import allocation, stock, transfers
from entrepot.inventory.models import StockLevel, StockMovement, Transfer, TransferLine
from entrepot.inventory.queries import available
from entrepot.inventory.stock import StockPromised
from entrepot.inventory.transfers import TransferMoved
from entrepot.sdk.errors import EntrepotError
from entrepot.storage.session import reader, unit_of_work

pytestmark = [pytest.mark.databases, pytest.mark.covers("S2.11", "S0.15")]


@pytest.fixture
def places(new_warehouse) -> tuple[int, int]:
    return new_warehouse("hamburg"), new_warehouse("lyon")


@pytest.fixture
def mug(new_variant, places, count) -> int:
    variant = new_variant("MUG")
    count(variant, places[0], 10)
    return variant


def on_hand() -> dict[int, int]:
    return {row.warehouse_id: row.on_hand for row in reader().execute(select(StockLevel.__table__))}


def drafted(runtime, mug, places, pieces=6) -> int:
    return transfers.draft(runtime, source_id=places[0], target_id=places[1], lines={mug: pieces})


def test_goods_in_transit_cannot_be_sold(app, runtime, mug, places):
    transfer = drafted(runtime, mug, places)
    assert available([mug]) == {mug: 10}
    transfers.send(runtime, transfer, actor="test")
    assert (available([mug]), transfers.in_transit([mug])) == ({mug: 4}, {mug: 6})
    transfers.receive(runtime, transfer, arrived={mug: 6}, seen=0, actor="test")
    assert (available([mug]), on_hand()) == ({mug: 10}, {places[0]: 4, places[1]: 6})
    assert reader().scalar(select(Transfer.state)) == "received"


def test_a_part_arrives_and_the_rest_is_written_off_with_its_reason(app, runtime, mug, places):
    transfer = drafted(runtime, mug, places)
    transfers.send(runtime, transfer, actor="test")
    transfers.receive(runtime, transfer, arrived={mug: 4}, seen=0, actor="test")
    assert (on_hand()[places[1]], transfers.in_transit([mug])) == (4, {mug: 2})
    transfers.close(runtime, transfer, reason="broken on the way", actor="test")
    line = reader().execute(select(TransferLine.__table__)).one()
    assert (line.received, line.missing, line.reason) == (4, 2, "broken on the way")
    kinds = select(StockMovement.kind, StockMovement.quantity).order_by(StockMovement.id)
    assert [tuple(row) for row in reader().execute(kinds)][-2:] == [("transfer_in", 2), ("damaged", -2)]
    before = on_hand()
    with unit_of_work() as session:
        stock.rebuild_levels(session)
    assert on_hand() == before == {places[0]: 4, places[1]: 4}


def test_each_step_is_booked_once(app, runtime, mug, places):
    transfer = drafted(runtime, mug, places)
    transfers.send(runtime, transfer, actor="test")
    with pytest.raises(TransferMoved):
        transfers.send(runtime, transfer, actor="test")
    transfers.receive(runtime, transfer, arrived={mug: 2}, seen=0, actor="test")
    with pytest.raises(TransferMoved):
        transfers.receive(runtime, transfer, arrived={mug: 2}, seen=0, actor="test")
    with pytest.raises(EntrepotError, match="5 arrived, but 4 are on the way"):
        transfers.receive(runtime, transfer, arrived={mug: 5}, seen=2, actor="test")
    assert on_hand() == {places[0]: 4, places[1]: 2}


def test_what_is_promised_to_orders_does_not_leave(app, runtime, mug, places):
    with unit_of_work() as session:
        allocation.allocate(session, runtime, lines=[("line", mug, 5)], expires_at=None)
    transfer = drafted(runtime, mug, places)
    with pytest.raises(StockPromised):
        transfers.send(runtime, transfer, actor="test")
    assert on_hand() == {places[0]: 10}
    transfers.cancel(runtime, transfer)
    with pytest.raises(TransferMoved):
        transfers.send(runtime, transfer, actor="test")


def test_a_draft_names_two_warehouses_and_some_goods(app, runtime, mug, places):
    with pytest.raises(EntrepotError, match="two different"):
        transfers.draft(runtime, source_id=places[0], target_id=places[0], lines={mug: 1})
    with pytest.raises(EntrepotError, match="at least one SKU"):
        transfers.draft(runtime, source_id=places[0], target_id=places[1], lines={})
