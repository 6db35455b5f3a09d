"""Stocktaking: the list with a form for a new count, and one count with what is left to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, request, url_for
from sqlalchemy import Select, case, func, or_, select

from entrepot import web
from entrepot.admin.carrying_out import NOTHING_REFUSED, Refused, carry_out, whole_number
from entrepot.admin.frame import Answer, Crumb, missing, page, staff
from entrepot.admin.stock_lines import typed_lines
from entrepot.inventory import counting
from entrepot.inventory.models import StockCount, StockCountLine, Warehouse
from entrepot.inventory.queries import stocked_variant, warehouses
from entrepot.storage.session import reader
from entrepot.web.i18n import gettext as _

SHOWN = 100


def counts() -> Response:
    return _list()


def new_count() -> Answer:
    form = request.form

    def action() -> None:
        skus = form.get("skus", "")
        counting.start(
            web.runtime(),
            warehouse_id=whole_number(form.get("warehouse", ""), _("Warehouse")),
            kind="cycle" if skus.strip() else "full",
            variant_ids=typed_lines(skus),
            blind="blind" in form,
            tolerance=whole_number(form.get("tolerance", ""), _("Tolerance in pieces")),
        )

    return carry_out(action, form="new", done=_("The count is open."), to=url_for("admin.counts"), again=_list)


def count(count_id: int) -> Response:
    return _one(count_id)


def write_count(count_id: int, variant_id: int) -> Answer:
    form = request.form

    def action() -> None:
        counting.write_down(
            count_id,
            variant_id,
            counted=whole_number(form.get("counted", ""), _("Counted")),
            times=whole_number(form.get("times", ""), _("Counted")),
            actor=staff().actor,
        )

    return _step(count_id, _("Written down."), action, form_name=f"line-{variant_id}")


def approve_count(count_id: int) -> Answer:
    def action() -> None:
        counting.approve(web.runtime(), count_id, actor=staff().actor)

    return _step(count_id, _("The differences are booked."), action)


def cancel_count(count_id: int) -> Answer:
    return _step(count_id, _("The count is cancelled."), lambda: counting.cancel(web.runtime(), count_id))


def _step(count_id: int, done: str, action: Callable[[], None], form_name: str = "step") -> Answer:
    to = url_for("admin.count", count_id=count_id)
    return carry_out(action, form=form_name, done=done, to=to, again=lambda refused: _one(count_id, refused))


def _list(refused: Refused = NOTHING_REFUSED) -> Response:
    rows = reader().execute(_counts().order_by(StockCount.id.desc()).limit(SHOWN)).all()
    return page("admin/counts.html", title=_("Counts"), rows=rows, places=warehouses(), refused=refused)


def _one(count_id: int, refused: Refused = NOTHING_REFUSED) -> Response:
    row = reader().execute(_counts().where(StockCount.id == count_id)).one_or_none()
    if row is None:
        return missing(_("There is no such count."))
    left = _left(row.tolerance)
    lines = select(StockCountLine.__table__, stocked_variant.c.sku, case((left, 1), else_=0).label("left"))
    lines = lines.join(stocked_variant, stocked_variant.c.id == StockCountLine.variant_id)
    lines = lines.where(StockCountLine.count_id == count_id)
    how_many = select(func.count()).select_from(StockCountLine).where(StockCountLine.count_id == count_id, left)
    return page(
        "admin/count.html",
        title=_("Count %(number)s", number=count_id),
        trail=(Crumb(_("Counts"), url_for("admin.counts")),),
        row=row,
        lines=reader().execute(lines.order_by(case((left, 0), else_=1), stocked_variant.c.sku).limit(SHOWN)).all(),
        left=reader().scalar(how_many),
        shows_expected=not row.blind or row.state != "open",
        refused=refused,
    )


def _left(tolerance: int) -> Any:
    """Lines that still have to be counted, for the first or the second time: ``counting.wants_recount`` in SQL."""
    difference = func.abs(StockCountLine.counted - StockCountLine.expected)
    return or_(StockCountLine.times == 0, (StockCountLine.times < 2) & (difference > tolerance))


def _counts() -> Select[Any]:
    return select(StockCount.__table__, Warehouse.name.label("warehouse")).join(
        Warehouse, Warehouse.id == StockCount.warehouse_id
    )
