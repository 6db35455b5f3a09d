"""What staff do with an order. Each view calls one service and redirects to the order."""

from __future__ import annotations

from collections.abc import Callable

from flask import request, url_for

from entrepot import web
from entrepot.admin.carrying_out import Otherwise, amount, carry_out, whole_number
from entrepot.admin.frame import Answer, staff
from entrepot.admin.orders import order_page
from entrepot.orders import attention, fulfilment, gift_cards, late, service
from entrepot.orders.queries import id_of
from entrepot.payments import queries as payment_queries
from entrepot.payments import refunds
from entrepot.payments import service as payments
from entrepot.payments.errors import AttemptNotFound
from entrepot.payments.queries import AttemptView
from entrepot.sdk.errors import EntrepotError
from entrepot.web.i18n import gettext as _

_QUANTITY = "quantity-"


def ship(number: str, fulfilment_id: str) -> Answer:
    form = request.form

    def action() -> None:
        fulfilment.ship(
            web.runtime(),
            number,
            fulfilment_id=fulfilment_id,
            tracking_number=form.get("tracking_number", ""),
            account_id=form.get("account_id", ""),
            carrier=form.get("carrier", ""),
            quantities=_quantities(),
            early=bool(form.get("early")),
            actor=staff().actor,
            idempotency_key=f"ship-{_key()}",
        )

    return _do(number, action, form=f"ship-{fulfilment_id}", done=_("The parcel is on its way."))


def deliver(number: str, parcel_id: str) -> Answer:
    return _do(
        number,
        lambda: fulfilment.deliver(web.runtime(), parcel_id, actor=staff().actor),
        form=f"deliver-{parcel_id}",
        done=_("The parcel is marked as delivered."),
    )


def complete(number: str) -> Answer:
    return _do(
        number,
        lambda: fulfilment.complete(web.runtime(), number, actor=staff().actor),
        form="complete",
        done=_("The order is completed."),
    )


def cancel(number: str) -> Answer:
    def action() -> None:
        reason = request.form.get("reason", "").strip()
        if not reason:
            raise EntrepotError("Write down why the order is cancelled. The buyer reads it.")
        service.cancel(web.runtime(), number, reason=reason, actor=staff().actor)

    return _do(number, action, form="cancel", done=_("The order is cancelled, its stock is free again."))


def take_up(number: str) -> Answer:
    return _do(
        number,
        lambda: late.take_up(web.runtime(), number, actor=staff().actor),
        form="take-up",
        done=_("The order is taken up again, its stock is held."),
    )


def reallocate(number: str) -> Answer:
    return _do(
        number,
        lambda: late.reallocate(web.runtime(), number, actor=staff().actor),
        form="reallocate",
        done=_("The stock is allocated again. The timeline says where."),
    )


def let_go(number: str) -> Answer:
    def action() -> None:
        reason = request.form.get("reason", "").strip()
        attention.settle(web.runtime(), number, reason=reason, actor=staff().actor)

    return _do(number, action, form="let-go", done=_("The order waits for nobody any more."))


def take_card_back(number: str, credit_id: str) -> Answer:
    def action() -> None:
        reason = request.form.get("reason", "").strip()
        gift_cards.take_back(web.runtime(), number, credit_id, reason=reason, actor=staff().actor)

    done = _("The card is taken back and its money on its way to the buyer.")
    return _do(number, action, form=f"card-{credit_id}", done=done)


def confirm_payment(number: str, attempt_id: str) -> Answer:
    def action() -> None:
        currency = _attempt(number, attempt_id).amount.currency
        received = amount(request.form.get("amount", ""), currency)
        payments.confirm_manually(web.runtime(), attempt_id, received=received, actor=staff().actor)

    return _do(number, action, form=f"confirm-{attempt_id}", done=_("The payment is confirmed."))


def capture(number: str, attempt_id: str) -> Answer:
    def action() -> None:
        _attempt(number, attempt_id)
        payments.capture(web.runtime(), attempt_id, actor=staff().actor)

    return _do(number, action, form=f"capture-{attempt_id}", done=_("The money is taken."))


def void(number: str, attempt_id: str) -> Answer:
    def action() -> None:
        _attempt(number, attempt_id)
        payments.void(web.runtime(), attempt_id, actor=staff().actor)

    return _do(number, action, form=f"void-{attempt_id}", done=_("The payment is released."))


def ask_again(number: str, attempt_id: str) -> Answer:
    def action() -> None:
        _attempt(number, attempt_id)
        payments.fetch(web.runtime(), attempt_id, actor=staff().actor)

    return _do(number, action, form=f"ask-{attempt_id}", done=_("The provider was asked. This is how it stands."))


def refund(number: str, attempt_id: str) -> Answer:
    def action() -> Otherwise | None:
        wanted = amount(request.form.get("amount", ""), _attempt(number, attempt_id).amount.currency)
        made = refunds.refund(
            web.runtime(),
            attempt_id,
            amount=wanted,
            reason=request.form.get("reason", "").strip(),
            actor=staff().actor,
            idempotency_key=f"refund-{_key()}",
        )
        if made.state == "declined":
            return Otherwise(made.message or _("The provider declined the refund. Look at its own list of payments."))
        if made.state == "unknown":
            return Otherwise(_("The provider did not answer. The refund is noted and followed up: do not repeat it."))
        return None

    return _do(number, action, form=f"refund-{attempt_id}", done=_("The refund is on its way."))


def _do(number: str, action: Callable[[], Otherwise | None], *, form: str, done: str) -> Answer:
    return carry_out(
        action,
        form=form,
        done=done,
        to=url_for("admin.order", number=number),
        again=lambda refused: order_page(number, refused),
    )


def _attempt(number: str, attempt_id: str) -> AttemptView:
    """The payment attempt, if it is one of this order's."""
    order_id = id_of(number)
    attempts = payment_queries.attempts(order_id) if order_id is not None else []
    found = next((attempt for attempt in attempts if attempt.id == attempt_id), None)
    if found is None:
        raise AttemptNotFound(attempt_id)
    return found


def _quantities() -> dict[str, int]:
    """How many pieces of each order line go into the parcel; an empty field means none."""
    typed = {name: text for name, text in request.form.items() if name.startswith(_QUANTITY) and text.strip()}
    return {name.removeprefix(_QUANTITY): whole_number(text, _("Pieces")) for name, text in typed.items()}


def _key() -> str:
    """The idempotency key that the form was drawn with."""
    key = request.form.get("key", "").strip()
    if not key or len(key) > 80:
        raise EntrepotError("The form carries no key. Reload the page and send it again.")
    return key
