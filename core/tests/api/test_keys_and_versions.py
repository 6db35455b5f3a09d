"""Keys and scopes, versions, pages, stock, promotions, imports, and what is said about errors."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from entrepot.api import keys
from entrepot.sdk.errors import EntrepotError
from entrepot.testkit.small_shop import SmallShop

from .conftest import ApiClient

pytestmark = pytest.mark.covers("S2.31", "G15")

PROMOTION = {"label": {"en": "Ten off"}, "definition": {"kind": "order_fixed", "amount": "10.00"}}


@pytest.mark.parametrize("key", ["", "ek_x_y", "ek_é_y", "nonsense"])
def test_without_a_valid_key_the_merchants_part_stays_shut(key: str, api_shop: SmallShop) -> None:
    answer = ApiClient(api_shop.app, key).get("/orders")
    assert answer.status_code == 401 and answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_scope_that_was_not_given_is_named(client_with: Callable[..., ApiClient]) -> None:
    client = client_with("orders.view")
    assert client.get("/orders").status_code == 200
    refused = client.get("/stock")
    assert refused.status_code == 403 and "inventory.view" in refused.get_json()["detail"]


def test_a_revoked_key_is_refused(api_shop: SmallShop, client_with: Callable[..., ApiClient]) -> None:
    client = client_with("orders.view")
    keys.revoke(api_shop.runtime, keys.all_keys()[0].id)
    assert client.get("/orders").status_code == 401


def test_only_a_digest_of_the_key_is_kept(api_shop: SmallShop) -> None:
    key = keys.create(api_shop.runtime, name="till", scopes=["orders.view"])
    secret = key.split("_", 2)[2]
    from entrepot.api.models import ApiKey
    from entrepot.storage.session import reader

    row = reader().get_one(ApiKey, keys.all_keys()[0].id)
    assert secret not in "".join(str(value) for value in vars(row).values())


def test_a_scope_that_nobody_knows_is_refused(api_shop: SmallShop) -> None:
    with pytest.raises(EntrepotError, match=r"orders\.eat"):
        keys.create(api_shop.runtime, name="till", scopes=["orders.eat"])


def test_what_has_not_changed_is_not_sent_again(buyer: ApiClient) -> None:
    first = buyer.get("/markets")
    second = buyer.get("/markets", If_None_Match=first.headers["ETag"])
    assert (second.status_code, second.data) == (304, b"")


def test_a_change_of_an_old_version_is_refused(merchant: ApiClient) -> None:
    version = merchant.get("/stock/MUG").headers["ETag"]
    count = {"on_hand": 9, "reason": "count"}
    assert merchant.put("/stock/MUG/hamburg", count, If_Match=version).status_code == 200
    stale = merchant.put("/stock/MUG/hamburg", {**count, "on_hand": 3}, If_Match=version)
    assert stale.status_code == 412
    assert merchant.get("/stock/MUG").get_json()["on_hand"] == 14


def test_pages_hold_everything_once(merchant: ApiClient) -> None:
    seen, cursor = [], ""
    while cursor is not None:
        page = merchant.get(f"/stock?limit=1&cursor={cursor}").get_json()
        seen += [(level["sku"], level["warehouse"]) for level in page["items"]]
        cursor = page["next_cursor"]
    assert len(seen) == len(set(seen)) == 4


@pytest.mark.parametrize("cursor", ["x", "MTIzNDU2Nzg5MDEyMzQ1Njc4OTA", "../", "%00"])
def test_a_cursor_of_ones_own_is_refused(cursor: str, merchant: ApiClient) -> None:
    assert merchant.get(f"/orders?cursor={cursor}").status_code in (400, 422)


def test_a_movement_is_booked_once_per_key(merchant: ApiClient) -> None:
    body = {"sku": "MUG", "warehouse": "hamburg", "kind": "received", "pieces": 5, "reason": "delivery 1"}
    answers = [merchant.post("/stock-movements", body, Idempotency_Key="m-1") for _ in range(3)]
    assert {answer.data for answer in answers} == {answers[0].data}
    assert merchant.get("/stock/MUG").get_json()["on_hand"] == 20


def test_a_refused_request_may_be_sent_again_with_its_key(merchant: ApiClient) -> None:
    body = {"sku": "MUG", "warehouse": "moon", "kind": "received", "pieces": 5, "reason": "delivery 1"}
    assert merchant.post("/stock-movements", body, Idempotency_Key="m-1").status_code == 404
    assert merchant.post("/stock-movements", {**body, "warehouse": "hamburg"}, Idempotency_Key="m-1").status_code == 201


def test_a_promotion_lowers_prices_until_it_is_ended(merchant: ApiClient, buyer: ApiClient) -> None:
    assert merchant.put("/promotions/ten", PROMOTION).status_code == 200
    token = buyer.cart()
    assert buyer.get(f"/carts/{token}/prices").get_json()["quote"]["discount"]["amount"] == "10.00"
    assert merchant.post("/promotions/ten/end").status_code == 200
    assert buyer.get(f"/carts/{token}/prices").get_json()["quote"]["discount"]["amount"] == "0.00"


def test_a_coupon_says_why_it_is_refused(merchant: ApiClient, buyer: ApiClient) -> None:
    merchant.put("/promotions/ten", {**PROMOTION, "coupon": "SAVE", "usage_limit": 0})
    token = buyer.cart()
    reasons = [
        buyer.post(f"/carts/{token}/coupons", {"code": code}).get_json()["errors"]["code"] for code in ("SAVE", "X")
    ]
    assert reasons == [["used_up"], ["unknown"]]


def test_a_file_is_tried_then_imported(merchant: ApiClient, buyer: ApiClient) -> None:
    header = {"Authorization": f"Bearer {merchant.key}"}
    file = (io.BytesIO(b"slug,name.en,sku,price:eu\nlamp,Lamp,LAMP,12.00\n"), "lamps.csv")
    with merchant.app.test_client() as client:
        tried = client.post("/api/v1/imports", data={"file": file}, headers=header)
    assert tried.status_code == 201, tried.text
    assert (tried.get_json()["dry_run"], tried.get_json()["created"]) == (True, 1)
    assert buyer.get("/products/lamp").status_code == 404
    done = merchant.post(f"/imports/{tried.get_json()['id']}/run").get_json()
    assert (done["dry_run"], done["created"]) == (False, 1)
    assert buyer.get("/products/lamp").get_json()["variants"][0]["price"]["amount"]["amount"] == "12.00"


def test_an_address_that_is_not_there_is_a_problem_too(buyer: ApiClient) -> None:
    for path in ("/nowhere", "/orders/%0A", "/carts/%00"):
        answer = buyer.get(path)
        assert answer.status_code in (401, 404) and answer.mimetype == "application/problem+json"


def test_a_method_that_is_not_there_names_those_that_are(buyer: ApiClient) -> None:
    answer = buyer.ask("PATCH", "/markets")
    assert answer.status_code == 405 and "GET" in answer.headers["Allow"]


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"a=1", "application/x-www-form-urlencoded", 415),
        (b"[]", "application/json", 422),
    ],
)
def test_bodies_that_are_no_json_object_are_refused(
    body: bytes, content_type: str, status: int, buyer: ApiClient
) -> None:
    with buyer.app.test_client() as client:
        assert client.post("/api/v1/carts", data=body, content_type=content_type).status_code == status


def test_an_unexpected_error_tells_a_reference_and_no_secrets(
    buyer: ApiClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise RuntimeError("password is swordfish")

    monkeypatch.setattr("entrepot.markets.rest.store", broken)
    answer = buyer.get("/markets")
    assert answer.status_code == 500 and "swordfish" not in answer.text
    assert answer.get_json()["reference"] in caplog.text


def test_a_repetition_while_the_first_is_under_way_is_told_to_wait(merchant: ApiClient, api_shop: SmallShop) -> None:
    """Two tabs, or a client that gave up too early: the provider is asked once."""
    told = []

    def meanwhile(*_: object, **__: object) -> None:
        told.append(merchant.post("/payments/p-1/void", Idempotency_Key="k"))
        raise EntrepotError("nothing was done")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("entrepot.payments.rest._found", meanwhile)
        merchant.post("/payments/p-1/void", Idempotency_Key="k")
    [waiting] = told
    assert waiting.status_code == 409 and waiting.headers["Retry-After"] == "1"
    assert waiting.get_json()["type"].endswith("#problem-still-under-way")
    assert merchant.post("/payments/p-1/void", Idempotency_Key="k").status_code == 404  # a refusal is not kept
