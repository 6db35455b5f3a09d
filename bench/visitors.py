"""Buyers as the measurements need them: each with a client, a connection and cookies of its own, step by step."""

from __future__ import annotations

import html
import json
import re
import ssl
import uuid
from abc import ABC, abstractmethod
from typing import Any
from urllib.parse import urlencode

import httpx2

ADDRESS = {"name": "Anna Berg", "street": "Am Kai 1", "postcode": "20457", "city": "Hamburg"}
#: Nobody needs it here, and to read the certificates of the world takes longer than a checkout.
_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
_FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL)
_INPUT = re.compile(r"<input\b([^>]*)>")
_BUTTON = re.compile(r"<button\b([^>]*)>")
_SELECT = re.compile(r'<select\b[^>]*\bname="([^"]+)"[^>]*>(.*?)</select>', re.DOTALL)
_OPTION = re.compile(r"<option\b([^>]*)>")
_ATTRIBUTE = re.compile(r'([\w-]+)(?:="([^"]*)")?')


class Refused(Exception):
    """An answer that a buyer cannot go on with."""


class Visitor:
    """Asks like a browser without scripts; redirects are given back, not followed."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._cookies = httpx2.Cookies()
        self._client: httpx2.Client | None = None
        self.text = ""

    def rest(self) -> None:
        """Leave the shop for a while: an idle connection would be closed under us; the next question opens another."""
        if self._client is not None:
            self._cookies = self._client.cookies
            self._client.close()
            self._client = None

    def ask(self, method: str, path: str, body: str = "", *, expect: int = 200, **headers: str) -> str:
        """The answer's Location, or an empty text; what was answered is kept in ``text``."""
        if self._client is None:
            self._client = httpx2.Client(
                base_url=self._url, cookies=self._cookies, timeout=60, trust_env=False, verify=_TLS
            )
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self._client.request(method, path, content=body.encode() or None, headers=sent)
        self.text = answer.text
        if answer.status_code != expect:
            raise Refused(f"{method} {path} answered {answer.status_code}: {self.text[:300]}")
        where: str = answer.headers.get("Location", "")
        return where

    def submit(self, action: str, **values: str) -> str:
        """Send the form of the last page that goes to ``action``; where it leads."""
        for attributes, content in _FORM.findall(self.text):
            if _attributes(attributes).get("action", "").partition("?")[0] == action:
                fields = urlencode({**_fields(content), **values})
                return self.ask("POST", action, fields, expect=303, Content_Type="application/x-www-form-urlencoded")
        raise Refused(f"There is no form {action} on the page: {self.text[:300]}")


def _attributes(text: str) -> dict[str, str]:
    return {name: html.unescape(value) for name, value in _ATTRIBUTE.findall(text)}


def _fields(content: str) -> dict[str, str]:
    """What a browser would send with the first button."""
    fields: dict[str, str] = {}
    for text in _INPUT.findall(content):
        given = _attributes(text)
        is_choice = given.get("type") in ("checkbox", "radio")
        if given.get("name") and given["name"] not in fields and (not is_choice or "checked" in given):
            fields[given["name"]] = given.get("value", "on" if is_choice else "")
    for name, options in _SELECT.findall(content):
        known = [_attributes(option) for option in _OPTION.findall(options)]
        chosen = [option for option in known if "selected" in option] or known
        fields[name] = chosen[0].get("value", "") if chosen else ""
    buttons = [_attributes(text) for text in _BUTTON.findall(content)]
    if buttons and buttons[0].get("name"):
        fields[buttons[0]["name"]] = buttons[0].get("value", "")
    return fields


class Buyer(ABC):
    """Steps that make a checkout, and the way through all of them."""

    _visitor: Visitor

    @abstractmethod
    def prepare(self) -> None:
        """Everything before the last step."""

    @abstractmethod
    def place(self) -> None:
        """The step that makes the order."""

    def look(self) -> None:  # noqa: B027 – the answer of the API to an order is the order
        """Go where the answer leads."""

    def rest(self) -> None:
        """Leave the shop for a while, or for good."""
        self._visitor.rest()

    def buy(self) -> None:
        """From the first step to the last, then the visitor is gone."""
        self.prepare()
        self.place()
        self.look()
        self.rest()


class PageBuyer(Buyer):
    """A guest's whole checkout on the shop's pages, in three steps: eight requests, ten with a choice of delivery."""

    def __init__(self, url: str, slug: str, name: str) -> None:
        self._visitor = Visitor(url)
        self._slug, self._email = slug, f"{name}@example.com"
        self._order = ""

    def prepare(self) -> None:
        """From the product's page to the last screen, as a browser goes."""
        visitor = self._visitor
        visitor.ask("GET", f"/p/{self._slug}")
        visitor.ask("GET", visitor.submit("/cart/add"))
        visitor.ask("GET", "/checkout/address")
        there = visitor.submit("/checkout/address", email=self._email, **ADDRESS)
        visitor.ask("GET", there)
        if there.endswith("/checkout/shipping"):  # there is more than one way
            visitor.ask("GET", visitor.submit("/checkout/shipping"))

    def place(self) -> None:
        self._order = self._visitor.submit("/checkout/place")

    def look(self) -> None:
        """The order's page, where the browser is sent."""
        self._visitor.ask("GET", self._order)


class ApiBuyer(Buyer):
    """The same through the REST API as its reference tells it: three calls."""

    def __init__(self, url: str, slug: str, name: str) -> None:
        self._visitor = Visitor(url)
        self._slug, self._email = slug, f"{name}@example.com"
        self._order: dict[str, Any] = {}

    def prepare(self) -> None:
        self._ask("GET", f"/products/{self._slug}")
        lines = [{"sku": self._slug.upper(), "quantity": 1}]
        who = {"email": self._email, "shipping_address": {**ADDRESS, "country": "DE"}}
        cart = self._ask("POST", "/carts", {"lines": lines, **who, "checkout": True})
        begun = cart["checkout"]
        self._order = {
            "cart": cart["token"],
            "quote": begun["quote"]["id"],
            "expected_total": begun["quote"]["total"],
            "payment_method": begun["payment"]["items"][0]["account_id"],
        }

    def place(self) -> None:
        self._ask("POST", "/orders", self._order)

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Content_Type": "application/json"}
        if path == "/orders":
            headers["Idempotency_Key"] = uuid.uuid4().hex
        expect = 201 if method == "POST" else 200
        text = json.dumps({} if body is None else body) if method != "GET" else ""
        self._visitor.ask(method, f"/api/v1{path}", text, expect=expect, **headers)
        return json.loads(self._visitor.text)
