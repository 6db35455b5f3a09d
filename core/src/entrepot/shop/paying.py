"""The way to a payment provider and back. Coming back reads only: the news is fetched by a form, webhook or poll."""

from __future__ import annotations

from flask import Response, abort, url_for

from entrepot import web
from entrepot.orders.queries import order_by_id
from entrepot.orders.service import OrderRef
from entrepot.payments import queries as payment_queries
from entrepot.payments import service as payments
from entrepot.payments.queries import AttemptView
from entrepot.shop.routes import leave, see
from entrepot.web.frame import render
from entrepot.web.security import mark_private

#: News may still change these.
OPEN = frozenset({"created", "unknown", "pending"})


def return_url(attempt_id: str) -> str:
    """The absolute address at which the provider sends the buyer back."""
    return web.runtime().settings.base_url + url_for("shop.pay_return", attempt_id=attempt_id)


def where_to_go(order_token: str, attempt: AttemptView | None) -> Response:
    """On to the provider while it waits for the buyer, else to the order."""
    if attempt is not None and attempt.state in OPEN and attempt.redirect_url:
        return leave(attempt.redirect_url)
    return see("order", token=order_token)


def pay_return(attempt_id: str) -> str | Response:
    """Back from the provider: on to the order when the news is here already, else a page that asks for it."""
    mark_private()
    order, attempt = _known(attempt_id)
    if attempt.state not in OPEN:
        return see("order", token=order.token)
    return render("pay/return.html", order=order, attempt=attempt)


def check_payment(attempt_id: str) -> Response:
    """Ask the provider how it went."""
    order, attempt = _known(attempt_id)
    payments.fetch(web.runtime(), attempt.id, actor="buyer")
    return see("order", token=order.token)


def _known(attempt_id: str) -> tuple[OrderRef, AttemptView]:
    order_id = payment_queries.order_of(attempt_id)
    order = order_by_id(order_id) if order_id is not None else None
    if order_id is None or order is None:
        abort(404)
    return order, next(attempt for attempt in payment_queries.attempts(order_id) if attempt.id == attempt_id)
