"""Stock that others report: how fresh it is by warehouse, what could not be taken, and asking at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Response, url_for

from entrepot import web
from entrepot.admin.carrying_out import NOTHING_REFUSED, Otherwise, Refused, carry_out
from entrepot.admin.frame import Answer, page
from entrepot.stock_sources import queries, service
from entrepot.stock_sources.queries import SourceView
from entrepot.web.i18n import gettext as _
from entrepot.web.i18n import ngettext


@dataclass(frozen=True)
class SourceRow:
    """One source, or an account that was never asked."""

    source: SourceView
    is_stale: bool
    can_ask: bool
    #: (warehouse, last synced, lag in words)
    places: tuple[tuple[str, datetime, str], ...]


def stock_sources() -> Response:
    return _page()


def ask_source(source_id: str) -> Answer:
    """Ask the account now, whenever it was due."""

    def act() -> Otherwise | None:
        account = web.runtime().accounts.get(source_id)
        taken = service.pull(web.runtime(), account)
        found = queries.source(source_id)
        if found is not None and found.problem:
            return Otherwise(found.problem)
        return Otherwise(
            _("%(changed)s changed, %(same)s as they were.", changed=taken.changed, same=taken.same), "done"
        )

    return carry_out(act, form="ask", done="", to=url_for("admin.stock_sources"), again=_page)


def forget_source(source_id: str) -> Answer:
    return carry_out(
        lambda: service.forget(source_id),
        form="forget",
        done=_("The source is forgotten. What it said stays booked."),
        to=url_for("admin.stock_sources"),
        again=_page,
    )


def lag(span: timedelta) -> str:
    """How old something is, for people."""
    minutes = max(int(span.total_seconds()) // 60, 0)
    if minutes < 60:
        return ngettext("%(num)s minute", "%(num)s minutes", minutes)
    if minutes < 48 * 60:
        return ngettext("%(num)s hour", "%(num)s hours", minutes // 60)
    return ngettext("%(num)s day", "%(num)s days", minutes // (24 * 60))


def _page(refused: Refused = NOTHING_REFUSED) -> Response:
    runtime = web.runtime()
    accounts = {account.id: account for account in runtime.accounts.list("stock", enabled_only=False)}
    known = {source.id: source for source in queries.sources()}
    never = [_never_asked(id, account.label) for id, account in accounts.items() if id not in known]
    now = runtime.clock.now()
    rows = [_row(source, now, can_ask=source.id in accounts) for source in (*known.values(), *never)]
    return page(
        "admin/stock_sources.html", title=_("Stock of others"), rows=rows, refused=refused, has_accounts=bool(accounts)
    )


def _never_asked(id: str, label: str) -> SourceView:
    return SourceView(id, label, "pull", 0, None, None, None, "", (), ())


def _row(source: SourceView, now: datetime, *, can_ask: bool) -> SourceRow:
    places = tuple((place.warehouse, place.synced_at, lag(place.lag(now))) for place in source.places)
    return SourceRow(source, source.is_stale(now), can_ask, places)
