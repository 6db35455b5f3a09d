"""Low stock: one fact per crossing, not per order."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from entrepot.inventory import allocation
from entrepot.inventory.thresholds import low_stock, set_threshold, thresholds_of
from entrepot.sdk.errors import EntrepotError
from entrepot.storage.models import FactRow
from entrepot.storage.session import reader, unit_of_work

pytestmark = [pytest.mark.databases, pytest.mark.covers("S0.16", "S1.9", "S2.9")]
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def hamburg(new_warehouse) -> int:
    return new_warehouse("hamburg")


@pytest.fixture
def mug(new_variant, hamburg, count) -> int:
    """Ten are there; three are few."""
    variant = new_variant("MUG")
    count(variant, hamburg, 10)
    set_threshold(variant, hamburg, least=3, at=NOON)
    return variant


def facts() -> list[int]:
    rows = reader().execute(select(FactRow.payload).where(FactRow.kind == "stock_low").order_by(FactRow.seq))
    return [row.payload["available"] for row in rows]


def order(runtime, mug, line, pieces):
    with unit_of_work() as session:
        allocation.allocate(session, runtime, lines=[(line, mug, pieces)], expires_at=None)


def test_orders_below_the_threshold_alert_once_until_it_recovers(app, runtime, mug, hamburg, count):
    order(runtime, mug, "a", 6)
    assert facts() == []
    order(runtime, mug, "b", 1)
    order(runtime, mug, "c", 1)
    assert facts() == [3]
    assert [(low.sku, low.available, low.least) for low in low_stock()] == [("MUG", 2, 3)]
    count(mug, hamburg, 20)
    assert (facts(), low_stock()) == ([3], [])
    order(runtime, mug, "d", 11)
    assert facts() == [3, 1]


def test_a_threshold_above_the_stock_alerts_at_once(app, mug, hamburg):
    set_threshold(mug, hamburg, least=10, at=NOON)
    set_threshold(mug, hamburg, least=12, at=NOON)
    assert facts() == [10]
    set_threshold(mug, hamburg, least=None, at=NOON)
    assert (low_stock(), thresholds_of(mug)) == ([], {})
    with pytest.raises(EntrepotError, match="zero or more"):
        set_threshold(mug, hamburg, least=-1, at=NOON)
