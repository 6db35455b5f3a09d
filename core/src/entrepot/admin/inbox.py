"""The inbox: webhooks that payment providers sent, what became of each, and giving them to their payments again."""

from __future__ import annotations

from flask import Response, request, url_for

from entrepot import web
from entrepot.admin.carrying_out import NOTHING_REFUSED, Otherwise, Refused, carry_out
from entrepot.admin.frame import Answer, page
from entrepot.admin.instants import typed_instant
from entrepot.payments.inbox_list import STATES, inbox_events, try_again
from entrepot.web.i18n import gettext as _
from entrepot.web.i18n import ngettext

SHOWN = 50


def inbox() -> Response:
    return _page()


def replay_inbox() -> Answer:
    """One event, or those of a time range."""
    id = request.form.get("id", "")

    def action() -> Otherwise:
        given = try_again(
            web.runtime(),
            id=int(id) if id.isdigit() else None,
            since=typed_instant("since"),
            until=typed_instant("until"),
            applied_too="applied_too" in request.form,
        )
        return Otherwise(
            ngettext("%(num)s event was given to its payment.", "%(num)s events were given to their payments.", given),
            "done" if given else "note",
        )

    return carry_out(action, form="replay", done="", to=url_for("admin.inbox"), again=_page)


def _page(refused: Refused = NOTHING_REFUSED) -> Response:
    state, cursor = request.args.get("state", ""), request.args.get("cursor", "")
    state = state if state in STATES else ""
    before = int(cursor) if cursor.isdigit() and len(cursor) < 19 else 0
    found = inbox_events(state=state, before=before, limit=SHOWN + 1)
    rows = found[:SHOWN]
    more = url_for("admin.inbox", state=state or None, cursor=rows[-1].id) if len(found) > SHOWN else ""
    return page(
        "admin/inbox.html",
        title=_("Inbox"),
        state=state,
        tabs=[(name, url_for("admin.inbox", state=name or None)) for name in ("", *STATES)],
        rows=rows,
        labels={account.id: account.label for account in web.runtime().accounts.list("payment", enabled_only=False)},
        next_url=more,
        refused=refused,
    )
