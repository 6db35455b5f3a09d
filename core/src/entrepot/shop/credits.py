"""Gift cards and store credit in the cart: a code is entered, or taken out again."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, flash, request

from entrepot import web
from entrepot.checkout import credits
from entrepot.checkout.errors import CheckoutError
from entrepot.shop.routes import see
from entrepot.web.errors import message_of
from entrepot.web.i18n import gettext as _
from entrepot.web.visitor import visitor


def enter_credit() -> Response:
    code = request.form.get("code", "").strip()[:60]
    if not code:
        flash(_("Enter the code of the card."), "error")
        return _back()
    return _tried(lambda: credits.use_credit(web.runtime(), visitor().cart_token, code=code))


def remove_credit() -> Response:
    credit_id = request.form.get("credit", "")
    return _tried(lambda: credits.remove_credit(web.runtime(), visitor().cart_token, credit_id=credit_id))


def _tried(change: Callable[[], None]) -> Response:
    """Do it, or say why not; then back to the screen that it was done on."""
    try:
        change()
    except CheckoutError as error:
        flash(message_of(error), "error")
    return _back()


def _back() -> Response:
    return see("payment_step" if request.form.get("screen") == "payment" else "cart")
