"""Requests to a small shop, each in a context of its own, as in a server."""

from __future__ import annotations

from contextvars import Context
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from entrepot.testkit.small_shop import SmallShop


class Client(FlaskClient):
    def open(self, *args: Any, **options: Any) -> TestResponse:
        response: TestResponse = Context().run(super().open, *args, buffered=True, **options)
        return response


@pytest.fixture
def client(web_shop: SmallShop) -> Client:
    return Client(web_shop.app, web_shop.app.response_class, use_cookies=True)
