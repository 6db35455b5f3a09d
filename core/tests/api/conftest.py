"""A small shop and clients of its API: one without a key, and ones whose keys allow this or that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from entrepot.api import PREFIX, keys
from entrepot.testkit.small_shop import HAMBURG, SmallShop, small_shop


@dataclass
class ApiClient:
    """Sends JSON and reads JSON; ``key`` is an API key or empty."""

    app: Flask
    key: str = ""

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.key:
            sent.setdefault("Authorization", f"Bearer {self.key}")
        with self.app.test_client() as client:
            return client.open(PREFIX + path, method=method, json=body, headers=sent)

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        return self.ask("POST", path, body, **headers)

    def put(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        return self.ask("PUT", path, body, **headers)

    def cart(self, *, quantity: int = 1, sku: str = "MUG") -> str:
        """A cart with everything but a quote; its token."""
        lines = [{"sku": sku, "quantity": quantity}]
        who = {"email": "anna@example.com", "shipping_address": HAMBURG.as_dict()}
        token = str(self.post("/carts", {"market": "eu", "lines": lines, **who}).get_json()["token"])
        option = self.get(f"/carts/{token}/shipping-options").get_json()["items"][0]
        self.put(f"/carts/{token}/shipping", {"account_id": option["account_id"], "service": option["service"]})
        return token

    def order_body(self, token: str, account_id: str) -> dict[str, Any]:
        quote = self.post(f"/carts/{token}/quotes").get_json()
        return {"cart": token, "quote": quote["id"], "expected_total": quote["total"], "payment_method": account_id}


@pytest.fixture
def api_shop(database_url: str, tmp_path: Path) -> Iterator[SmallShop]:
    with small_shop(database_url, tmp_path, web=True) as opened:
        yield opened


@pytest.fixture
def buyer(api_shop: SmallShop) -> ApiClient:
    return ApiClient(api_shop.app)


@pytest.fixture
def client_with(api_shop: SmallShop) -> Callable[..., ApiClient]:
    def make(*scopes: str) -> ApiClient:
        return ApiClient(api_shop.app, keys.create(api_shop.runtime, name="test", scopes=scopes))

    return make


@pytest.fixture
def merchant(client_with: Callable[..., ApiClient]) -> ApiClient:
    return client_with("*")
