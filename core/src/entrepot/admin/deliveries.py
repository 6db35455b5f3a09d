"""Deliveries of facts to plugins: those that were parked after many failures, to be repeated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Response, request, url_for
from sqlalchemy import func, select

from entrepot import web
from entrepot.admin.carrying_out import NOTHING_REFUSED, Refused, carry_out
from entrepot.admin.frame import Answer, page
from entrepot.engine import delivery
from entrepot.storage.models import FactDelivery, FactRow
from entrepot.storage.session import reader
from entrepot.web.i18n import gettext as _

MOST = 100


@dataclass(frozen=True)
class ParkedRow:
    fact_seq: int
    consumer: str
    kind: str
    order_number: str
    at: datetime
    attempts: int
    error: str


def deliveries() -> Response:
    return _page()


def replay() -> Answer:
    """One delivery, or all of a consumer when no fact is named."""
    seq = request.form.get("fact_seq", "")

    def action() -> None:
        delivery.replay(
            web.runtime(), consumer=request.form.get("consumer", ""), fact_seq=int(seq) if seq.isdigit() else None
        )

    return carry_out(
        action,
        form="replay",
        done=_("It is due again; the worker delivers it in a moment."),
        to=url_for("admin.deliveries"),
        again=_page,
    )


def _page(refused: Refused = NOTHING_REFUSED) -> Response:
    return page(
        "admin/deliveries.html",
        title=_("Deliveries to plugins"),
        parked=_parked(),
        due=_due(),
        refused=refused,
    )


def _parked() -> list[ParkedRow]:
    query = (
        select(
            FactDelivery.fact_seq,
            FactDelivery.consumer,
            FactRow.kind,
            FactRow.payload,
            FactRow.at,
            FactDelivery.attempts,
            FactDelivery.error,
        )
        .join(FactRow, FactRow.seq == FactDelivery.fact_seq)
        .where(FactDelivery.state == "parked")
        .order_by(FactDelivery.consumer, FactDelivery.fact_seq)
        .limit(MOST)
    )
    return [
        ParkedRow(row[0], row[1], row[2], str(row[3].get("order_number", "")), row[4], row[5], row[6])
        for row in reader().execute(query)
    ]


def _due() -> list[tuple[str, int]]:
    """(consumer, how many) of deliveries that are still to be made, counted up to a limit."""
    some = select(FactDelivery.consumer).where(FactDelivery.state == "due").limit(1000).subquery()
    query = select(some.c.consumer, func.count()).group_by(some.c.consumer).order_by(some.c.consumer)
    return [(row[0], row[1]) for row in reader().execute(query)]
