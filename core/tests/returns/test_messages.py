"""What the buyer is told about a return, step by step, in the order's language."""

from __future__ import annotations

from typing import Any

import pytest

from entrepot.credit.service import code_of
from entrepot.notifications import service as notifications
from entrepot.orders import fulfilment, queries
from entrepot.orders.detail import order_detail
from entrepot.returns import service, settling
from entrepot.returns.queries import return_view
from entrepot.returns.settling import Decision, Decisions
from entrepot.sdk.facts import FACTS
from entrepot.storage.models import FactRow
from entrepot.storage.session import reader, release_reader
from entrepot.testkit.providers import Postbox
from entrepot.testkit.small_shop import SmallShop

ANNA = "staff:anna"


def deliver_all(shop: SmallShop) -> dict[str, Any]:
    """{kind: what the notifier was given} of every fact so far."""
    release_reader()
    for row in reader().query(FactRow).order_by(FactRow.seq).all():
        fact = FACTS[row.kind].from_payload(row.id, row.at, row.payload)
        if notifications.handles(row.kind):
            notifications.deliver(shop.runtime, fact)
    return {each.kind: each.context for each in Postbox.sent}


@pytest.mark.covers("S2.17", "S2.44")
def test_every_step_of_a_return_is_told_with_what_it_means(shop: SmallShop) -> None:
    number = shop.paid().number
    part = order_detail(shop.runtime, number).fulfilments[0]
    fulfilment.ship(
        shop.runtime,
        number,
        fulfilment_id=part.id,
        tracking_number="T",
        carrier="Post",
        actor=ANNA,
        idempotency_key="p",
    )
    line = queries.order_view(number=number).lines[0].id
    asked = service.Request({line: 1}, "", False, "key")
    found = service.request(shop.runtime, number, asked, actor="buyer")
    service.approve(shop.runtime, found, actor=ANNA)
    service.receive(shop.runtime, found, actor=ANNA)
    decisions = Decisions({line: Decision("store_credit")})
    plan = settling.preview(shop.runtime, found, decisions)
    settling.settle(shop.runtime, found, decisions, expected=plan.refund, actor=ANNA)
    told = deliver_all(shop)
    assert {"return_requested", "return_approved", "return_received", "return_settled"} <= set(told)
    settled = told["return_settled"]["returned"]
    assert settled.plan.store_credit.minor == 1990
    code = code_of(shop.runtime, return_view(found).credit_id)
    assert code not in str(told)
