"""Returns at the desk: the list, one return with its plan, and an order's documents."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from flask import Response, request, url_for

from entrepot import web
from entrepot.admin.carrying_out import NOTHING_REFUSED, Otherwise, Refused, amount, carry_out
from entrepot.admin.frame import Answer, Crumb, missing, page, staff
from entrepot.admin.return_terms import terms
from entrepot.documents.queries import documents_of
from entrepot.ledger import disputes
from entrepot.orders.queries import id_of
from entrepot.returns import rules, service, settling
from entrepot.returns.errors import ReturnError, ReturnNotFound
from entrepot.returns.plan import MoneyPlan
from entrepot.returns.queries import (
    ReturnedLine,
    ReturnView,
    exchange_variant,
    return_list,
    return_state,
    return_view,
    returns_of,
    siblings,
)
from entrepot.returns.settling import Decision, Decisions
from entrepot.sdk.errors import EntrepotError
from entrepot.shop.returns import document_page
from entrepot.web.i18n import gettext as _


def returns() -> Response:
    state = request.args.get("state", "")
    return page("admin/returns.html", title=_("Returns"), rows=return_list(state=state), chosen=state)


def order_returns(number: str) -> Response:
    """The returns and documents of one order."""
    order_id = id_of(number)
    if order_id is None:
        return missing(_("There is no order %(number)s. Check the number.", number=number))
    return page(
        "admin/return_order.html",
        title=_("Returns and documents"),
        trail=(_order_crumb(number),),
        number=number,
        state=return_state(number),
        returns=returns_of(number),
        documents=documents_of(order_id),
        disputed=disputes.held(order_id),
        may_write_off=staff().may("payments.confirm"),
    )


def write_off_dispute(number: str) -> Answer:
    """The dispute is lost: what the bank holds becomes a loss."""
    order_id = id_of(number)
    if order_id is None:
        return missing(_("There is no order %(number)s. Check the number.", number=number))

    def action() -> None:
        disputes.write_off(web.runtime(), order_id=order_id, order_number=number, actor=staff().actor)

    return carry_out(
        action,
        form="dispute",
        done=_("The disputed money is written off."),
        to=url_for("admin.order_returns", number=number),
        again=lambda _refused: order_returns(number),
    )


def order_document(number: str, document: str) -> str:
    """An invoice or credit note as the buyer sees it."""
    return document_page(number, document)


def one_return(number: str) -> Response:
    return _page(number)


def approve_return(number: str) -> Answer:
    return _do(number, "approve", lambda: service.approve(web.runtime(), number, actor=staff().actor))


def decline_return(number: str) -> Answer:
    answer = request.form.get("answer", "")
    return _do(number, "decline", lambda: service.decline(web.runtime(), number, answer=answer, actor=staff().actor))


def receive_return(number: str) -> Answer:
    return _do(number, "receive", lambda: service.receive(web.runtime(), number, actor=staff().actor))


def settle_return(number: str) -> Answer:
    """Carry out the plan that was shown; without a plan shown yet, show it."""
    if not request.form.get("expected"):
        return _preview(number)

    def action() -> None:
        decisions = _decisions(return_view(number))
        expected = amount(request.form["expected"], settling.preview(web.runtime(), number, decisions).currency)
        digest = request.form.get("digest", "")
        settling.settle(web.runtime(), number, decisions, expected=expected, actor=staff().actor, digest=digest)

    return _do(number, "settle", action)


def finish_return(number: str) -> Answer:
    how = request.form.get("otherwise", "")
    return _do(number, "finish", lambda: settling.finish(web.runtime(), number, actor=staff().actor, otherwise=how))


def _preview(number: str) -> Answer:
    try:
        plan = settling.preview(web.runtime(), number, _decisions(return_view(number)))
    except EntrepotError as error:
        response = _page(number, Refused("settle", str(error), request.form.to_dict()))
        response.status_code = 422
        return response
    return _page(number, Refused("settle", "", request.form.to_dict()), plan)


def _page(number: str, refused: Refused = NOTHING_REFUSED, plan: MoneyPlan | None = None) -> Response:
    try:
        found = return_view(number)
    except ReturnNotFound as error:
        return missing(str(error))
    return page(
        "admin/return.html",
        title=_("Return %(number)s", number=number),
        trail=(_order_crumb(found.order_number),),
        found=found,
        terms=terms(found.policy, withdrawal=found.withdrawal),
        actions=rules.allowed_actions(found.state),
        may_settle=staff().may("payments.refund"),
        siblings=siblings(found) if found.state == "received" else {},
        taken_back=rules.TAKEN_BACK,
        resolutions=rules.RESOLUTIONS,
        grades=rules.GRADES,
        plan=plan or found.plan,
        previewed=plan is not None,
        refused=refused,
    )


def _order_crumb(number: str) -> Crumb:
    return Crumb(_("Order %(number)s", number=number), url_for("admin.order", number=number))


def _decisions(found: ReturnView) -> Decisions:
    form = request.form
    try:
        fee = Decimal(form.get("fee", "0").replace(",", ".") or "0")
    except InvalidOperation:
        raise ReturnError("The fee is a percentage between 0 and 100.") from None
    return Decisions(
        {line.line_id: _decision(found, line) for line in found.lines},
        fee_percent=fee,
        shipping=form.get("shipping") == "true",
        difference=form.get("difference", "refund"),
    )


def _decision(found: ReturnView, line: ReturnedLine) -> Decision:
    resolution = request.form.get(f"resolution-{line.line_id}", "")
    sku = request.form.get(f"exchange-{line.line_id}", "").strip()
    variant = exchange_variant(found, sku) if resolution == "exchange" and sku else None
    return Decision(resolution, request.form.get(f"grade-{line.line_id}", ""), variant)


def _do(number: str, form: str, action: Callable[[], Otherwise | None]) -> Answer:
    return carry_out(
        action,
        form=form,
        done=_("Done."),
        to=url_for("admin.one_return", number=number),
        again=lambda refused: _page(number, refused),
    )
