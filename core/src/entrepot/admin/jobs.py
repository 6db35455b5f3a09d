"""Background work: queued jobs with their tries, and jobs that repeat with their last and next run."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, request, url_for

from entrepot import web
from entrepot.admin.carrying_out import NOTHING_REFUSED, Refused, carry_out
from entrepot.admin.frame import Answer, page
from entrepot.admin.instants import typed_instant
from entrepot.admin.job_words import job_label
from entrepot.background import JOBS
from entrepot.engine import queue
from entrepot.engine.jobs import periodic_jobs, run_soon
from entrepot.web.i18n import format_span
from entrepot.web.i18n import gettext as _

STATES = ("parked", "due", "done")
SHOWN = 100


def jobs() -> Response:
    return _page()


def replay_jobs() -> Answer:
    """One job by its id, or those of a kind and a time range."""
    form = request.form

    def action() -> None:
        queue.replay(
            web.runtime(),
            id=form.get("id", ""),
            name=form.get("name", ""),
            since=typed_instant("since"),
            until=typed_instant("until"),
            done_too="done_too" in form and bool(form.get("id") or form.get("since")),
        )

    return _carried(action, _("It is due again; the worker does it in a moment."), "replay")


def run_job(name: str) -> Answer:
    return _carried(lambda: run_soon(web.runtime(), name, JOBS), _("The worker runs it with its next look."), "run")


def _carried(action: Callable[[], None], done: str, form: str) -> Answer:
    return carry_out(action, form=form, done=done, to=url_for("admin.jobs"), again=_page)


def _page(refused: Refused = NOTHING_REFUSED) -> Response:
    state = request.args.get("state", "")
    state = state if state in STATES else STATES[0]
    return page(
        "admin/jobs.html",
        title=_("Background work"),
        state=state,
        tabs=[(name, url_for("admin.jobs", state=name)) for name in STATES],
        queued=queue.queued(state=state, limit=SHOWN),
        names=queue.names(),
        periodic=periodic_jobs(web.runtime(), JOBS),
        label=job_label,
        span=format_span,
        refused=refused,
    )
