"""What the back office can do, by API: products, markets, warehouses, transfers, counts, returns, imports."""

from __future__ import annotations

import io
from typing import Any

import pytest

from entrepot.background import CONSUMERS, TASKS
from entrepot.engine.queue import run_queued
from entrepot.engine.worker import work_once
from entrepot.kernel.money import Money
from entrepot.orders.attention import ask_for
from entrepot.orders.queries import id_of
from entrepot.payments import inbox
from entrepot.sdk.payments import DisputeNews, DisputeState, Outcome
from entrepot.storage.session import unit_of_work
from entrepot.testkit import providers
from entrepot.testkit.small_shop import SmallShop

from .conftest import ApiClient

pytestmark = [pytest.mark.covers("G15"), pytest.mark.databases]

SHIRT: dict[str, Any] = {
    "name": {"en": "Linen shirt", "de": "Leinenhemd"},
    "description": {"en": "<p>Soft.</p>\n<script>x</script>"},
    "categories": ["kitchen"],
    "options": [{"code": "size", "name": {"en": "Size"}}],
    "variants": [
        {
            "sku": "SHIRT-M",
            "weight_g": 200,
            "options": [{"option": "size", "value": "m", "label": {"en": "M"}}],
            "prices": [{"price_list": "eu", "amount": "49.90", "compare_at": "59.90"}],
        }
    ],
}


def shipped(buyer: ApiClient, merchant: ApiClient, shop: SmallShop) -> dict[str, Any]:
    """An order of two mugs that has arrived, as the merchant reads it."""
    providers.BANK.start = Outcome.CAPTURED
    body = buyer.order_body(buyer.cart(quantity=2), shop.accounts["scripted"])
    number = buyer.post("/orders", body, Idempotency_Key="o" * 16).get_json()["number"]
    part = merchant.get(f"/orders/{number}").get_json()["fulfilments"][0]["id"]
    parcel = merchant.post(
        f"/orders/{number}/parcels", {"fulfilment": part, "carrier": "Post"}, Idempotency_Key="s" * 16
    ).get_json()["parcels"][0]["id"]
    done: dict[str, Any] = merchant.post(f"/orders/{number}/parcels/{parcel}/deliver").get_json()
    return done


def test_a_product_is_made_read_back_and_changed(merchant: ApiClient, buyer: ApiClient) -> None:
    made = merchant.put("/product-records/linen-shirt", SHIRT)
    assert made.status_code == 200, made.text
    stored = made.get_json()
    assert stored["description"] == {"en": "<p>Soft.</p>\n"} and stored["categories"] == ["kitchen"]
    assert stored["variants"][0]["prices"][0]["compare_at"] == "59.90"
    body = {name: value for name, value in stored.items() if name not in ("slug", "updated_at")}
    body["variants"][0]["prices"][0].pop("currency")
    etag = merchant.get("/product-records/linen-shirt").headers["ETag"]
    body["variants"][0]["prices"][0]["amount"] = "44.90"
    changed = merchant.put("/product-records/linen-shirt", body, If_Match=etag)
    assert changed.get_json()["variants"][0]["prices"][0]["amount"] == "44.90"
    assert merchant.put("/product-records/linen-shirt", body, If_Match=etag).status_code == 412
    assert buyer.get("/products/linen-shirt?market=eu").get_json()["name"] == "Linen shirt"
    found = merchant.get("/product-records?q=SHIRT-M").get_json()["items"]
    assert [row["slug"] for row in found] == ["linen-shirt"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"categories": ["nowhere"]}, "categories"),
        ({"options": []}, "variants"),
        ({"variants": [{"sku": "X", "prices": [{"price_list": "mars", "amount": "1.00"}]}], "options": []}, "variants"),
        ({"variants": [{"sku": "X", "prices": [{"price_list": "eu", "amount": "1.001"}]}], "options": []}, "variants"),
        ({"variants": [{"sku": "X"}, {"sku": "X"}], "options": []}, "variants"),
        ({"name": {}}, "name"),
    ],
)
def test_a_product_that_cannot_be_is_refused_by_field(merchant: ApiClient, change: dict[str, Any], field: str) -> None:
    refused = merchant.put("/product-records/linen-shirt", {**SHIRT, **change})
    assert (refused.status_code, list(refused.get_json()["errors"])) == (422, [field])


def test_a_sku_of_another_product_is_refused(merchant: ApiClient) -> None:
    body = {**SHIRT, "options": [], "variants": [{"sku": "MUG"}]}
    assert merchant.put("/product-records/linen-shirt", body).status_code == 422


def test_categories_markets_and_warehouses_are_made_and_changed(merchant: ApiClient) -> None:
    made = merchant.put("/category-records/cups", {"name": {"en": "Cups"}, "parent": "kitchen"}).get_json()
    assert (made["slug"], made["parent"]) == ("cups", "kitchen")
    market = {
        "name": {"en": "Switzerland"}, "currency": "CHF", "locales": ["de"], "countries": ["CH"],
        "default_country": "CH", "prices_include_tax": True,
    }  # fmt: skip
    assert merchant.put("/markets/ch", market).get_json()["countries"] == ["CH"]
    assert merchant.get("/markets/ch").get_json()["currency"] == "CHF"
    assert merchant.put("/markets/ch", {**market, "default_country": "DE"}).status_code == 422
    place = {"name": "Lyon", "address": {"country": "FR", "city": "Lyon"}}
    assert merchant.put("/warehouses/lyon", place).get_json()["address"]["city"] == "Lyon"
    assert merchant.get("/warehouses/lyon").get_json()["active"] is True


