"""Webhooks: other systems that are told of facts, what they were sent, and sending it again."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, redirect, request, url_for

from entrepot import web
from entrepot.admin.carrying_out import NOTHING_REFUSED, Refused, carry_out, explained
from entrepot.admin.frame import Answer, Crumb, page, say
from entrepot.admin.instants import typed_instant
from entrepot.engine import queue
from entrepot.sdk.errors import EntrepotError
from entrepot.sdk.facts import FACTS
from entrepot.web.i18n import gettext as _
from entrepot.webhooks import service

MESSAGES = 50


def webhooks() -> Response:
    return _list()


def create_webhook() -> Answer:
    """Add an endpoint and show its secret this once."""
    form = request.form
    try:
        endpoint_id, secret = service.create(
            web.runtime(), url=form.get("url", "").strip(), kinds=form.getlist("kinds"), description=_description()
        )
    except EntrepotError as error:
        response = _list(Refused("create", explained(error), form.to_dict()))
        response.status_code = 422
        return response
    return _one(endpoint_id, secret=secret)


def webhook(endpoint_id: str) -> Response:
    return _one(endpoint_id)


def save_webhook(endpoint_id: str) -> Answer:
    form = request.form

    def action() -> None:
        service.change(
            endpoint_id,
            url=form.get("url", "").strip(),
            kinds=form.getlist("kinds"),
            description=_description(),
            enabled="enabled" in form,
        )

    return _carried(endpoint_id, action, "save", _("The endpoint is saved."))


def rotate_webhook(endpoint_id: str) -> Response:
    return _one(endpoint_id, secret=service.rotate(web.runtime(), endpoint_id))


def try_webhook(endpoint_id: str) -> Answer:
    return _carried(endpoint_id, lambda: service.send_test(web.runtime(), endpoint_id), "test", _("It arrived."))


def replay_webhook(endpoint_id: str) -> Answer:
    """What is parked, or everything of a time range."""

    def action() -> None:
        since, until = typed_instant("since"), typed_instant("until")
        service.replay(web.runtime(), endpoint_id, since=since, until=until)

    done = _("They are due again; the worker sends them in a moment.")
    return _carried(endpoint_id, action, "replay", done)


def resend_message(endpoint_id: str, message_id: str) -> Answer:
    """One message, parked or arrived."""

    def action() -> None:
        service.resend(web.runtime(), endpoint_id, message_id)

    return _carried(endpoint_id, action, "replay", _("It is due again; the worker sends it in a moment."))


def delete_webhook(endpoint_id: str) -> Answer:
    service.delete(endpoint_id)
    say(_("The endpoint is removed."))
    return redirect(url_for("admin.webhooks"), 303)


def _carried(endpoint_id: str, action: Callable[[], None], form: str, done: str) -> Answer:
    return carry_out(
        action,
        form=form,
        done=done,
        to=url_for("admin.webhook", endpoint_id=endpoint_id),
        again=lambda refused: _one(endpoint_id, refused),
    )


def _description() -> str:
    return request.form.get("description", "").strip()[:250]


def _list(refused: Refused = NOTHING_REFUSED) -> Response:
    return page(
        "admin/webhooks.html", title=_("Webhooks"), endpoints=service.endpoints(), kinds=sorted(FACTS), refused=refused
    )


def _one(endpoint_id: str, refused: Refused = NOTHING_REFUSED, *, secret: str = "") -> Response:
    found = service.endpoint(endpoint_id)
    return page(
        "admin/webhook.html",
        title=found.url,
        trail=(Crumb(_("Webhooks"), url_for("admin.webhooks")),),
        endpoint=found,
        kinds=sorted(FACTS),
        jobs=queue.queued(name=service.SEND, subject=endpoint_id, limit=MESSAGES),
        secret=secret,
        refused=refused,
    )
