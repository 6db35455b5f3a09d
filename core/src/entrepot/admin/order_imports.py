"""Orders of other channels: upload a file, name its columns, read what it would do, let it, take the batch back."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, redirect, request, send_file, url_for

from entrepot import web
from entrepot.admin.carrying_out import NOTHING_REFUSED, Otherwise, Refused, carry_out, explained
from entrepot.admin.frame import Answer, Crumb, missing, page, staff
from entrepot.admin.uploads import ORDERS, Choices, Upload, Uploads, with_profile
from entrepot.catalog.importing import runs
from entrepot.catalog.importing.runs import ImportRun
from entrepot.engine import queue
from entrepot.markets.queries import known_store
from entrepot.order_import import queries
from entrepot.order_import.columns import ALWAYS, FIELDS, guess
from entrepot.order_import.importer import CHANNEL, KIND
from entrepot.order_import.profiles import forget_profile, save_profile
from entrepot.order_import.undoing import UNDO, undo
from entrepot.sdk.errors import EntrepotError
from entrepot.web.i18n import gettext as _
from entrepot.web.i18n import ngettext

LATEST = 20
#: A batch of more orders is taken back by the worker.
AT_ONCE = 100
SHOWN_ORDERS = 200


@dataclass(frozen=True)
class FieldRow:
    """A field and where it comes from: a column, or a value that holds for every row."""

    name: str
    label: str
    is_required: bool
    column: str
    always: str


def order_imports() -> Response:
    return _page()


def upload_orders() -> Answer:
    """Keep the file and show what its import would do, or which columns have to be named."""
    form = request.form
    choices = Choices(market=form.get("market", ""), channel=form.get("channel", "").strip())
    try:
        choices = with_profile(choices, form.get("profile", ""))
        upload_id = _uploads().take(request.files.get("file"), choices, actor=staff().actor)
    except EntrepotError as error:
        response = _page(Refused("upload", explained(error), form.to_dict()))
        response.status_code = 422
        return response
    return redirect(url_for("admin.order_upload", upload_id=upload_id), 303)


def order_upload(upload_id: str) -> Response:
    return _upload_page(upload_id)


def name_columns(upload_id: str) -> Answer:
    """Try again with these columns, and keep them as a profile where a name is given."""
    form = request.form
    columns = {each.name: _said(each.name) for each in FIELDS}
    choices = Choices(market=form.get("market", ""), channel=form.get("channel", "").strip(), columns=columns)

    def act() -> Otherwise | None:
        _uploads().try_again(upload_id, choices, actor=staff().actor)
        if not form.get("profile", "").strip():
            return None
        save_profile(
            web.runtime(),
            form["profile"],
            columns,
            channel=choices.channel,
            market=choices.market,
            actor=staff().actor,
        )
        return Otherwise(_("Tried again. The columns are kept as a profile."), "done")

    return carry_out(
        act,
        form="columns",
        done=_("Tried again with these columns."),
        to=url_for("admin.order_upload", upload_id=upload_id),
        again=lambda refused: _upload_page(upload_id, refused),
    )


def run_order_import(upload_id: str) -> Answer:
    return carry_out(
        lambda: _uploads().run_later(upload_id, actor=staff().actor),
        form="run",
        done=_("The worker imports the file now."),
        to=url_for("admin.order_upload", upload_id=upload_id),
        again=lambda refused: _upload_page(upload_id, refused),
    )


def failed_rows_of_orders(upload_id: str) -> Answer:
    """The rows that were not taken, with the reasons, to correct and upload again."""
    found = _uploads().find(upload_id)
    if found is None or found.failed_rows is None:
        return missing(_("There are no failed rows, or the file is no longer kept. Upload it again."))
    return send_file(found.failed_rows, "text/csv", as_attachment=True, download_name=f"failed-{found.file_name}.csv")


def order_batch(import_id: int) -> Response:
    return _batch_page(import_id)


def undo_batch(import_id: int) -> Answer:
    """Cancel the batch's orders that nobody touched since; many of them by the worker."""

    def act() -> Otherwise | None:
        if len(queries.open_numbers(import_id)) > AT_ONCE:
            queue.enqueue(web.runtime(), UNDO, {"import": import_id, "actor": staff().actor}, subject=str(import_id))
            return Otherwise(_("The worker takes the batch back now. Reload this page to see how far it is."), "note")
        done = undo(web.runtime(), import_id, actor=staff().actor)
        count = len(done.cancelled)
        text = ngettext("%(num)s order was taken back.", "%(num)s orders were taken back.", count)
        if not done.left:
            return Otherwise(text, "done")
        left = ngettext("%(num)s order stays.", "%(num)s orders stay.", len(done.left))
        return Otherwise(f"{text} {left}", "note")

    return carry_out(
        act,
        form="undo",
        done="",
        to=url_for("admin.order_batch", import_id=import_id),
        again=lambda refused: _batch_page(import_id, refused),
    )


