"""A customer's record: made by orders, edited by staff, in a group."""

from __future__ import annotations

import pytest

from entrepot.background import CONSUMERS
from entrepot.customers import queries, rules, service
from entrepot.customers.service import Details
from entrepot.engine.worker import work_once
from entrepot.kernel.address import Address
from entrepot.storage.session import unit_of_work
from entrepot.testkit.small_shop import HAMBURG

pytestmark = [pytest.mark.databases, pytest.mark.covers("S0.21")]
LYON = Address("FR", name="Anna Adler", street="Rue de la Barre 3", postcode="69002", city="Lyon")


def note_orders(shop):
    work_once(shop.runtime, CONSUMERS)


def test_an_order_makes_its_buyer_a_customer(shop):
    shop.place()
    note_orders(shop)
    [found] = queries.customer_list().rows
    assert (found.name, found.addresses, found.group) == (HAMBURG.name, (HAMBURG,), "")
    assert found.last_order_at == shop.clock.now()


def test_a_second_order_adds_nothing_twice(shop):
    for _ in range(2):
        shop.place()
    note_orders(shop)
    [found] = queries.customer_list().rows
    assert found.addresses == (HAMBURG,)


def test_a_group_is_known_by_the_address_however_it_is_written(shop):
    service.save_group("trade", "Trade")
    service.create(shop.runtime, "Anna@Example.com", Details(group="trade"))
    assert queries.group_of(" ANNA@example.COM ") == "trade"
    assert queries.group_of("somebody@example.com") is None
    assert queries.group_of("") is None


def test_what_staff_wrote_survives_the_next_order(shop):
    service.save_group("trade", "Trade")
    shop.place()
    note_orders(shop)
    [found] = queries.customer_list().rows
    service.change(found.id, Details(name="Anna B.", addresses=(LYON,), group="trade", note="Rings twice."))
    shop.place()
    note_orders(shop)
    [again] = queries.customer_list().rows
    assert (again.name, again.group, again.note) == ("Anna B.", "trade", "Rings twice.")
    assert again.addresses == (HAMBURG, LYON)


def test_an_address_is_a_customer_once(shop):
    service.create(shop.runtime, "anna@example.com", Details())
    with pytest.raises(service.CustomerKnown):
        service.create(shop.runtime, "ANNA@example.com", Details())


@pytest.mark.parametrize("typed", ["", "anna", "anna@", "a b@example.com", "x@erased.invalid"])
def test_what_is_no_address_is_refused(shop, typed):
    with pytest.raises(rules.CustomerInvalid, match="Write it like"):
        service.create(shop.runtime, typed, Details())


def test_a_group_with_customers_is_not_removed(shop):
    service.save_group("trade", "Trade")
    id = service.create(shop.runtime, "anna@example.com", Details(group="trade"))
    with pytest.raises(service.GroupInUse):
        service.delete_group("trade")
    service.change(id, Details())
    service.delete_group("trade")
    assert queries.groups() == []


def test_the_list_comes_in_pages_and_is_searched(shop):
    with unit_of_work():
        for number in range(5):
            service.create(shop.runtime, f"buyer{number}@example.com", Details(name=f"Buyer {number}"))
    first = queries.customer_list(limit=3)
    second = queries.customer_list(limit=3, cursor=first.next_cursor)
    assert [len(page.rows) for page in (first, second)] == [3, 2] and second.next_cursor == ""
    assert [row.email for row in queries.customer_list(q="BUYER3@").rows] == ["buyer3@example.com"]
    assert [row.name for row in queries.customer_list(q="buyer 4").rows] == ["Buyer 4"]
