"""Changing country and language, on every page."""

from __future__ import annotations

from contextlib import suppress

from flask import Response, request

from entrepot import web
from entrepot.checkout import carts
from entrepot.checkout.errors import CartMissing
from entrepot.markets.queries import known_store
from entrepot.shop.routes import leave
from entrepot.web.next_page import safe_next
from entrepot.web.visitor import choose, remember, visitor


def preferences() -> Response:
    """Remember the choice and move the cart along: its prices are those of the new market from now on."""
    who = visitor()
    chosen = choose(
        known_store(),
        country=request.form.get("country", who.country),
        locale=request.form.get("locale", who.locale),
    )
    if chosen.cart_token:
        with suppress(CartMissing):
            carts.change_market(web.runtime(), chosen.cart_token, market=chosen.market.code, locale=chosen.locale)
    response = leave(safe_next(request.form.get("next")))
    remember(response, chosen)
    return response
