"""The first page: what needs a person now, orders by stage, the latest orders."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, url_for

from entrepot import web
from entrepot.admin.frame import frame, page, staff
from entrepot.admin.waiting import Waiting, orders_by_status, payments_to_look_at
from entrepot.engine.registry import Registry
from entrepot.orders.attention import waiting_orders
from entrepot.orders.listing import order_list
from entrepot.orders.rules import STATUSES
from entrepot.web.i18n import gettext as _
from entrepot.web.i18n import ngettext

LATEST = 8


@dataclass(frozen=True)
class Task:
    """Something that waits for a person, and where to do it. ``level``: todo or wrong."""

    level: str
    text: str
    url: str
    detail: str = ""
    #: Where a cancelled order that was paid late is taken up again.
    take_up_url: str = ""


def home() -> Response:
    may_see_orders = staff().may("orders.view")
    counts = orders_by_status() if may_see_orders else {}
    return page(
        "admin/home.html",
        title=_("Today"),
        tasks=_tasks(counts, frame().waiting, web.runtime().registry),
        counts=[(status, counts[status], url_for("admin.orders", status=status)) for status in STATUSES if counts],
        latest=order_list(limit=LATEST).rows if may_see_orders else (),
        may_see_orders=may_see_orders,
    )


def _tasks(counts: dict[str, int], waiting: Waiting, registry: Registry) -> list[Task]:
    """Wrong things first, then work."""
    tasks = [*_order_tasks(waiting), *_payment_tasks(waiting), *_machine_tasks(waiting, registry)]
    if to_ship := counts.get("to_ship", 0):
        text = ngettext("%(num)s order to ship", "%(num)s orders to ship", to_ship)
        tasks.append(Task("todo", text, url_for("admin.orders", status="to_ship")))
    return tasks


def _order_tasks(waiting: Waiting) -> list[Task]:
    if not waiting.orders:
        return []
    return [
        Task("wrong", _("Order %(number)s needs a person", number=number), _order_url(number), why)
        for number, why in waiting_orders()
    ]


def _payment_tasks(waiting: Waiting) -> list[Task]:
    if not waiting.payments:
        return []
    return [
        Task(
            "wrong",
            _("Order %(number)s: look at its payment", number=number),
            _order_url(number),
            why,
            take_up_url=url_for("admin.take_up", number=number) if is_late and staff().may("orders.cancel") else "",
        )
        for number, why, is_late in payments_to_look_at()
    ]


def _machine_tasks(waiting: Waiting, registry: Registry) -> list[Task]:
    tasks = []
    if waiting.stock_sources:
        text = ngettext(
            "%(num)s source of stock is silent", "%(num)s sources of stock are silent", waiting.stock_sources
        )
        tasks.append(Task("wrong", text, url_for("admin.stock_sources")))
    if waiting.plugins:
        text = ngettext("%(num)s plugin failed", "%(num)s plugins failed", waiting.plugins)
        names = ", ".join(sorted(registry.failed))
        tasks.append(Task("wrong", text, url_for("admin.plugins"), names))
    if waiting.accounts:
        text = ngettext("%(num)s account is paused", "%(num)s accounts are paused", waiting.accounts)
        tasks.append(Task("wrong", text, url_for("admin.accounts")))
    if waiting.messages:
        text = ngettext("%(num)s message was not sent", "%(num)s messages were not sent", waiting.messages)
        tasks.append(Task("wrong", text, url_for("admin.messages", state="failed")))
    if waiting.deliveries:
        text = ngettext("%(num)s delivery is parked", "%(num)s deliveries are parked", waiting.deliveries)
        tasks.append(Task("wrong", text, url_for("admin.deliveries")))
    if waiting.jobs:
        text = ngettext("%(num)s job is parked", "%(num)s jobs are parked", waiting.jobs)
        tasks.append(Task("wrong", text, url_for("admin.jobs")))
    if waiting.webhooks:
        text = ngettext(
            "%(num)s webhook endpoint was disabled", "%(num)s webhook endpoints were disabled", waiting.webhooks
        )
        tasks.append(Task("wrong", text, url_for("admin.webhooks")))
    return tasks


def _order_url(number: str) -> str:
    return url_for("admin.order", number=number)
