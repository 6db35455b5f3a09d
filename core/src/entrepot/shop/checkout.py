"""The checkout: address, delivery where there is a choice, payment, and the order at the end of them."""

from __future__ import annotations

from flask import Response, flash, request
from werkzeug.exceptions import BadRequest

from entrepot import web
from entrepot.checkout import carts, credits, service
from entrepot.checkout.errors import (
    AlreadyOrdered,
    CartEmpty,
    CartMissing,
    CheckoutError,
    ChoiceGone,
    DueChanged,
    InvalidFields,
    NotEnough,
    NotSold,
    TotalChanged,
)
from entrepot.checkout.only_way import keep_address
from entrepot.checkout.queries import AddressForm, ReviewPage, address_form, delivery_page, review_page
from entrepot.checkout.service import PlacedOrder
from entrepot.kernel.ids import new_token
from entrepot.kernel.money import Money
from entrepot.kernel.texts import N_
from entrepot.orders.queries import order_view
from entrepot.policies.promises import promises_today
from entrepot.pricing.rules import FIRST_SHIPMENT, Quote
from entrepot.shop import address
from entrepot.shop.paying import return_url, where_to_go
from entrepot.shop.routes import see
from entrepot.web import i18n
from entrepot.web.errors import explained, message_of
from entrepot.web.frame import render, set_cart_count
from entrepot.web.security import let_forms_leave, mark_private
from entrepot.web.visitor import forget_cart, visitor

UNPROCESSABLE = 422
CONFLICT = 409

Answer = str | Response | tuple[str, int]


def checkout() -> Response:
    return see("address_step")


def address_step() -> Answer:
    mark_private()
    return _show_address(address_form(_token(), default_country=visitor().country))


def save_address() -> Answer:
    """Keep the address and go on; or draw the form again, for another country or with what must be mended."""
    mark_private()
    billing_country = address.billing_country(request.form)
    asked = address_form(_token(), country=_posted_country(), billing_country=billing_country)
    form = address.posted(asked, request.form)
    if "change_country" in request.form:
        return _show_address(form)
    try:
        cart = carts.addressed(form.cart, email=form.email, shipping=form.shipping, billing=form.billing)
    except InvalidFields as error:
        return _show_address(form, error), UNPROCESSABLE
    return see("payment_step" if keep_address(web.runtime(), cart) else "delivery_step")


def delivery_step() -> Answer:
    mark_private()
    page = delivery_page(web.runtime(), _token())
    if not page.address.name:
        return see("address_step")
    set_cart_count(page.pieces)
    return render("checkout/shipping.html", delivery=page)


def choose_delivery() -> Answer:
    """Keep the way of delivery of each shipment and freeze what the order costs with it."""
    ways = _chosen_ways()
    try:
        if ways:
            service.choose_ways(web.runtime(), _token(), ways)
        else:
            service.requote(web.runtime(), _token())
    except ChoiceGone as error:
        flash(message_of(error), "error")
        return see("delivery_step")
    return see("payment_step")


def payment_step() -> Answer:
    mark_private()
    page = review_page(web.runtime(), _token())
    if page.cart.is_empty:
        raise CartEmpty
    if page.cart.shipping_address is None:
        return see("address_step")
    if page.quote is None:
        return see("delivery_step")
    return _draw_payment(page, page.quote, is_stale=page.stale)


def refresh_prices() -> Response:
    """Price the cart anew, when the offer on the last screen has run out."""
    service.requote(web.runtime(), _token())
    return see("payment_step")


_CHANGED = N_("Our promises have changed meanwhile. Read them once more, then order.")


def place() -> Answer:
    """Order what the page showed, at the total that it showed, and begin the payment."""
    mark_private()
    let_forms_leave()
    if (changed := _changed_promises()) is not None:
        return changed
    try:
        placed = _place(_token())
    except TotalChanged as error:
        flash(i18n.gettext(error.template).format(total=i18n.format_money(error.quote.total)), "error")
        return _draw_payment(review_page(web.runtime(), _token()), error.quote, is_stale=False), CONFLICT
    response = where_to_go(placed.token, placed.payment)
    forget_cart(response)
    return response


