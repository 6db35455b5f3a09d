"""The log of messages to buyers."""

from __future__ import annotations

from flask import Response, request, url_for

from entrepot import web
from entrepot.admin.carrying_out import NOTHING_REFUSED, Refused, carry_out
from entrepot.admin.frame import Answer, Crumb, missing, page
from entrepot.admin.message_log import message_list, message_text
from entrepot.notifications import service
from entrepot.web.i18n import gettext as _

STATES = ("", "failed", "due", "sent")


def messages() -> Response:
    state = request.args.get("state", "")
    found = message_list(state=state if state in STATES else "", cursor=request.args.get("cursor", ""))
    cursor = found.next_cursor
    return page(
        "admin/messages.html",
        title=_("Messages"),
        state=state,
        tabs=[(name, url_for("admin.messages", state=name or None)) for name in STATES],
        rows=found.rows,
        next_url=url_for("admin.messages", state=state or None, cursor=cursor) if cursor else "",
    )


def message(message_id: str) -> Response:
    return _page(message_id)


def resend(message_id: str) -> Answer:
    return carry_out(
        lambda: service.resend(web.runtime(), message_id),
        form="resend",
        done=_("The message was handed over again. Its state tells whether it left."),
        to=url_for("admin.message", message_id=message_id),
        again=lambda refused: _page(message_id, refused),
    )


def _page(message_id: str, refused: Refused = NOTHING_REFUSED) -> Response:
    found = message_text(message_id)
    if found is None:
        return missing(_("There is no such message. Reload the list."))
    return page(
        "admin/message.html",
        title=found.row.subject or _("Message"),
        trail=(Crumb(_("Messages"), url_for("admin.messages")),),
        message=found,
        refused=refused,
    )
