"""Who asks, and in which market and language: what views of the API ask of the request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Request, Response, g, request, url_for

from entrepot import web
from entrepot.api import errors, idempotency
from entrepot.api.keys import Client, client_of
from entrepot.kernel.ids import new_id
from entrepot.markets.queries import MarketView, store


def recognise(current: Request) -> None:
    """Find the client of the key that was sent; a wrong key is refused even where none is needed."""
    scheme, _, key = current.headers.get("Authorization", "").partition(" ")
    g.api_client = None
    if not scheme:
        return
    g.api_client = client_of(key.strip()) if scheme.lower() == "bearer" else None
    if g.api_client is None:
        raise errors.KeyNeeded


def require(scope: str) -> None:
    """Raises KeyNeeded, ScopeMissing."""
    if not scope:
        return
    if client() is None:
        raise errors.KeyNeeded
    if not current_client().may(scope):
        raise errors.ScopeMissing(scope)


def client() -> Client | None:
    found: Client | None = g.get("api_client")
    return found


def current_client() -> Client:
    """The client of an operation that has a scope."""
    found = client()
    assert found is not None  # the door saw to it
    return found


def actor() -> str:
    """How what happens is signed: the key's name, or the buyer, who has the token."""
    found = client()
    return found.actor if found else "buyer"


def caller(current: Request, values: Mapping[str, Any]) -> str:
    """In whose name an Idempotency-Key is unique: never two who do not share a secret."""
    found = client()
    if found is not None:
        return f"key {found.id}"
    secret = values.get("token") or _cart_of(current)
    if not secret and len(current.headers.get("Idempotency-Key", "")) < 16:
        raise errors.KeyRefused("Without an API key it must be hard to guess: at least 16 letters, such as a UUID.")
    return f"token {secret}"


def request_key() -> str:
    """A key for services that keep one themselves: the same for every repetition of this request."""
    known = g.get("api_request")
    return known.key if known else new_id()


def keep_with_effect(response: Response) -> None:
    """Inside the unit of work of this request's effect: keep its answer in the same commit."""
    if known := g.get("api_request"):
        idempotency.keep_with_effect(web.runtime(), known, response)


def market_of(query: Mapping[str, Any]) -> tuple[MarketView, str]:
    """Market and language that the query asks for; raises FieldsInvalid."""
    markets = store().markets
    wanted = query.get("market") or ""
    found = next((market for market in markets if not wanted or market.code == wanted), None)
    if found is None:
        raise errors.FieldsInvalid({"market": [f"There is no market '{wanted}'. GET /api/v1/markets lists them."]})
    locale = query.get("locale") or found.locales[0]
    return found, locale if locale in found.locales else found.locales[0]


def payment_return_url(attempt_id: str) -> str:
    """Where a provider sends the buyer back to."""
    return web.runtime().settings.base_url + url_for("shop.pay_return", attempt_id=attempt_id)


def _cart_of(current: Request) -> str:
    body = current.get_json(silent=True) if current is request or current.is_json else None
    cart = body.get("cart") if isinstance(body, dict) else None
    return cart if isinstance(cart, str) else ""