def forget_columns() -> Answer:
    return carry_out(
        lambda: forget_profile(request.form.get("name", "")),
        form="forget",
        done=_("The profile is deleted."),
        to=url_for("admin.order_imports"),
        again=_page,
    )


def _uploads() -> Uploads:
    return Uploads(web.runtime(), ORDERS)


def _said(name: str) -> str:
    """What the form says of a field: a value for every row goes before a column."""
    always = request.form.get(f"always-{name}", "").strip()
    return f"{ALWAYS}{always}" if always else request.form.get(f"column-{name}", "")


def _page(refused: Refused = NOTHING_REFUSED) -> Response:
    return page(
        "admin/order_imports.html",
        title=_("Orders from a file"),
        trail=(Crumb(_("Imports"), url_for("admin.imports")),) if staff().may("catalog.import") else (),
        profiles=queries.profiles(),
        markets=known_store().markets,
        batches=[run for run in runs.latest(LATEST * 5) if run.kind == KIND][:LATEST],
        default_channel=CHANNEL,
        refused=refused,
    )


def _upload_page(upload_id: str, refused: Refused = NOTHING_REFUSED) -> Response:
    found = _uploads().find(upload_id)
    if found is None:
        return missing(_("This file is no longer kept. Upload it again."))
    return page(
        "admin/order_upload.html",
        title=found.file_name,
        trail=(Crumb(_("Orders from a file"), url_for("admin.order_imports")),),
        upload=found,
        report=found.report,
        fields=_fields(found, refused),
        markets=known_store().markets,
        refused=refused,
    )


def _fields(found: Upload, refused: Refused) -> list[FieldRow]:
    said = {**guess(found.header), **found.choices.columns}
    rows = []
    for each in FIELDS:
        value = said.get(each.name, "")
        is_fixed = value.startswith(ALWAYS)
        rows.append(
            FieldRow(
                name=each.name,
                label=_(each.label),
                is_required=each.is_required,
                column=refused.value("columns", f"column-{each.name}", "" if is_fixed else value),
                always=refused.value("columns", f"always-{each.name}", value[1:] if is_fixed else ""),
            )
        )
    return rows


def _batch_page(import_id: int, refused: Refused = NOTHING_REFUSED) -> Response:
    run = _batch(import_id)
    if run is None:
        return missing(_("There is no such import of orders. Look it up in the list of imports."))
    orders = queries.orders_of(import_id, SHOWN_ORDERS)
    return page(
        "admin/order_batch.html",
        title=run.file_name,
        trail=(Crumb(_("Orders from a file"), url_for("admin.order_imports")),),
        run=run,
        orders=orders,
        open_orders=len(queries.open_numbers(import_id)),
        staying=sum(1 for order in orders if order.stays),
        shown=SHOWN_ORDERS,
        refused=refused,
    )


def _batch(import_id: int) -> ImportRun | None:
    run = runs.find(import_id)
    return run if run is not None and run.kind == KIND else None
