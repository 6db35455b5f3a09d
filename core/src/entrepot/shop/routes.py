"""The one blueprint of the storefront, and what its views share."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, redirect, url_for

shop = Blueprint("shop", __name__)


def see(endpoint: str, **values: Any) -> Response:
    """After a form: go and look there. 303, so that a reload repeats nothing."""
    return make_response(redirect(url_for(f"shop.{endpoint}", **values), code=303))


def leave(address: str) -> Response:
    """The same to an address: a checked path of this shop, or a payment provider's page."""
    return make_response(redirect(address, code=303))
