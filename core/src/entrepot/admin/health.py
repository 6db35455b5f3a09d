"""How the machine is: what waits and is parked, since when, and what plugins, accounts and jobs lack."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Response, url_for

from entrepot import web
from entrepot.admin.frame import page
from entrepot.engine.backlog import Pile, backlog
from entrepot.engine.health import health as health_of
from entrepot.payments.inbox_list import waiting_events
from entrepot.web.i18n import gettext as _


@dataclass(frozen=True)
class Line:
    """One sort of waiting work. ``level``: ok, wait or wrong."""

    label: str
    level: str
    count: int
    oldest: datetime | None
    url: str


def health() -> Response:
    runtime = web.runtime()
    return page(
        "admin/health.html",
        title=_("Health"),
        lines=_lines(),
        problems=health_of(runtime).problems(),
        now=runtime.clock.now(),
    )


def _lines() -> list[Line]:
    found, inbox = backlog(), waiting_events()
    facts, jobs = url_for("admin.deliveries"), url_for("admin.jobs")
    return [
        _line(_("Events parked"), found.parked_facts, facts, "wrong"),
        _line(_("Events that failed and are tried again"), found.retrying_facts, facts),
        _line(_("Events on their way"), found.due_facts, facts),
        _line(_("Events not handed out yet"), found.new_facts, facts),
        _line(_("Jobs parked"), found.parked_jobs, jobs, "wrong"),
        _line(_("Jobs that failed and are tried again"), found.retrying_jobs, url_for("admin.jobs", state="due")),
        _line(_("Jobs waiting"), found.due_jobs, url_for("admin.jobs", state="due")),
        _line(
            _("Provider events without a payment"),
            Pile(inbox.count, inbox.oldest),
            url_for("admin.inbox", state="unmatched"),
        ),
    ]


def _line(label: str, pile: Pile, url: str, level: str = "wait") -> Line:
    return Line(label, level if pile.count else "ok", pile.count, pile.oldest, url)
