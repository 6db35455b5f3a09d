"""Every refusal is a problem document, and its type stands on the documentation's page."""

from __future__ import annotations

from typing import Any

import pytest

from entrepot.api.guessing import REFUSALS
from entrepot.testkit.small_shop import SmallShop

from .conftest import ApiClient

pytestmark = [pytest.mark.covers("G15")]


def sent(buyer: ApiClient, method: str, path: str, **options: Any) -> Any:
    with buyer.app.test_client() as client:
        return client.open(f"/api/v1{path}", method=method, **options)


@pytest.mark.parametrize(
    ("status", "method", "path", "options"),
    [
        (400, "POST", "/carts", {"data": b'{"market": ', "content_type": "application/json"}),
        (400, "POST", "/carts", {"data": b"\xff\xfe", "content_type": "application/json"}),
        (400, "GET", "/orders?cursor=!", {"key": True}),
        (401, "GET", "/orders", {}),
        (404, "GET", "/nowhere", {}),
        (404, "GET", "/carts/nothing", {}),
        (405, "PATCH", "/markets", {}),
        (413, "POST", "/carts", {"data": b" " * 300_000, "content_type": "application/json"}),
        (415, "POST", "/carts", {"data": b"market=eu", "content_type": "application/x-www-form-urlencoded"}),
        (415, "POST", "/carts", {"data": b"{}"}),
        (422, "POST", "/carts", {"json": {"market": 7}}),
        (422, "POST", "/carts", {"json": {"no_such_field": 1}}),
        (422, "GET", "/products?limit=0", {}),
        (422, "POST", "/orders", {"json": {}}),
    ],
)
def test_every_refusal_is_a_problem_document(
    buyer: ApiClient, merchant: ApiClient, status: int, method: str, path: str, options: dict[str, Any]
) -> None:
    if options.get("key"):
        options = {"headers": {"Authorization": f"Bearer {merchant.key}"}}
    answer = sent(buyer, method, path, **options)
    problem = answer.get_json()
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert problem["status"] == status and problem["type"].startswith("/api/v1/docs#problem-")
    assert problem["title"] and problem["detail"]
    assert f'id="{problem["type"].partition("#")[2]}"' in buyer.get("/docs").text
    assert (status == 405) == ("Allow" in answer.headers) and (status == 401) == ("WWW-Authenticate" in answer.headers)


@pytest.mark.covers("S2.37")
def test_who_guesses_codes_has_to_wait(buyer: ApiClient, merchant: ApiClient, api_shop: SmallShop) -> None:
    path = f"/carts/{buyer.cart()}/coupons"
    statuses = {buyer.post(path, {"code": f"GUESS{number}"}).status_code for number in range(REFUSALS)}
    assert statuses == {422}
    slowed = buyer.post(path, {"code": "GUESS"})
    assert slowed.status_code == 429 and slowed.headers["Retry-After"] == "600"
    assert slowed.get_json()["type"].endswith("#problem-too-many-guesses")
    assert merchant.post(path, {"code": "GUESS"}).status_code == 422
