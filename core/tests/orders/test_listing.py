"""The list of orders in a period: sorted by the time of the order, and read from an index page by page."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update

from entrepot.orders import finding
from entrepot.orders.listing import OrderListPage, order_list
from entrepot.orders.models import Order
from entrepot.storage.session import insert_rows, unit_of_work
from entrepot.testkit.samples import NOON
from entrepot.testkit.small_shop import SmallShop
from entrepot.testkit.statements import plan_of, recorded

pytestmark = pytest.mark.databases
HOUR = timedelta(hours=1)


def placed(shop: SmallShop, at: datetime, *, status: str = "to_pay") -> str:
    number = shop.place(pay_by="by-hand", key=f"key {at} {status}").number
    with unit_of_work() as session:
        session.execute(update(Order).where(Order.number == number).values(placed_at=at, status=status))
    return number


def pages(**asked: Any) -> list[OrderListPage]:
    found = [order_list(**asked)]
    while found[-1].next_cursor and len(found) < 9:
        found.append(order_list(**asked, cursor=found[-1].next_cursor))
    return found


def numbers(**asked: Any) -> list[str]:
    return [row.number for page in pages(**asked) for row in page.rows]


@pytest.mark.parametrize("limit", [1, 2, 50])
def test_a_period_is_paged_by_the_time_of_the_order(shop: SmallShop, limit: int) -> None:
    third = placed(shop, NOON + 3 * HOUR)
    first = placed(shop, NOON + HOUR)
    second = placed(shop, NOON + 2 * HOUR)
    as_early = placed(shop, NOON + HOUR, status="shipped")

    assert numbers(since=NOON, limit=limit) == [third, second, as_early, first]
    assert numbers(until=NOON + 3 * HOUR, limit=limit) == [second, as_early, first]
    assert numbers(since=NOON + HOUR, until=NOON + 2 * HOUR, limit=limit) == [as_early, first]
    assert numbers(since=NOON + HOUR, status="to_pay", limit=limit) == [third, second, first]
    assert numbers(until=NOON, limit=limit) == []
    assert numbers(limit=limit) == [as_early, second, first, third]


@pytest.mark.parametrize("common", [0, 16000])
@pytest.mark.parametrize("limit", [1, 2])
def test_a_search_in_a_period_is_sorted_by_the_time_of_the_order(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch, limit: int, common: int
) -> None:
    late, early = placed(shop, NOON + 3 * HOUR), placed(shop, NOON + HOUR)
    middle = placed(shop, NOON + 2 * HOUR)
    monkeypatch.setattr(finding, "RARE", common)
    monkeypatch.setattr(finding, "COMMON", common)

    assert numbers(since=NOON, q="berg", limit=limit) == [late, middle, early]
    assert numbers(since=NOON, q="berg anna", status="to_pay", limit=limit) == [late, middle, early]
    assert numbers(until=NOON + 3 * HOUR, q="berg", limit=limit) == [middle, early]
    assert numbers(since=NOON, q="MUG", limit=limit) == [late, middle, early]
    assert numbers(q="berg", limit=limit) == [middle, early, late]


def test_a_cursor_from_beyond_the_period_shows_nothing_of_it(shop: SmallShop) -> None:
    placed(shop, NOON + HOUR)
    late = placed(shop, NOON + 3 * HOUR)
    cursor = order_list(since=NOON, limit=1).next_cursor
    assert numbers(until=NOON + 2 * HOUR, cursor=cursor) == [
        row.number for row in order_list(until=NOON + 2 * HOUR).rows
    ]
    assert late not in numbers(since=NOON, cursor=cursor)


@pytest.mark.parametrize("page", [1, 2])
@pytest.mark.parametrize(
    ("asked", "index"),
    [
        ({}, ""),
        ({"status": "to_pay"}, "ix_orders_status_id"),
        ({"since": NOON}, "ix_orders_placed_at_id"),
        ({"until": NOON + 9 * HOUR}, "ix_orders_placed_at_id"),
        ({"since": NOON, "until": NOON + 9 * HOUR}, "ix_orders_placed_at_id"),
        ({"since": NOON, "until": NOON + 9 * HOUR, "status": "to_pay"}, "ix_orders_status_placed_at_id"),
    ],
)
def test_pages_are_read_from_an_index_and_not_sorted(
    shop: SmallShop, asked: dict[str, Any], index: str, page: int
) -> None:
    fill(shop)
    cursor = order_list(**asked, limit=1).next_cursor if page == 2 else ""
    with recorded() as statements:
        order_list(**asked, cursor=cursor, limit=1)
    plan = plan_of(statements[-1])
    assert index in plan
    assert "Sort" not in plan and "TEMP B-TREE" not in plan


def fill(shop: SmallShop) -> None:
    """So many orders that PostgreSQL, too, prefers one index to the other."""
    placed(shop, NOON)
    with unit_of_work() as session:
        row = dict(session.execute(select(Order.__table__)).one()._mapping)
        unique = ("number", "token", "idempotency_key")
        insert_rows(
            session,
            Order,
            [
                row
                | {name: f"{name} {n}" for name in unique}
                | {"id": n, "placed_at": NOON + n * HOUR / 100, "status": "completed" if n % 20 else "to_pay"}
                for n in range(1000, 2000)
            ],
        )
        session.execute(text("ANALYZE"))
