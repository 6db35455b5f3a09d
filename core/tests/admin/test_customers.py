"""Customers at the desk: list, detail, groups, what is kept about a person."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from entrepot.background import CONSUMERS
from entrepot.customers import queries, service
from entrepot.customers.service import Details
from entrepot.engine.worker import work_once
from entrepot.testkit.small_shop import HAMBURG, SmallShop

from .conftest import Desk
from .test_budgets import queries_of

pytestmark = pytest.mark.covers("S0.21")


def buyer(shop: SmallShop) -> int:
    shop.paid()
    work_once(shop.runtime, CONSUMERS)
    return queries.customer_list().rows[0].id


def test_a_buyer_is_listed_with_orders_and_addresses(shop: SmallShop, owner: Desk) -> None:
    customer_id = buyer(shop)
    assert "anna@example.com" in owner.open("/admin/customers")
    shown = owner.open(f"/admin/customers/{customer_id}")
    assert HAMBURG.street in shown and "1000" in shown


def test_a_customer_is_entered_grouped_and_noted(owner: Desk) -> None:
    owner.open("/admin/customer-groups")
    assert "Trade" in owner.send("/admin/customer-groups", code="trade", name="Trade")
    owner.open("/admin/customers")
    owner.send("/admin/customers", email="otto@example.com", name="Otto", group="trade")
    shown = owner.send(owner.here, name="Otto", group="trade", note="Pays late.")
    assert "Pays late." in owner.page and "The customer is saved." in shown
    assert queries.group_of("otto@example.com") == "trade"


def test_what_cannot_be_entered_is_refused_with_what_was_typed(owner: Desk) -> None:
    owner.open("/admin/customers")
    assert "is no e-mail address" in owner.send("/admin/customers", email="otto", name="Otto")
    assert owner.status == 422 and 'value="otto"' in owner.page
    owner.open("/admin/customer-groups")
    assert "is no code" in owner.send("/admin/customer-groups", code="A B", name="Trade")


@pytest.mark.covers("S0.30")
def test_a_person_is_erased_only_with_the_address_typed(shop: SmallShop, owner: Desk) -> None:
    customer_id = service.create(shop.runtime, "otto@example.com", Details(name="Otto"))
    path = f"/admin/customers/{customer_id}"
    assert "otto@example.com" in owner.open(f"{path}/personal-data")
    owner.open(path)
    assert "Nothing brings it back" in owner.send(f"{path}/erase", email="otto")
    owner.open(path)
    assert "The person is erased" in owner.send(f"{path}/erase", email="otto@example.com")
    assert "Otto" not in owner.open(path)


def test_the_list_and_the_detail_cost_the_same_for_many_customers(shop: SmallShop, owner: Desk) -> None:
    customer_id = buyer(shop)
    paths = ("/admin/customers", f"/admin/customers/{customer_id}", "/admin/customer-groups")
    before = [len(queries_of(owner, path)) for path in paths]
    for number in range(30):
        service.save_group(f"g{number}", f"Group {number}")
        service.create(shop.runtime, f"b{number}@example.com", Details(group=f"g{number}"))
    for position in range(5):
        shop.paid(key=f"more-{position}")
    after = [len(queries_of(owner, path)) for path in paths]
    assert after == before and max(after) <= 8


def test_without_the_permission_nothing_is_seen_or_erased(shop: SmallShop, sign_in: Callable[..., Desk]) -> None:
    customer_id = service.create(shop.runtime, "otto@example.com", Details())
    desk = sign_in("customers.view")
    assert "Erase the person" not in desk.open(f"/admin/customers/{customer_id}")
    desk.open(f"/admin/customers/{customer_id}/personal-data")
    assert desk.status == 403
    sign_in("orders.view").open("/admin/customers")
