"""What the buyer sees of an edit: what is left to pay, and the way to pay it."""

from __future__ import annotations

import re

import pytest

from entrepot.editing import service
from entrepot.editing.rules import Edit
from entrepot.editing.service import Agreed
from entrepot.orders import queries
from entrepot.payments import service as payments
from entrepot.sdk.payments import Outcome
from entrepot.testkit.providers import BANK
from entrepot.testkit.small_shop import SmallShop


@pytest.mark.covers("S1.16", "S2.12")
def test_the_difference_is_paid_on_the_orders_page(web_shop: SmallShop) -> None:
    placed = web_shop.paid()
    BANK.start = Outcome.PENDING
    order = queries.order_view(number=placed.number)
    assert order is not None
    wanted = Edit("Two as you asked", {order.lines[0].id: 2})
    seen = service.preview(web_shop.runtime, placed.number, wanted)
    agreed = Agreed(seen.difference, seen.version, "edit-1")
    service.confirm(web_shop.runtime, placed.number, wanted, agreed, actor="staff:anna", return_url=str)
    client = web_shop.app.test_client()
    waiting = client.get(f"/order/{placed.token}").get_data(as_text=True)
    assert "A part of this order is still to be paid" in waiting or "waiting for your payment" in waiting
    found = queries.buyer_order(placed.token)
    assert found is not None
    BANK.decide(found.attempts[-1].reference, Outcome.DECLINED)
    payments.fetch(web_shop.runtime, found.attempts[-1].id, actor="buyer")
    page = client.get(f"/order/{placed.token}").get_data(as_text=True)
    assert "Left to pay" in page and "Nothing was charged" not in page
    assert re.search(r"Pay €19\.90", page)
    BANK.start = Outcome.CAPTURED
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    form = {"csrf_token": token[1] if token else "", "payment": web_shop.accounts["scripted"]}
    assert client.post(f"/order/{placed.token}/pay", data=form).status_code == 303
    paid = queries.order_view(number=placed.number)
    assert paid is not None and (paid.status, paid.owing.minor) == ("to_ship", 0)
