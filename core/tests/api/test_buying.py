"""From an empty cart to a paid order by API; and what happens when a request comes twice, late or changed."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import event

from entrepot.api import idempotency
from entrepot.sdk.payments import Outcome
from entrepot.storage.session import db
from entrepot.testkit import providers
from entrepot.testkit.small_shop import HAMBURG, SmallShop

from .conftest import ApiClient

pytestmark = [pytest.mark.covers("S2.31", "G15"), pytest.mark.databases]


def body_of(buyer: ApiClient, shop: SmallShop, **options: Any) -> dict[str, Any]:
    return buyer.order_body(buyer.cart(**options), shop.accounts["scripted"])


@contextmanager
def commits() -> Iterator[list[object]]:
    """One entry for each commit to the database inside the block."""
    seen: list[object] = []
    engine = db.engine
    count = seen.append
    event.listen(engine, "commit", count)
    try:
        yield seen
    finally:
        event.remove(engine, "commit", count)


def test_a_cart_becomes_a_paid_order(buyer: ApiClient, merchant: ApiClient, api_shop: SmallShop) -> None:
    providers.BANK.start = Outcome.CAPTURED
    placed = buyer.post("/orders", body_of(buyer, api_shop, quantity=2), Idempotency_Key="key-1")
    assert placed.status_code == 201
    order = placed.get_json()
    assert (order["status"], order["payment_state"], order["total"]["amount"]) == ("to_ship", "paid", "44.80")
    assert buyer.get(placed.headers["Location"].removeprefix("/api/v1")).get_json() == order
    seen = merchant.get(f"/orders/{order['number']}").get_json()
    assert seen["channel"] == "api" and "ship" in seen["actions"]
    assert sum(float(posting["amount"]["amount"]) for posting in seen["ledger"]) == pytest.approx(0)


ADDRESS = {"name": "Anna Berg", "street": "Am Kai 1", "postcode": "20457", "city": "Hamburg", "country": "DE"}
BEGUN = {
    "market": "eu",
    "email": "anna@example.com",
    "shipping_address": ADDRESS,
    "lines": [{"sku": "MUG", "quantity": 2}],
    "checkout": True,
}


def test_two_calls_make_an_order(buyer: ApiClient, api_shop: SmallShop) -> None:
    with commits() as seen:
        cart = buyer.post("/carts", BEGUN).get_json()
    assert len(seen) == 1  # cart, chosen way and quote come together or not at all
    begun = cart["checkout"]
    chosen = begun["quote"]["shipping"]
    assert (chosen["account_id"], chosen["service"]) == (cart["shipping"]["account_id"], cart["shipping"]["service"])
    assert chosen["price"] == min(
        (way["price"] for way in begun["shipping"]["items"]), key=lambda price: price["amount"]
    )
    assert {way["account_id"] for way in begun["payment"]["items"]} >= {api_shop.accounts["by-hand"]}
    order = {
        "cart": cart["token"],
        "quote": begun["quote"]["id"],
        "expected_total": begun["quote"]["total"],
        "payment_method": api_shop.accounts["by-hand"],
    }
    assert buyer.post("/orders", order, Idempotency_Key="key-1").status_code == 201
    assert buyer.get(f"/carts/{cart['token']}").get_json()["order"]


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"shipping_address": None}, 422),
        ({"email": ""}, 422),
        ({"lines": []}, 409),
        ({"lines": [{"sku": "NONE"}]}, 409),
        ({"lines": [{"sku": "MUG", "quantity": 16}]}, 409),
        ({"lines": [{"sku": "MUG", "quantity": 8}, {"sku": "MUG", "quantity": 8}]}, 409),
        ({"shipping_address": {**ADDRESS, "postcode": "12"}}, 422),
        ({"shipping_address": {**ADDRESS, "country": "US"}}, 422),
    ],
)
def test_a_checkout_that_cannot_begin_leaves_no_cart(
    buyer: ApiClient, api_shop: SmallShop, changed: dict[str, Any], status: int
) -> None:
    with commits() as seen:
        refused = buyer.post("/carts", {**BEGUN, **changed})
    assert (refused.status_code, len(seen)) == (status, 0), refused.get_json()
    assert refused.content_type == "application/problem+json"


def test_the_same_goods_twice_are_one_line(buyer: ApiClient) -> None:
    twice = [{"sku": "MUG", "quantity": 1}, {"sku": "MUG", "quantity": 2}, {"sku": "MUG", "shipment": 2}]
    cart = buyer.post("/carts", {"market": "eu", "lines": twice}).get_json()
    assert [(line["sku"], line["quantity"], line["shipment"]) for line in cart["lines"]] == [
        ("MUG", 3, 1),
        ("MUG", 1, 2),
    ]
    assert cart["checkout"] is None


def test_the_same_key_gives_the_same_answer_and_one_order(
    buyer: ApiClient, merchant: ApiClient, api_shop: SmallShop
) -> None:
    body = body_of(buyer, api_shop)
    first, second = (buyer.post("/orders", body, Idempotency_Key="key-1") for _ in range(2))
    assert (first.status_code, first.data) == (second.status_code, second.data)
    assert second.headers["Idempotency-Replayed"] == "true"
    assert second.headers["Location"] == first.headers["Location"]
    assert len(merchant.get("/orders").get_json()["items"]) == 1 == len(providers.BANK.payments)


def test_an_order_and_its_answer_are_one_commit(buyer: ApiClient, api_shop: SmallShop) -> None:
    """Whoever has the order has its answer: nothing is left to be written after it."""
    body = buyer.order_body(buyer.cart(), api_shop.accounts["by-hand"])
    with commits() as seen:
        first = buyer.post("/orders", body, Idempotency_Key="key-1")
        assert len(seen) == 1
        second = buyer.post("/orders", body, Idempotency_Key="key-1")
    assert (first.status_code, first.data) == (second.status_code, second.data) == (201, second.data)
    assert len(seen) == 1 and second.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert buyer.get(first.headers["Location"].removeprefix("/api/v1")).get_json() == first.get_json()


def test_an_answer_that_could_not_be_kept_leaves_no_order(
    buyer: ApiClient, merchant: ApiClient, api_shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = buyer.order_body(buyer.cart(), api_shop.accounts["by-hand"])

    def fail(*_: object) -> None:
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(idempotency, "_adding", fail)
        assert buyer.post("/orders", body, Idempotency_Key="key-1").status_code == 500
    assert merchant.get("/orders").get_json()["items"] == []
    assert buyer.post("/orders", body, Idempotency_Key="key-1").status_code == 201


def test_a_guest_needs_few_calls(buyer: ApiClient, api_shop: SmallShop) -> None:
    """Lines and address come with the cart, the way of delivery with the quote."""
    start = {"lines": [{"sku": "MUG"}], "email": "anna@example.com", "shipping_address": HAMBURG.as_dict()}
    token = buyer.post("/carts", {"market": "eu", **start}).get_json()["token"]
    ways = buyer.get(f"/carts/{token}/shipping-options").get_json()["items"]
    way = {"account_id": ways[0]["account_id"], "service": ways[0]["service"]}
    quote = buyer.post(f"/carts/{token}/quotes", {"ways": [way]}).get_json()
    assert quote["shipping"]["service"] == way["service"]
    assert buyer.get(f"/carts/{token}").get_json()["shipping"] == {**way, "shipment": 1}
    body = {"cart": token, "quote": quote["id"], "expected_total": quote["total"]}
    paid_by = api_shop.accounts["by-hand"]
    assert buyer.post("/orders", {**body, "payment_method": paid_by}, Idempotency_Key="key-1").status_code == 201


def test_a_way_that_is_not_offered_freezes_nothing(buyer: ApiClient) -> None:
    token = buyer.cart()
    chosen = buyer.get(f"/carts/{token}").get_json()["shipping"]
    gone = buyer.post(f"/carts/{token}/quotes", {"ways": [{"account_id": "nobody", "service": "by-pigeon"}]})
    assert gone.status_code == 409
    assert buyer.get(f"/carts/{token}").get_json()["shipping"] == chosen
    assert buyer.post(f"/carts/{token}/quotes", "text").status_code == 422
    assert buyer.post(f"/carts/{token}/quotes").status_code == 201


def test_the_same_key_with_another_body_is_refused(buyer: ApiClient, api_shop: SmallShop) -> None:
    body = body_of(buyer, api_shop)
    buyer.post("/orders", body, Idempotency_Key="key-1")
    other = buyer.post("/orders", {**body, "payment_method": "another"}, Idempotency_Key="key-1")
    assert other.status_code == 422 and other.get_json()["type"].endswith("#problem-key-reused")


def test_eight_copies_at_once_have_one_effect(buyer: ApiClient, merchant: ApiClient, api_shop: SmallShop) -> None:
    providers.BANK.start = Outcome.CAPTURED
    body = body_of(buyer, api_shop)
    start = Barrier(8)

    def send(_: int) -> tuple[int, bytes]:
        start.wait()
        answer = buyer.post("/orders", body, Idempotency_Key="key-1")
        return answer.status_code, answer.data

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(send, range(8)))
    assert len(answers) == 1 and next(iter(answers))[0] == 201
    assert len(merchant.get("/orders").get_json()["items"]) == 1 == len(providers.BANK.payments)


def test_an_order_needs_a_key(buyer: ApiClient, api_shop: SmallShop) -> None:
    answer = buyer.post("/orders", body_of(buyer, api_shop))
    assert answer.status_code == 422 and "Idempotency-Key" in answer.get_json()["detail"]


def test_another_total_orders_nothing_and_names_the_new_quote(
    buyer: ApiClient, merchant: ApiClient, api_shop: SmallShop
) -> None:
    body = body_of(buyer, api_shop)
    body["expected_total"] = {"amount": "1.00", "currency": "EUR"}
    answer = buyer.post("/orders", body, Idempotency_Key="key-1")
    problem = answer.get_json()
    assert answer.status_code == 409 and problem["type"].endswith("#problem-total-changed")
    again = {**body, "quote": problem["quote"], "expected_total": problem["total"]}
    assert merchant.get("/orders").get_json()["items"] == []
    assert buyer.post("/orders", again, Idempotency_Key="key-1").status_code == 201


def test_a_key_is_the_cart_owners_own(buyer: ApiClient, api_shop: SmallShop) -> None:
    """Two buyers who choose the same weak key do not see each other's orders."""
    answers = [buyer.post("/orders", body_of(buyer, api_shop), Idempotency_Key="1").get_json() for _ in range(2)]
    assert answers[0]["number"] != answers[1]["number"]


