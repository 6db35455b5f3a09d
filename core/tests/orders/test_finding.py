"""Orders are found by what people type, in a fixed number of questions however many there are."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from entrepot.checkout import carts
from entrepot.orders import finding, personal
from entrepot.orders.listing import order_list
from entrepot.orders.models import OrderLine
from entrepot.storage.session import reader, unit_of_work
from entrepot.testkit.small_shop import HAMBURG, SmallShop
from entrepot.testkit.statements import recorded

pytestmark = pytest.mark.databases


def order(shop: SmallShop, name: str, email: str) -> str:
    token = shop.cart()
    carts.set_address(shop.runtime, token, email=email, shipping=replace(HAMBURG, name=name))
    return shop.place(token, pay_by="by-hand", key=f"key of {email}").number


def found(q: str, **filters: str) -> list[str]:
    return [row.number for row in order_list(q=q, **filters).rows]


@pytest.mark.covers("S0.46")
def test_orders_are_found_by_number_name_and_email_from_the_beginning(shop: SmallShop) -> None:
    anna = order(shop, "Anna Berg", "anna.berg@example.com")
    bert = order(shop, "Bert Bergmann", "Bert@Example.com")
    assert found("berg") == [bert, anna]
    assert found("Bergm") == [bert]
    assert found("anna berg") == [anna]
    assert found("berg, bert") == [bert]
    assert found("ANNA.BERG@") == [anna]
    assert found("bert@example.com") == [bert]
    assert found(anna) == [anna]
    assert found("erg") == []
    assert found("%") == []


def test_a_search_keeps_to_the_status_and_to_the_page(shop: SmallShop) -> None:
    numbers = [order(shop, "Anna Berg", f"anna{place}@example.com") for place in range(5)]
    first = order_list(q="berg", limit=2)
    assert [row.number for row in first.rows] == [numbers[4], numbers[3]]
    second = order_list(q="berg", limit=2, cursor=first.next_cursor)
    last = order_list(q="berg", limit=2, cursor=second.next_cursor)
    assert [row.number for row in (*second.rows, *last.rows)] == [numbers[2], numbers[1], numbers[0]]
    assert last.next_cursor == ""
    assert found("berg", status="to_pay") == numbers[::-1]
    assert found("berg", status="shipped") == []


@pytest.mark.parametrize(("rare", "common"), [(8000, 16000), (2, 16000), (2, 2)])
@pytest.mark.parametrize("q", ["berg", "be", "berg anna"])
def test_words_that_many_orders_share_give_the_newest_first(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch, q: str, rare: int, common: int
) -> None:
    numbers = [order(shop, "Anna Berg", f"berg{place}@example.com") for place in range(3)]
    order(shop, "Bert Lang", "lang@example.com")
    numbers.append(order(shop, "Anna Berg", "berg3@example.com"))
    if q == "be":
        numbers.insert(3, order_list(q="lang").rows[0].number)
    monkeypatch.setattr(finding, "RARE", rare)
    monkeypatch.setattr(finding, "COMMON", common)

    first = order_list(q=q, limit=3)
    second = order_list(q=q, limit=3, cursor=first.next_cursor)

    assert [row.number for row in (*first.rows, *second.rows)] == numbers[::-1]
    assert (len(first.rows), second.next_cursor) == (3, "")
    assert found(q, status="to_pay") == numbers[::-1]
    assert found(q, status="shipped") == []


def test_orders_are_found_by_a_whole_sku(shop: SmallShop) -> None:
    number = order(shop, "Anna Berg", "anna@example.com")
    sku = str(reader().scalars(select(OrderLine.sku)).one())
    assert found(sku) == [number]
    assert found(sku[:-1]) == []


@pytest.mark.covers("G9")
def test_who_was_erased_is_found_by_number_only(shop: SmallShop) -> None:
    number = order(shop, "Anna Berg", "anna@example.com")
    with unit_of_work() as session:
        personal.erase(session, "anna@example.com", "erased-1@example.invalid", shop.clock)
    assert found("berg") == found("anna") == []
    assert found(number) == [number]


@pytest.mark.parametrize(
    "search",
    [{}, {"q": "berg"}, {"q": "berg anna"}, {"status": "to_pay"}, {"q": "berg", "status": "to_pay"}, {"q": "nobody"}],
)
def test_the_number_of_questions_does_not_grow_with_the_orders(shop: SmallShop, search: dict[str, str]) -> None:
    order(shop, "Anna Berg", "anna@example.com")
    with recorded() as few:
        order_list(**search)
    for place in range(6):
        order(shop, "Anna Berg", f"anna{place}@example.com")
    with recorded() as many:
        order_list(**search)
    assert len(many) == len(few) <= 3
