"""An order that a person must look at: on the first page, on its own page, and let go with a reason."""

from __future__ import annotations

import pytest

from entrepot.orders.attention import ask_for, why_waiting
from entrepot.orders.queries import id_of
from entrepot.storage.session import unit_of_work
from entrepot.testkit.small_shop import SmallShop

from .conftest import Desk


@pytest.mark.covers("G3")
def test_order_waits_on_the_first_page_until_somebody_lets_it_go(shop: SmallShop, owner: Desk) -> None:
    number = shop.place().number
    order_id = id_of(number)
    assert order_id is not None
    with unit_of_work() as session:
        ask_for(session, shop.runtime, order_id, "Resembles entry 36.")

    assert f"Order {number} needs a person Resembles entry 36." in owner.open("/admin/")
    assert "Resembles entry 36." in owner.open(f"/admin/orders/{number}")
    told = owner.send(f"/admin/orders/{number}/let-go", reason=" ")
    assert (owner.status, "why it may go" in told) == (422, True)

    owner.open(f"/admin/orders/{number}")
    told = owner.send(f"/admin/orders/{number}/let-go", reason="A namesake from Hamburg.")

    assert "A namesake from Hamburg." in told
    assert why_waiting(number) == ""
    assert "needs a person Resembles" not in owner.open("/admin/")
