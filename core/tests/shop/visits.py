"""A buyer's browser without scripts, and the steps that many tests take with it."""

from __future__ import annotations

import re
from contextvars import Context
from html import unescape
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

ADDRESS = {
    "email": "anna@example.com",
    "country": "DE",
    "name": "Anna Berg",
    "street": "Am Kai 1",
    "postcode": "20457",
    "city": "Hamburg",
}
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Visitor(FlaskClient):
    """Keeps cookies and the page that was seen last; sends forms with that page's token.

    Each request runs in a context of its own, as in a server: the shop under test lies open in the test's.
    """

    page = ""

    def open(self, *args: Any, **options: Any) -> TestResponse:
        response: TestResponse = Context().run(super().open, *args, buffered=True, **options)
        if response.mimetype == "text/html" and response.status_code < 300:
            self.page = response.text
        return response

    def send(self, path: str, **fields: object) -> TestResponse:
        """Post a form of the page that was opened last."""
        tokens = _TOKEN.findall(self.page)
        return self.post(path, data={"csrf_token": tokens[-1] if tokens else "", **fields})

    def field(self, name: str) -> str:
        """Value of a field of the page that was opened last."""
        found = re.search(rf'name="{re.escape(name)}"[^>]* value="([^"]*)"', self.page)
        assert found is not None, f"the page has no field {name}"
        return unescape(found[1])

    def fill_cart(self, sku: str = "MUG", quantity: int = 1) -> TestResponse:
        self.get("/p/tableware")
        return self.send("/cart/add", sku=sku, quantity=quantity, next="/p/tableware")

    def go_to_payment(self, **address: str) -> TestResponse:
        """Cart, address, delivery: all that comes before the last screen."""
        self.fill_cart()
        self.get("/checkout/address")
        self.send("/checkout/address", **{**ADDRESS, **address})
        self.get("/checkout/shipping")
        self.send("/checkout/shipping", option=self.field("option"))
        return self.get("/checkout/payment")

    def place(self, payment: str, **changed: str) -> TestResponse:
        """Order what the last screen shows."""
        shown = {name: self.field(name) for name in ("quote_id", "expected_total", "key")}
        return self.send("/checkout/place", payment=payment, **{**shown, **changed})
