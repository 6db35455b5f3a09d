"""Orders as a file: choose which and what of them, and it is sent as it is read."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from flask import Response, request, stream_with_context, url_for

from entrepot import web
from entrepot.admin.carrying_out import NOTHING_REFUSED, Refused, explained
from entrepot.admin.frame import Answer, Crumb, page, staff
from entrepot.kernel.tables import FORMATS
from entrepot.kernel.texts import N_
from entrepot.markets.queries import store
from entrepot.markets.rules import text
from entrepot.orders.exporting import COLUMNS, Chosen, Column, choose_columns, rows
from entrepot.orders.rules import STATUSES
from entrepot.sdk.errors import EntrepotError
from entrepot.web.i18n import gettext as _

_logger = logging.getLogger(__name__)


def export_orders() -> Response:
    return _page()


def write_orders() -> Answer:
    """The file itself. What was written, and by whom, is logged."""
    form = request.form
    by_line = form.get("rows") == "lines"
    write, content_type = FORMATS.get(form.get("format", ""), FORMATS["csv"])
    try:
        columns = choose_columns(form.getlist("columns"), by_line=by_line, personal=_sees_buyers())
        chosen = Chosen(form.get("status", ""), form.get("market", ""), _day("since"), _day("until"))
        found = rows(columns, chosen, by_line=by_line)
    except EntrepotError as error:
        response = _page(Refused("export", explained(error), form.to_dict()))
        response.status_code = 422
        return response
    names = [column.name for column in columns]
    _logger.info("%s exports orders: %s, columns %s.", staff().email, chosen, ", ".join(names))
    blocks = stream_with_context(write(names, found))
    return Response(blocks, content_type=content_type, headers={"Content-Disposition": _attachment()})


def _page(refused: Refused = NOTHING_REFUSED) -> Response:
    return page(
        "admin/order_export.html",
        title=_("Export orders"),
        trail=(Crumb(_("Orders"), url_for("admin.orders")),),
        statuses=STATUSES,
        chosen=request.args.get("status", ""),
        markets=[(market.code, text(market.name, staff().locale)) for market in store().markets],
        formats=list(FORMATS),
        columns=_offered(),
        personal=_sees_buyers(),
        refused=refused,
    )


def _offered() -> list[Column]:
    return [column for column in COLUMNS.values() if _sees_buyers() or not column.personal]


def _sees_buyers() -> bool:
    return staff().may("customers.view")


def _day(name: str) -> datetime | None:
    typed = request.form.get(name, "")
    try:
        return datetime.strptime(typed, "%Y-%m-%d").replace(tzinfo=UTC) if typed else None
    except ValueError:
        raise EntrepotError(N_("“{typed}” is not a day. Write it like 2026-12-31."), typed=typed) from None


def _attachment() -> str:
    form = request.form
    ending = form.get("format", "") if form.get("format", "") in FORMATS else "csv"
    return f"attachment; filename=orders-{web.runtime().clock.now():%Y-%m-%d}.{ending}"