def test_stock_is_moved_between_warehouses(merchant: ApiClient) -> None:
    body = {"source": "hamburg", "target": "shenzhen", "lines": [{"sku": "MUG", "pieces": 4}]}
    first, again = (merchant.post("/transfers", body, Idempotency_Key="t-1") for _ in range(2))
    assert first.status_code == 201 and first.data == again.data
    path = f"/transfers/{first.get_json()['id']}"
    assert merchant.post(f"{path}/send").get_json()["state"] == "in_transit"
    part = {"lines": [{"sku": "MUG", "pieces": 3}]}
    for _ in range(2):  # the same delivery, told twice
        arrived = merchant.post(f"{path}/receive", part, Idempotency_Key="r-1").get_json()
    assert arrived["lines"][0]["received"] == 3
    closed = merchant.post(f"{path}/close", {"reason": "broken on the way"}).get_json()
    assert (closed["state"], closed["lines"][0]["missing"]) == ("received", 1)
    levels = {row["warehouse"]: row["on_hand"] for row in merchant.get("/stock?sku=MUG").get_json()["items"]}
    assert levels == {"hamburg": 6, "shenzhen": 8}
    kinds = [row["kind"] for row in merchant.get("/stock-movements?sku=MUG&limit=2").get_json()["items"]]
    assert len(kinds) == 2
    assert merchant.get("/transfers?state=received").get_json()["items"][0]["id"] == first.get_json()["id"]


def test_stock_is_counted_blind_and_again_when_it_differs(merchant: ApiClient) -> None:
    count = merchant.post("/stock-counts", {"warehouse": "hamburg", "skus": ["MUG"], "tolerance": 1}).get_json()
    path = f"/stock-counts/{count['id']}"
    once = merchant.put(f"{path}/lines/MUG", {"counted": 7, "times": 0}).get_json()["lines"][0]
    assert (once["expected"], once["recount"]) == (None, True)
    assert merchant.post(f"{path}/approve").status_code == 422
    assert merchant.put(f"{path}/lines/MUG", {"counted": 7, "times": 0}).status_code == 422
    merchant.put(f"{path}/lines/MUG", {"counted": 8, "times": 1})
    approved = merchant.post(f"{path}/approve").get_json()
    assert (approved["state"], approved["lines"][0]["expected"]) == ("approved", 10)
    assert merchant.get("/stock/MUG").get_json()["on_hand"] == 13


def test_what_is_promised_and_what_is_low_is_set_by_sku(merchant: ApiClient) -> None:
    policy = {"kind": "backorder", "warehouse": "hamburg", "most": 20}
    assert merchant.put("/stock-policies/MUG", policy).get_json()["most"] == 20
    assert merchant.get("/stock-policies/BOWL").get_json()["kind"] == "deny"
    assert merchant.put("/stock-thresholds/MUG/hamburg", {"least": 12}).get_json()["least"] == 12
    assert [row["sku"] for row in merchant.get("/low-stock").get_json()["items"]] == ["MUG"]
    assert merchant.put("/stock-thresholds/MUG/hamburg", {"least": None}).get_json()["least"] is None


@pytest.mark.covers("S1.49")
def test_goods_come_back_by_the_plan_that_was_agreed_to(
    buyer: ApiClient, merchant: ApiClient, api_shop: SmallShop
) -> None:
    order = shipped(buyer, merchant, api_shop)
    offered = buyer.get(f"/my-orders/{order['token']}/returns").get_json()
    line = offered["lines"][0]["line"]
    assert offered["may_return"] and offered["lines"][0]["left"] == 2
    body = {"lines": [{"line": line, "quantity": 1}], "reason": "Too small"}
    first, again = (
        buyer.post(f"/my-orders/{order['token']}/returns", body, Idempotency_Key="return-1-of-anna") for _ in range(2)
    )
    assert first.status_code == 201 and first.data == again.data
    path = f"/returns/{first.get_json()['number']}"
    merchant.post(f"{path}/approve")
    assert merchant.post(f"{path}/receive").get_json()["actions"] == ["settle"]
    decided = {"lines": [{"line": line, "resolution": "refund", "grade": "sellable"}]}
    plan = merchant.post(f"{path}/plan", decided).get_json()
    wrong = {**decided, "expected": {"amount": "0.01", "currency": "EUR"}}
    assert merchant.post(f"{path}/settle", wrong, Idempotency_Key="settle-0").status_code == 409
    settled = merchant.post(f"{path}/settle", {**decided, "expected": plan["refund"]}, Idempotency_Key="settle-1")
    assert settled.get_json()["state"] == "settled", settled.text
    assert merchant.get(f"/orders/{order['number']}").get_json()["refunded"] == plan["refund"]
    assert [row["number"] for row in merchant.get(f"/returns?order={order['number']}").get_json()["items"]] == [
        first.get_json()["number"]
    ]