#: The screen where the buyer can mend it; what is not here gets a page of its own.
_MENDED_AT = {
    CartMissing: "cart",
    CartEmpty: "cart",
    NotEnough: "cart",
    NotSold: "cart",
    InvalidFields: "address_step",
    ChoiceGone: "delivery_step",
    DueChanged: "payment_step",
}


def mend(error: CheckoutError) -> Response | tuple[str, int]:
    """What no view has answered itself."""
    if isinstance(error, AlreadyOrdered):
        return _show_order(error)
    screen = _MENDED_AT.get(type(error))
    if screen is None:
        return explained(error)
    flash(message_of(error), "error")
    return see(screen)


def _show_order(error: AlreadyOrdered) -> Response:
    """Whoever holds the cart placed the order."""
    order = order_view(number=error.number)
    response = see("order", token=order.token) if order else see("cart")
    forget_cart(response)
    return response


def _place(token: str) -> PlacedOrder:
    return service.place_order(
        web.runtime(),
        cart_token=token,
        quote_id=request.form.get("quote_id", ""),
        expected_total=_expected("expected_total"),
        payment_account_id=request.form.get("payment", ""),
        idempotency_key=request.form.get("key", "")[:64],
        return_url=return_url,
        expected_due=_expected("expected_due") if "expected_due" in request.form else None,
    )


def _show_address(form: AddressForm, error: InvalidFields | None = None) -> str:
    set_cart_count(form.cart.pieces)
    return render("checkout/address.html", screen=address.screen(form, error.fields if error else None))


def _changed_promises() -> Answer | None:
    """The last screen once more, where the shop promises something else now than it did there."""
    market, _space, agreed = request.form.get("policies", "").partition(" ")
    if not agreed or agreed == promises_today(market)["version"]:
        return None
    page = review_page(web.runtime(), _token())
    if page.quote is None:
        return None
    flash(i18n.gettext(_CHANGED), "error")
    return _draw_payment(page, page.quote, is_stale=page.stale), CONFLICT


def _draw_payment(page: ReviewPage, quote: Quote, *, is_stale: bool) -> str:
    """The review with a key of its own: sent twice, the form still makes one order."""
    let_forms_leave()
    set_cart_count(page.cart.pieces)
    return render(
        "checkout/payment.html",
        review=page,
        quote=quote,
        is_stale=is_stale,
        key=new_token(),
        policies=promises_today(page.cart.market.code),
        due=credits.due(web.runtime(), page.cart, quote.total),
        entered=credits.entered(web.runtime(), page.cart),
    )


def _token() -> str:
    """The cart's; a visitor without one has nothing to check out."""
    token = visitor().cart_token
    if not token:
        raise CartEmpty
    return token


def _chosen_ways() -> dict[int, tuple[str, str]]:
    """(carrier account, service) by the shipment's number; the form names them option, option-2, option-3 …"""
    ways = {}
    for number in range(FIRST_SHIPMENT, carts.MOST_SHIPMENTS + 1):
        name = "option" if number == FIRST_SHIPMENT else f"option-{number}"
        account_id, _separator, chosen = request.form.get(name, "").partition("|")
        if account_id:
            ways[number] = (account_id, chosen)
    return ways


def _posted_country() -> str:
    asked = request.form.get("country", "")
    return asked if asked in visitor().market.countries else ""


def _expected(name: str) -> Money:
    """An amount that the buyer read, as the form carries it: minor units and currency."""
    minor, _separator, currency = request.form.get(name, "").partition(" ")
    try:
        return Money(int(minor), currency)
    except ValueError as error:
        raise BadRequest from error
