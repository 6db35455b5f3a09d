"""The storefront: pages for buyers. It stands above all slices, because a page joins several of them."""

from __future__ import annotations

from flask import Flask, request

from entrepot.shop import rate_limit
from entrepot.shop.routes import shop
from entrepot.web import frame, languages
from entrepot.web.late import LateView
from entrepot.web.visitor import visitor


def install(app: Flask) -> None:
    """Mount the storefront, and speak the visitor's language on its pages and on those of plugins."""
    app.register_blueprint(shop)
    rate_limit.install(app)
    frame.install(app, LateView("entrepot.checkout.carts:count"))
    app.before_request(_speak)


def _speak() -> None:
    if (request.blueprint or "").startswith(("shop", "x_shop")):
        languages.speak(visitor().locale)
