"""Deliveries of facts to plugins: those that were parked after many failures, to be repeated one by one or by time."""

from __future__ import annotations

from flask import Response, request, url_for
from sqlalchemy import func, select

from entrepot import web
from entrepot.admin.carrying_out import NOTHING_REFUSED, Refused, carry_out
from entrepot.admin.frame import Answer, page
from entrepot.admin.instants import typed_instant
from entrepot.engine import backlog, delivery
from entrepot.storage.models import FactDelivery
from entrepot.storage.session import reader
from entrepot.web.i18n import gettext as _

MOST = 100


def deliveries() -> Response:
    return _page()


def replay() -> Answer:
    """One delivery, all that are parked for a consumer, or everything of a time range."""
    seq, consumer = request.form.get("fact_seq", ""), request.form.get("consumer", "")

    def action() -> None:
        since, until = typed_instant("since"), typed_instant("until")
        delivery.replay(
            web.runtime(),
            consumer=consumer,
            fact_seq=int(seq) if seq.isdigit() else None,
            since=since,
            until=until,
            done_too="done_too" in request.form and bool(since or until),
        )

    return carry_out(
        action,
        form="replay",
        done=_("It is due again; the worker delivers it in a moment."),
        to=url_for("admin.deliveries"),
        again=_page,
    )


def _page(refused: Refused = NOTHING_REFUSED) -> Response:
    due = backlog.deliveries(state="due", limit=MOST)
    return page(
        "admin/deliveries.html",
        title=_("Deliveries to plugins"),
        parked=backlog.deliveries(state="parked", limit=MOST),
        retrying=[one for one in due if one.attempts],
        due=_due(),
        consumers=backlog.consumers(),
        refused=refused,
    )


def _due() -> list[tuple[str, int]]:
    """(consumer, how many) of deliveries that are still to be made, counted up to a limit."""
    some = select(FactDelivery.consumer).where(FactDelivery.state == "due").limit(1000).subquery()
    query = select(some.c.consumer, func.count()).group_by(some.c.consumer).order_by(some.c.consumer)
    return [(row[0], row[1]) for row in reader().execute(query)]
