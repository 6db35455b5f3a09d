"""Transfers between warehouses: the list with a form for a new one, and one transfer with its next step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, request, url_for
from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from entrepot import web
from entrepot.admin.carrying_out import NOTHING_REFUSED, Refused, carry_out, whole_number
from entrepot.admin.frame import Answer, Crumb, missing, page, staff
from entrepot.admin.stock_lines import typed_lines
from entrepot.inventory import transfers as inventory
from entrepot.inventory.models import Transfer, TransferLine, Warehouse
from entrepot.inventory.queries import stocked_variant, warehouses
from entrepot.storage.session import reader
from entrepot.web.i18n import gettext as _

SHOWN = 100
_source, _target = aliased(Warehouse), aliased(Warehouse)


def transfers() -> Response:
    return _list()


def new_transfer() -> Answer:
    form = request.form

    def action() -> None:
        inventory.draft(
            web.runtime(),
            source_id=whole_number(form.get("source", ""), _("From")),
            target_id=whole_number(form.get("target", ""), _("To")),
            lines=typed_lines(form.get("lines", "")),
            note=form.get("note", ""),
        )

    return carry_out(action, form="new", done=_("The transfer is drafted."), to=url_for("admin.transfers"), again=_list)


def transfer(transfer_id: int) -> Response:
    return _one(transfer_id)


def send_transfer(transfer_id: int) -> Answer:
    return _step(
        transfer_id,
        _("The goods are on their way."),
        lambda: inventory.send(web.runtime(), transfer_id, actor=staff().actor),
    )


def receive_transfer(transfer_id: int) -> Answer:
    form = request.form

    def action() -> None:
        fields = {int(name[1:]): typed for name, typed in form.items() if name[:1] == "v" and name[1:].isdigit()}
        inventory.receive(
            web.runtime(),
            transfer_id,
            arrived={variant_id: whole_number(typed or "0", _("Arrived")) for variant_id, typed in fields.items()},
            seen=whole_number(form.get("seen", ""), _("Arrived")),
            actor=staff().actor,
        )

    return _step(transfer_id, _("What arrived is in stock."), action)


def close_transfer(transfer_id: int) -> Answer:
    reason = request.form.get("reason", "")
    return _step(
        transfer_id,
        _("The transfer is closed."),
        lambda: inventory.close(web.runtime(), transfer_id, reason=reason, actor=staff().actor),
    )


def cancel_transfer(transfer_id: int) -> Answer:
    return _step(transfer_id, _("The transfer is cancelled."), lambda: inventory.cancel(web.runtime(), transfer_id))


def _step(transfer_id: int, done: str, action: Callable[[], None]) -> Answer:
    to = url_for("admin.transfer", transfer_id=transfer_id)
    return carry_out(action, form="step", done=done, to=to, again=lambda refused: _one(transfer_id, refused))


def _list(refused: Refused = NOTHING_REFUSED) -> Response:
    rows = reader().execute(_transfers().order_by(Transfer.id.desc()).limit(SHOWN)).all()
    places = [place for place in warehouses() if place.active]
    return page("admin/transfers.html", title=_("Transfers"), rows=rows, places=places, refused=refused)


def _one(transfer_id: int, refused: Refused = NOTHING_REFUSED) -> Response:
    row = reader().execute(_transfers().where(Transfer.id == transfer_id)).one_or_none()
    if row is None:
        return missing(_("There is no such transfer."))
    columns = select(TransferLine.__table__, stocked_variant.c.sku)
    lines = reader().execute(
        columns.join(stocked_variant, stocked_variant.c.id == TransferLine.variant_id)
        .where(TransferLine.transfer_id == transfer_id)
        .order_by(stocked_variant.c.sku)
    )
    return page(
        "admin/transfer.html",
        title=_("Transfer %(number)s", number=transfer_id),
        trail=(Crumb(_("Transfers"), url_for("admin.transfers")),),
        row=row,
        lines=lines.all(),
        refused=refused,
    )


def _transfers() -> Select[Any]:
    return (
        select(Transfer.__table__, _source.name.label("source"), _target.name.label("target"))
        .join(_source, _source.id == Transfer.source_id)
        .join(_target, _target.id == Transfer.target_id)
    )
