"""The storefront: pages for buyers. It stands above all slices, because a page joins several of them."""

from __future__ import annotations

from flask import Flask, request

from entrepot.checkout.queries import cart_count
from entrepot.shop import cart, catalogue, checkout, orders, paying, preferences  # noqa: F401  (their routes)
from entrepot.shop.routes import shop
from entrepot.web import frame, languages
from entrepot.web.visitor import visitor


def install(app: Flask) -> None:
    """Mount the storefront, and speak the visitor's language on its pages and on those of plugins."""
    app.register_blueprint(shop)
    orders.install(app)
    frame.install(app, cart_count)
    app.before_request(_speak)


def _speak() -> None:
    if (request.blueprint or "").startswith(("shop", "x_shop")):
        languages.speak(visitor().locale)
