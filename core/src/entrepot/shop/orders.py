"""A buyer's own order: how it stands, paying it, tracking it, cancelling it; finding it again."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import Response, abort, flash, request

from entrepot import web
from entrepot.credit.queries import SoldCard, sold_cards
from entrepot.credit.service import code_of
from entrepot.kernel.ids import is_order_number
from entrepot.markets.queries import known_store
from entrepot.orders import service as orders
from entrepot.orders.queries import BuyerOrder, buyer_order, find
from entrepot.orders.versions import beside, order_version
from entrepot.payments import queries as payment_queries
from entrepot.payments import service as payments
from entrepot.payments.queries import AttemptView, MethodView
from entrepot.payments.rows import OWN_ACCOUNTS
from entrepot.sdk.errors import EntrepotError
from entrepot.sdk.jobs import Notice
from entrepot.shop.paying import OPEN, return_url, where_to_go
from entrepot.shop.rate_limit import order_finding
from entrepot.shop.routes import see
from entrepot.storage.session import reader
from entrepot.web.errors import message_of
from entrepot.web.forms import Field
from entrepot.web.frame import render
from entrepot.web.i18n import gettext as _
from entrepot.web.live import follow
from entrepot.web.security import let_forms_leave, mark_private
from entrepot.web.visitor import visitor

STEPS = ("to_pay", "to_ship", "shipped", "delivered", "completed")
UNPROCESSABLE = 422


@dataclass(frozen=True)
class Payment:
    """What a buyer can do about an order's payment. ``state``: settled, waiting, instructed, owing, failed or none."""

    state: str
    attempt: AttemptView | None
    methods: tuple[MethodView, ...]


@dataclass(frozen=True)
class OwnCard:
    """A gift card that was bought; without its code where it was taken back."""

    card: SoldCard
    code: str


def order(token: str) -> str:
    mark_private()
    let_forms_leave()
    known = beside(token)  # its version is read before all that it stands for
    found = _found(token)
    time_zone = _time_zone(found.order.market)
    return render(
        "order/show.html",
        order=found.order,
        placed_on=found.order.placed_at.astimezone(ZoneInfo(time_zone)).date(),
        payment=_payment(found),
        steps=STEPS,
        time_zone=time_zone,
        can_cancel=_can_cancel(found),
        notices=_notices(found),
        cards=_cards(found),
        version=known.version if known else "",
        policies=known.policies if known else {},
    )


def live_order(token: str) -> Response:
    """How the order stands, for a page that follows it."""
    return follow(lambda: order_version(token) or abort(404))


def pay_again(token: str) -> Response:
    """Another attempt for what is still owed, by the method that the buyer chose."""
    let_forms_leave()
    found = _found(token)
    try:
        attempt_id = payments.try_again(web.runtime(), order_id=found.id, account_id=request.form.get("payment", ""))
        started = payments.start(web.runtime(), attempt_id, return_url=return_url(attempt_id))
    except EntrepotError as error:
        flash(message_of(error), "error")
        return see("order", token=token)
    return where_to_go(token, payment_queries.view(started))


def cancel_order(token: str) -> Response:
    """The buyer changes their mind while nothing is paid."""
    found = _found(token)
    if not _can_cancel(found):
        flash(_("This order cannot be cancelled here any more. Write to us and we will see what we can do."), "error")
        return see("order", token=token)
    orders.cancel(web.runtime(), found.order.number, reason="Cancelled by the buyer", actor="buyer")
    flash(_("Your order is cancelled. Nothing will be charged."), "success")
    return see("order", token=token)


def find_order() -> str:
    mark_private()
    return _show_find()


def found_order() -> Response | tuple[str, int]:
    """Number and e-mail together open the order; wrong ones are told apart only by the number's check digit."""
    mark_private()
    tries = order_finding()
    if not tries.allows(request.remote_addr or "", web.runtime().clock.now()):
        abort(429)
    number, email = request.form.get("number", "").strip(), request.form.get("email", "").strip()
    if not is_order_number(number, str(known_store().settings.get("order_prefix", ""))):
        problem = _("This is not one of our order numbers. Compare it with your confirmation e-mail digit by digit.")
        return _show_find(number, email, problem), UNPROCESSABLE
    token = find(number, email)
    if token is None:
        problem = _("No order has this number and e-mail address together. Check both.")
        return _show_find(number, email, problem), UNPROCESSABLE
    return see("order", token=token)


def _cards(found: BuyerOrder) -> tuple[OwnCard, ...]:
    """The gift cards that the order sold, with their codes: whoever has the private link has bought them."""
    cards = sold_cards(reader(), found.id)
    return tuple(OwnCard(card, code_of(web.runtime(), card.id) if card.state != "taken_back" else "") for card in cards)


def _found(token: str) -> BuyerOrder:
    found = buyer_order(token)
    if found is None:
        abort(404)
    return found


def _payment(found: BuyerOrder) -> Payment:
    """The newest attempt decides; ways to pay are offered only where the last one came to nothing."""
    asked = [attempt for attempt in found.attempts if attempt.account_id not in OWN_ACCOUNTS]
    attempt = asked[-1] if asked else None
    if found.order.status != "to_pay":
        return Payment("settled", attempt, ())
    if attempt is not None and attempt.state in OPEN:
        return Payment("instructed" if attempt.instructions else "waiting", attempt, ())
    methods = payment_queries.methods(
        web.runtime(), market=found.order.market, currency=found.order.currency, locale=visitor().locale
    )
    state = (
        "owing" if found.order.payment_state in ("part_authorized", "part_paid") else "failed" if attempt else "none"
    )
    return Payment(state, attempt, tuple(methods))


def _can_cancel(found: BuyerOrder) -> bool:
    taken = any(each.captured.minor for each in found.attempts if each.account_id not in OWN_ACCOUNTS)
    return found.order.status == "to_pay" and not taken


def _time_zone(market_code: str) -> str:
    market = known_store().market(market_code)
    return market.time_zone if market else "UTC"


def _notices(found: BuyerOrder) -> tuple[Notice, ...]:
    answers = web.runtime().registry.hooks.collect("entrepot_order_notices", order=found.order, locale=visitor().locale)
    return answers.items


def _show_find(number: str = "", email: str = "", problem: str = "") -> str:
    fields = (
        Field("number", _("Order number"), number, required=True, error=problem, help=_("It is in the e-mail.")),
        Field("email", _("E-mail address"), email, control="email", required=True, autocomplete="email"),
    )
    return render("order/find.html", fields=fields)
