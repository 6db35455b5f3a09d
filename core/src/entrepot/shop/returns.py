"""Sending goods back and withdrawing from the contract, from the order's private link; the order's documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import Response, abort, current_app, flash, request

from entrepot import web
from entrepot.credit.queries import CreditView, credit_view
from entrepot.credit.service import code_of
from entrepot.documents.queries import document_of, documents_of
from entrepot.kernel.ids import new_id
from entrepot.markets.queries import known_store
from entrepot.orders.queries import order_view
from entrepot.returns import rules, service
from entrepot.returns.queries import Offer, ReturnView, offer, returns_of
from entrepot.sdk.errors import EntrepotError
from entrepot.sdk.readmodels import OrderView
from entrepot.shop.routes import see
from entrepot.theming.facade import Theming
from entrepot.web import languages
from entrepot.web.errors import message_of
from entrepot.web.frame import render
from entrepot.web.i18n import gettext as _
from entrepot.web.security import mark_private

_QUANTITY = "quantity-"


@dataclass(frozen=True)
class FollowUp:
    """What came of a return: the buyer's links to the orders, by kind, and the code of the store credit."""

    orders: Mapping[str, OrderView]
    credit: CreditView | None
    code: str


@dataclass(frozen=True)
class Chosen:
    """A line with the pieces that the buyer chose."""

    line_id: str
    name: str
    quantity: int


def return_goods(token: str) -> str:
    """What can be sent back, what is on its way back, and the documents."""
    mark_private()
    order, found = _order(token)
    return render(
        "return/show.html",
        order=order,
        offer=found,
        time_zone=_time_zone(order.market),
        returns=[(one, _follow_up(one)) for one in returns_of(order.number)],
        wishes=rules.WISHES,
        documents=documents_of(found.order_id),
        key=new_id(),
    )


def ask_return(token: str) -> Response:
    order, _found = _order(token)
    return _request(token, order, withdrawal=False)


def withdraw(token: str) -> str | Response:
    """First step of the withdrawal: choose the pieces."""
    mark_private()
    order, found = _order(token)
    if not found.may_withdraw:
        flash(_("The time to withdraw from this contract is over, or nothing is left to withdraw from."), "error")
        return see("return_goods", token=token)
    return render("return/withdraw.html", order=order, offer=found, time_zone=_time_zone(order.market))


def check_withdrawal(token: str) -> str | Response:
    """Second step: see the declaration, and confirm it."""
    mark_private()
    order, found = _order(token)
    quantities = _quantities()
    names = {line.id: line.name for line in order.lines}
    chosen = [Chosen(id, names[id], pieces) for id, pieces in quantities.items() if pieces and id in names]
    if not chosen or not found.may_withdraw:
        flash(_("Choose at least one piece to send back."), "error")
        return see("withdraw", token=token)
    return render("return/confirm.html", order=order, chosen=chosen, reason=_reason(), key=new_id())


def confirm_withdrawal(token: str) -> Response:
    order, _found = _order(token)
    return _request(token, order, withdrawal=True)


def document(token: str, number: str) -> str:
    """An invoice or a credit note, to be read or printed, in the order's language."""
    mark_private()
    order, _found = _order(token)
    return document_page(order.number, number)


def document_page(order_number: str, number: str) -> str:
    """The printed page of one document of an order; 404 when there is none."""
    found = document_of(order_number, number)
    if found is None:
        abort(404)
    languages.speak(found.locale)
    theming: Theming = current_app.extensions["entrepot.theming"]
    time_zone = str(known_store().settings.get("time_zone") or "UTC")
    issued_on = found.issued_at.astimezone(ZoneInfo(time_zone)).date()
    return theming.render("document/show.html", document=found, content=found.content, issued_on=issued_on)


def _request(token: str, order: OrderView, *, withdrawal: bool) -> Response:
    key = request.form.get("key", "")[:80]
    try:
        wish = "refund" if withdrawal else request.form.get("wish", "refund")
        asked = service.Request(_quantities(), _reason(), withdrawal, f"return-{order.number}-{key or new_id()}", wish)
        number = service.request(web.runtime(), order.number, asked, actor="buyer")
    except EntrepotError as error:
        flash(message_of(error), "error")
        return see("return_goods", token=token)
    if withdrawal:
        flash(_("We have received your withdrawal. Its number is %(number)s.", number=number), "success")
    else:
        flash(_("We have received your request. Its number is %(number)s.", number=number), "success")
    return see("return_goods", token=token)


def _follow_up(found: ReturnView) -> FollowUp:
    """Read by whoever holds the order's private link, who is the buyer."""
    orders = {kind: order for kind, number in found.orders.items() if (order := order_view(number=number))}
    if not found.credit_id:
        return FollowUp(orders, None, "")
    card = credit_view(found.credit_id, web.runtime().clock.now())
    return FollowUp(orders, card, code_of(web.runtime(), card.id))


def _order(token: str) -> tuple[OrderView, Offer]:
    order = order_view(token=token)
    found = offer(order.number, web.runtime().clock.now()) if order else None
    if order is None or found is None:
        abort(404)
    return order, found


def _quantities() -> dict[str, int]:
    """Pieces per order line; what is no whole number counts as none."""
    typed = {name: text.strip() for name, text in request.form.items() if name.startswith(_QUANTITY)}
    return {
        name.removeprefix(_QUANTITY): int(text)
        for name, text in typed.items()
        if text.isascii() and text.isdigit() and len(text) < 7
    }


def _reason() -> str:
    return request.form.get("reason", "")[: service.LONGEST_REASON]


def _time_zone(market_code: str) -> str:
    market = known_store().market(market_code)
    return market.time_zone if market else "UTC"
