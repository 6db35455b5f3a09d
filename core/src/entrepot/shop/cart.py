"""The cart: put in, change, take out."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, flash, request, url_for

from entrepot import web
from entrepot.catalog.queries import sellable_by_sku
from entrepot.checkout import carts, service
from entrepot.checkout.errors import AlreadyOrdered, CartMissing, CheckoutError, InvalidQuantity, NotSold
from entrepot.checkout.queries import CartPage, cart_page
from entrepot.pricing.rules import FIRST_SHIPMENT
from entrepot.shop.routes import leave, see
from entrepot.web.errors import message_of
from entrepot.web.frame import render, set_cart_count
from entrepot.web.i18n import gettext as _
from entrepot.web.next_page import safe_next
from entrepot.web.security import mark_private
from entrepot.web.visitor import Visitor, forget_cart, remember_cart, visitor

MOST_DIGITS = 6


def cart() -> str:
    mark_private()
    page = _page(visitor())
    set_cart_count(sum(line.quantity for line in page.lines) if page else 0)
    return render("cart/show.html", cart=page)


def add_to_cart() -> Response:
    """Put a SKU in. What cannot be added is explained on the page that it came from."""
    origin = safe_next(request.form.get("next"), default=url_for("shop.home"))
    try:
        token = _add(request.form.get("sku", ""), _quantity())
    except CheckoutError as error:
        flash(message_of(error), "error")
        return leave(origin)
    flash(_("Added to your cart."), "success")
    response = see("cart")
    remember_cart(response, token)
    return response


def change_quantity() -> Response:
    """Have exactly so many; 0 takes the line out."""
    return _changed(quantity=request.form.get("quantity", ""))


def remove_from_cart() -> Response:
    return _changed(quantity="0")


def enter_coupon() -> Response:
    code = request.form.get("code", "").strip()[:40]
    if code:
        _tried(lambda: service.use_coupon(web.runtime(), visitor().cart_token, code=code))
    return see("cart")


def remove_coupon() -> Response:
    code = request.form.get("code", "")
    _tried(lambda: carts.remove_coupon(web.runtime(), visitor().cart_token, code=code))
    return see("cart")


def _tried(change: Callable[[], None]) -> None:
    """Do it, or say on the cart's page why not."""
    try:
        change()
    except CheckoutError as error:
        flash(message_of(error), "error")


def _page(who: Visitor) -> CartPage | None:
    """None for a visitor who has no cart, or one that became an order."""
    try:
        return cart_page(web.runtime(), who.cart_token, country=who.country) if who.cart_token else None
    except (CartMissing, AlreadyOrdered):
        return None


def _add(sku: str, quantity: int) -> str:
    """The token of the cart that the pieces are in now: the visitor's, or a new one."""
    who = visitor()
    item = sellable_by_sku(sku, who.market, who.locale)
    if item is None:
        raise NotSold(sku)
    try:
        carts.add(web.runtime(), who.cart_token, variant_id=item.variant_id, quantity=quantity)
    except CartMissing:
        picked = [(item, quantity, FIRST_SHIPMENT)]
        begun = carts.draft(web.runtime(), market=who.market, locale=who.locale, picked=picked)
        return carts.store(web.runtime(), begun).token
    return who.cart_token


def _changed(quantity: str) -> Response:
    token, variant_id = visitor().cart_token, request.form.get("variant_id", type=int)
    shipment = request.form.get("shipment", FIRST_SHIPMENT, type=int)
    response = see("cart")
    try:
        if variant_id is not None and 1 <= shipment <= carts.MOST_SHIPMENTS:
            wanted = _whole(quantity)
            carts.set_quantity(web.runtime(), token, variant_id=variant_id, quantity=wanted, shipment=shipment)
    except CartMissing as error:
        flash(message_of(error), "error")
        forget_cart(response)
    except CheckoutError as error:
        flash(message_of(error), "error")
    return response


def _quantity() -> int:
    return _whole(request.form.get("quantity", "1"))


def _whole(text: str) -> int:
    """A number of pieces as people type it; raises InvalidQuantity."""
    written = text.strip()
    if not (written.isdecimal() and len(written) <= MOST_DIGITS):
        raise InvalidQuantity(carts.most_per_line())
    return int(written)
