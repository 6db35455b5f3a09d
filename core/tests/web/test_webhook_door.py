"""Providers call here: each answer tells the sender whether to call again."""

from __future__ import annotations

import pytest

from entrepot.orders import fulfilment, queries
from entrepot.orders.detail import order_detail
from entrepot.orders.listing import order_list
from entrepot.payments import queries as payment_queries
from entrepot.sdk.carriers import TrackingEvent, TrackingState
from entrepot.sdk.errors import ProviderUnavailable
from entrepot.sdk.payments import Outcome
from entrepot.testkit.providers import FlatCarrier, ScriptedPayment, webhook
from entrepot.testkit.small_shop import SmallShop

from .conftest import Client


@pytest.mark.covers("S1.17", "S1.18", "G7")
def test_a_payment_webhook_is_applied_once(client: Client, web_shop: SmallShop) -> None:
    body, headers = paid(web_shop)
    path = f"/hooks/payments/{web_shop.accounts['scripted']}"
    assert client.post(path, data=body, headers=headers).get_json() == {"applied": 1, "repeated": 0, "waiting": 0}
    assert client.post(path, data=body, headers=headers).get_json() == {"applied": 0, "repeated": 1, "waiting": 0}


@pytest.mark.covers("S1.17", "G10")
def test_a_forged_webhook_is_refused_and_changes_nothing(client: Client, web_shop: SmallShop) -> None:
    body, _headers = paid(web_shop)
    path = f"/hooks/payments/{web_shop.accounts['scripted']}"
    answer = client.post(path, data=body, headers={"Signature": "forged"})
    assert answer.status_code == 400 and "signing secret" in answer.get_json()["error"]
    assert order_list(status="to_ship").rows == ()


@pytest.mark.parametrize("path", ["/hooks/payments/nobody", "/hooks/carriers/nobody"])
def test_an_unknown_account_is_said_so(client: Client, path: str) -> None:
    assert client.post(path, data=b"{}").status_code == 404


def test_an_account_of_another_kind_is_unknown_here(client: Client, web_shop: SmallShop) -> None:
    assert client.post(f"/hooks/carriers/{web_shop.accounts['scripted']}").status_code == 404


@pytest.mark.covers("S1.17")
def test_trouble_on_our_side_asks_for_the_webhook_again(
    client: Client, web_shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ProviderUnavailable("The key server is away: https://internal.example")

    monkeypatch.setattr(ScriptedPayment, "parse_webhook", fail)
    answer = client.post(f"/hooks/payments/{web_shop.accounts['scripted']}", data=b"{}")
    assert answer.status_code == 503 and "internal" not in answer.text


@pytest.mark.covers("S1.36")
def test_scans_reach_the_parcel_and_strangers_are_counted(
    client: Client, web_shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = web_shop.paid().number
    ship(web_shop, number, tracking_number="TRACK1")
    arrived = TrackingEvent(TrackingState.DELIVERED, web_shop.clock.now(), place="Hamburg")
    scans = [("TRACK1", arrived), ("SOMEBODY-ELSE", arrived)]
    monkeypatch.setattr(FlatCarrier, "parse_webhook", lambda *_: scans)
    answer = client.post(f"/hooks/carriers/{web_shop.accounts['flat']}", data=b"{}")
    assert answer.get_json() == {"recorded": 1, "unknown": 1}
    order = queries.order_view(number=number)
    assert order is not None and order.status == "delivered"


def test_a_body_beyond_reason_is_not_read(client: Client, web_shop: SmallShop) -> None:
    answer = client.post(f"/hooks/payments/{web_shop.accounts['scripted']}", data=b"x" * (1024 * 1024 + 1))
    assert answer.status_code == 413


def ship(shop: SmallShop, number: str, *, tracking_number: str) -> None:
    detail = order_detail(shop.runtime, number)
    assert detail is not None
    fulfilment.ship(
        shop.runtime,
        number,
        fulfilment_id=detail.fulfilments[0].id,
        tracking_number=tracking_number,
        account_id=shop.accounts["flat"],
        actor="staff:anna",
        idempotency_key="parcel-1",
    )


def paid(shop: SmallShop) -> tuple[bytes, dict[str, str]]:
    """A genuine webhook about an order that waits for its money."""
    placed = shop.place()
    order_id = queries.id_of(placed.number)
    assert order_id is not None
    attempt = payment_queries.attempts(order_id)[0]
    return webhook("event-1", attempt.reference, Outcome.CAPTURED, attempt.amount)
