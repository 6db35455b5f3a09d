"""The one blueprint of the storefront, and what its views share."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, redirect, url_for

from entrepot.checkout.errors import CheckoutError
from entrepot.web.late import LateView, route

shop = Blueprint("shop", __name__)

#: Every page of the storefront: method, address, module and view.
ROUTES = (
    ("GET", "/", "catalogue:home"),
    ("GET", "/c/<slug>", "catalogue:category"),
    ("GET", "/p/<slug>", "catalogue:product"),
    ("GET", "/search", "catalogue:search"),
    ("GET", "/cart", "cart:cart"),
    ("POST", "/cart/add", "cart:add_to_cart"),
    ("POST", "/cart/update", "cart:change_quantity"),
    ("POST", "/cart/remove", "cart:remove_from_cart"),
    ("POST", "/cart/coupon", "cart:enter_coupon"),
    ("POST", "/cart/coupon/remove", "cart:remove_coupon"),
    ("POST", "/cart/credit", "credits:enter_credit"),
    ("POST", "/cart/credit/remove", "credits:remove_credit"),
    ("GET", "/checkout", "checkout:checkout"),
    ("GET", "/checkout/address", "checkout:address_step"),
    ("POST", "/checkout/address", "checkout:save_address"),
    ("GET", "/checkout/shipping", "checkout:delivery_step"),
    ("POST", "/checkout/shipping", "checkout:choose_delivery"),
    ("GET", "/checkout/payment", "checkout:payment_step"),
    ("POST", "/checkout/refresh", "checkout:refresh_prices"),
    ("POST", "/checkout/place", "checkout:place"),
    ("GET", "/pay/return/<attempt_id>", "paying:pay_return"),
    ("POST", "/pay/return/<attempt_id>", "paying:check_payment"),
    ("GET", "/order/<token>", "orders:order"),
    ("GET", "/order/<token>/live", "orders:live_order"),
    ("GET", "/order/<token>/policies", "policies:agreed_policies"),
    ("GET", "/policies", "policies:policies"),
    ("GET", "/policies/<kind>", "policies:policy"),
    ("POST", "/order/<token>/pay", "orders:pay_again"),
    ("POST", "/order/<token>/cancel", "orders:cancel_order"),
    ("GET", "/order/<token>/returns", "returns:return_goods"),
    ("POST", "/order/<token>/returns", "returns:ask_return"),
    ("GET", "/order/<token>/withdraw", "returns:withdraw"),
    ("POST", "/order/<token>/withdraw", "returns:check_withdrawal"),
    ("POST", "/order/<token>/withdraw/confirm", "returns:confirm_withdrawal"),
    ("GET", "/order/<token>/documents/<number>", "returns:document"),
    ("GET", "/order/find", "orders:find_order"),
    ("POST", "/order/find", "orders:found_order"),
    ("POST", "/preferences", "preferences:preferences"),
)

for method, rule, target in ROUTES:
    route(shop, __package__, method, rule, target)
shop.register_error_handler(CheckoutError, LateView(f"{__package__}.checkout:mend"))


def see(endpoint: str, **values: Any) -> Response:
    """After a form: go and look there. 303, so that a reload repeats nothing."""
    return make_response(redirect(url_for(f"shop.{endpoint}", **values), code=303))


def leave(address: str) -> Response:
    """The same to an address: a checked path of this shop, or a payment provider's page."""
    return make_response(redirect(address, code=303))