def test_payments_and_orders_are_listed_by_what_they_are(
    buyer: ApiClient, merchant: ApiClient, api_shop: SmallShop
) -> None:
    order = shipped(buyer, merchant, api_shop)
    payments = merchant.get("/payments?state=captured").get_json()["items"]
    assert [payment["id"] for payment in payments] == [order["payments"][0]["id"]]
    assert merchant.get("/payments?attention=true").get_json()["items"] == []
    assert len(merchant.get("/orders?email=ANNA@example.com&since=2000-01-01T00:00:00Z").get_json()["items"]) == 1
    assert merchant.get("/orders?until=2000-01-01T00:00:00Z").get_json()["items"] == []


def test_a_file_is_imported_by_the_worker_and_failed_rows_come_back(merchant: ApiClient, api_shop: SmallShop) -> None:
    text = "slug,name,sku,price\nvase,Vase,VASE,12.50\njug,Jug,JUG,twelve\n"
    with merchant.app.test_client() as client:
        tried = client.post(
            "/api/v1/imports",
            data={"file": (io.BytesIO(text.encode()), "goods.csv")},
            headers={"Authorization": f"Bearer {merchant.key}"},
        ).get_json()
    assert (tried["state"], tried["created"], tried["failed"]) == ("tried", 1, 1)
    path = f"/imports/{tried['id']}"
    assert merchant.post(f"{path}/run?background=true").get_json()["state"] == "queued"
    run_queued(api_shop.runtime, TASKS)
    done = merchant.get(path).get_json()
    assert (done["state"], done["created"]) == ("done", 1)
    assert "twelve" in merchant.get(f"{path}/failed-rows").get_json()["csv"]
    assert [kept["id"] for kept in merchant.get("/imports").get_json()["items"]] == [tried["id"]]


def test_the_invoice_is_read_by_both_sides(buyer: ApiClient, merchant: ApiClient, api_shop: SmallShop) -> None:
    order = shipped(buyer, merchant, api_shop)
    work_once(api_shop.runtime, CONSUMERS)
    [row] = merchant.get(f"/orders/{order['number']}/documents").get_json()["items"]
    own = buyer.get(f"/my-orders/{order['token']}/documents/{row['number']}")
    assert own.get_json() == merchant.get(f"/orders/{order['number']}/documents/{row['number']}").get_json()
    assert (own.get_json()["kind"], own.get_json()["gross"]) == ("invoice", order["total"])
    assert buyer.get(f"/my-orders/{order['token']}/documents/none").status_code == 404


def test_an_order_that_waits_for_a_person_is_let_go(buyer: ApiClient, merchant: ApiClient, api_shop: SmallShop) -> None:
    number = shipped(buyer, merchant, api_shop)["number"]
    assert merchant.post(f"/orders/{number}/let-go", {"reason": "Looked."}).status_code == 422
    with unit_of_work() as session:
        ask_for(session, api_shop.runtime, id_of(number) or 0, "Resembles a denied party.")
    done = merchant.post(f"/orders/{number}/let-go", {"reason": "Another person."}).get_json()
    assert done["timeline"][-1]["kind"] == "attention_settled"


def test_a_gift_card_is_issued_once_with_its_code_spent_in_a_cart_and_blocked(
    buyer: ApiClient, merchant: ApiClient
) -> None:
    body = {"kind": "gift_card", "amount": {"amount": "25.00", "currency": "EUR"}, "reason": "Sorry"}
    first, again = (merchant.post("/credits", body, Idempotency_Key="card-1") for _ in range(2))
    assert first.status_code == 201 and first.data == again.data
    card = first.get_json()
    token = buyer.cart()
    assert buyer.post(f"/carts/{token}/credits", {"code": card["code"]}).status_code == 200
    stopped = merchant.put(f"/credits/{card['id']}/blocked", {"blocked": True}).get_json()
    assert (stopped["state"], stopped["movements"][0]["kind"]) == ("blocked", "issued")
    assert [row["id"] for row in merchant.get("/credits").get_json()["items"]] == [card["id"]]
    assert card["code"] not in merchant.get(f"/credits/{card['id']}").text


@pytest.mark.covers("S0.16", "G5")
def test_disputes_of_a_payment_are_listed(api_shop: SmallShop, merchant: ApiClient) -> None:
    placed = api_shop.paid()
    attempt = placed.payment
    news = DisputeNews(DisputeState.OPENED, "dp-1", Money(500, "EUR"), reason="Not received")
    body, headers = providers.dispute_webhook("evt", attempt.reference, news, paid=attempt.amount)
    inbox.handle_webhook(api_shop.runtime, attempt.account_id, body, headers)
    [found] = merchant.get(f"/payments/{attempt.id}/disputes").get_json()["items"]
    assert (found["reference"], found["state"], found["amount"]["amount"]) == ("dp-1", "opened", "5.00")
    assert merchant.get("/payments/none/disputes").status_code == 404