def test_more_than_there_is_is_refused_by_name(buyer: ApiClient) -> None:
    token = buyer.cart()
    answer = buyer.post(f"/carts/{token}/lines", {"sku": "MUG", "quantity": 15})
    problem = answer.get_json()
    assert answer.status_code == 409 and answer.mimetype == "application/problem+json"
    assert (problem["type"].partition("#")[2], problem["sku"]) == ("problem-insufficient-stock", "MUG")
    assert problem["available"] == 15
    assert buyer.get(f"/carts/{token}").get_json()["lines"][0]["quantity"] == 1


def test_wrong_fields_are_named(buyer: ApiClient) -> None:
    token = buyer.cart()
    body = {"email": "nobody", "shipping": {"country": "DE", "name": "Anna", "postcode": "x"}}
    problem = buyer.put(f"/carts/{token}/address", body).get_json()
    assert problem["status"] == 422 and {"email", "street", "city"} <= problem["errors"].keys()


def test_a_bill_to_nowhere_is_refused_by_field(buyer: ApiClient) -> None:
    body = {"email": "anna@example.com", "shipping": HAMBURG.as_dict(), "billing": {"country": "ZS"}}
    problem = buyer.put(f"/carts/{buyer.cart()}/address", body).get_json()
    assert (problem["status"], list(problem["errors"])) == (422, ["billing_country"])


