"""Gift cards and store credit at the desk: found, issued, looked at, blocked."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import Response, request, url_for

from entrepot import web
from entrepot.admin.carrying_out import NOTHING_REFUSED, Refused, amount, carry_out
from entrepot.admin.frame import Answer, Crumb, missing, page, staff
from entrepot.credit import queries, rules, service
from entrepot.credit.errors import CreditError, CreditNotFound
from entrepot.kernel.ids import new_id
from entrepot.markets.queries import known_store, store
from entrepot.orders.queries import numbers_of
from entrepot.web.i18n import gettext as _


def credits() -> Response:
    return _list()


def issue_credit() -> Answer:
    return carry_out(_issue, form="issue", done=_("The card is issued."), to=url_for("admin.credits"), again=_list)


def one_credit(credit_id: str) -> Response:
    return _one(credit_id)


def block_credit(credit_id: str) -> Answer:
    blocked = request.form.get("blocked") == "true"
    return carry_out(
        lambda: service.block(web.runtime(), credit_id, blocked=blocked),
        form="block",
        done=_("Done."),
        to=url_for("admin.one_credit", credit_id=credit_id),
        again=lambda refused: _one(credit_id, refused),
    )


def _issue() -> None:
    form = request.form
    currency = form.get("currency", "")
    if currency not in _currencies():
        raise CreditError("Choose the currency of a market.")
    asked = service.Issue(
        form.get("kind", ""),
        amount(form.get("amount", ""), currency),
        f"desk-{form.get('key', '')[:80] or new_id()}",
        reason=form.get("reason", ""),
        email=form.get("email", ""),
        paid_from=form.get("paid_from", "goodwill"),
    )
    service.issue(web.runtime(), asked, actor=staff().actor)


def _list(refused: Refused = NOTHING_REFUSED) -> Response:
    q = request.args.get("q", "")[:80]
    return page(
        "admin/credits.html",
        title=_("Gift cards and store credit"),
        rows=queries.credit_list(web.runtime().clock.now(), q=q),
        q=q,
        kinds=rules.KINDS,
        sources=service.SOURCES,
        currencies=_currencies(),
        may_issue=staff().may("payments.refund"),
        refused=refused,
    )


def _one(credit_id: str, refused: Refused = NOTHING_REFUSED) -> Response:
    try:
        found = queries.credit_view(credit_id, web.runtime().clock.now())
    except CreditNotFound as error:
        return missing(str(error))
    may_read = staff().may("payments.refund")
    movements = queries.movements(credit_id)
    return page(
        "admin/credit.html",
        title=found.label,
        trail=(Crumb(_("Gift cards and store credit"), url_for("admin.credits")),),
        found=found,
        code=service.code_of(web.runtime(), credit_id) if may_read else "",
        movements=movements,
        numbers=numbers_of([each.order_id for each in movements if each.order_id is not None]),
        expires_on=_day(found),
        may_block=may_read,
        refused=refused,
    )


def _day(found: queries.CreditView) -> str:
    """The last day, as the store counts days."""
    if found.expires_at is None:
        return ""
    return found.expires_at.astimezone(ZoneInfo(str(store().settings.get("time_zone") or "UTC"))).date().isoformat()


def _currencies() -> list[str]:
    return sorted({market.currency for market in known_store().markets})