def test_a_payment_is_captured_and_given_back_in_parts(
    buyer: ApiClient, merchant: ApiClient, api_shop: SmallShop
) -> None:
    providers.BANK.start = Outcome.AUTHORIZED
    order = buyer.post("/orders", body_of(buyer, api_shop), Idempotency_Key="key-1").get_json()
    payment = f"/payments/{order['payments'][0]['id']}"
    captured = merchant.post(f"{payment}/capture", {"amount": {"amount": "20.00", "currency": "EUR"}}).get_json()
    assert (captured["state"], captured["captured"]["amount"], captured["capturable"]["amount"]) == (
        "captured", "20.00", "0.00",
    )  # fmt: skip
    refund = {"amount": {"amount": "5.00", "currency": "EUR"}, "reason": "scratched"}
    answers = [merchant.post(f"{payment}/refunds", refund, Idempotency_Key="r-1") for _ in range(2)]
    assert answers[0].status_code == 201 and answers[0].data == answers[1].data
    assert merchant.get(payment).get_json()["refunded"]["amount"] == "5.00"
    too_much = merchant.post(
        f"{payment}/refunds", {"amount": {"amount": "15.01", "currency": "EUR"}}, Idempotency_Key="r-2"
    )
    assert too_much.status_code == 422


def test_an_order_is_shipped_and_delivered(buyer: ApiClient, merchant: ApiClient, api_shop: SmallShop) -> None:
    providers.BANK.start = Outcome.CAPTURED
    number = buyer.post("/orders", body_of(buyer, api_shop), Idempotency_Key="key-1").get_json()["number"]
    part = merchant.get(f"/orders/{number}").get_json()["fulfilments"][0]["id"]
    parcel = {"fulfilment": part, "carrier": "Post", "tracking_number": "T1"}
    shipped = [merchant.post(f"/orders/{number}/parcels", parcel, Idempotency_Key="s-1") for _ in range(2)]
    assert shipped[0].status_code == 201 and shipped[0].data == shipped[1].data
    parcel_id = shipped[0].get_json()["parcels"][0]["id"]
    done = merchant.post(f"/orders/{number}/parcels/{parcel_id}/deliver").get_json()
    assert done["status"] == "delivered"
    assert merchant.post(f"/orders/{number}/complete").get_json()["status"] == "completed"
