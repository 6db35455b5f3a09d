"""Imports: upload a product file, read what it would do, then let it."""

from __future__ import annotations

from flask import Response, redirect, request, send_file, url_for

from entrepot import web
from entrepot.admin.carrying_out import NOTHING_REFUSED, Refused, carry_out, explained
from entrepot.admin.frame import Answer, Crumb, missing, page, staff
from entrepot.admin.product_list import price_lists
from entrepot.admin.uploads import Choices, Uploads
from entrepot.catalog.importing import runs
from entrepot.catalog.importing.formats import FORMATS
from entrepot.inventory.queries import warehouses
from entrepot.sdk.errors import EntrepotError
from entrepot.web.i18n import LOCALES, language_name
from entrepot.web.i18n import gettext as _

LATEST = 20


def imports() -> Response:
    return _page()


def upload() -> Answer:
    """Keep the file and show what its import would do."""
    form = request.form
    choices = Choices(
        format=form.get("format", ""),
        price_list=form.get("price_list", ""),
        warehouse=form.get("warehouse", ""),
        locale=form.get("locale", ""),
    )
    try:
        upload_id = Uploads(web.runtime()).take(request.files.get("file"), choices, actor=staff().actor)
    except EntrepotError as error:
        response = _page(Refused("upload", explained(error), form.to_dict()))
        response.status_code = 422
        return response
    return redirect(url_for("admin.upload_report", upload_id=upload_id), 303)


def upload_report(upload_id: str) -> Response:
    return _report_page(upload_id)


def run_import(upload_id: str) -> Answer:
    return carry_out(
        lambda: Uploads(web.runtime()).run(upload_id, actor=staff().actor),
        form="run",
        done=_("The import is finished."),
        to=url_for("admin.upload_report", upload_id=upload_id),
        again=lambda refused: _report_page(upload_id, refused),
    )


def failed_rows(upload_id: str) -> Answer:
    """The rows that were not taken, with the reasons, to correct and upload again."""
    found = Uploads(web.runtime()).find(upload_id)
    if found is None or found.failed_rows is None:
        return missing(_("There are no failed rows, or the file is no longer kept. Upload it again."))
    return send_file(found.failed_rows, "text/csv", as_attachment=True, download_name=f"failed-{found.file_name}.csv")


def _page(refused: Refused = NOTHING_REFUSED) -> Response:
    return page(
        "admin/imports.html",
        title=_("Imports"),
        formats=list(FORMATS),
        price_lists=price_lists(),
        warehouses=[warehouse for warehouse in warehouses() if warehouse.active],
        languages=[(locale, language_name(locale)) for locale in LOCALES],
        runs=runs.latest(LATEST),
        may_import_orders=staff().may("orders.import"),
        refused=refused,
    )


def _report_page(upload_id: str, refused: Refused = NOTHING_REFUSED) -> Response:
    found = Uploads(web.runtime()).find(upload_id)
    if found is None:
        return missing(_("This file is no longer kept. Upload it again."))
    return page(
        "admin/upload.html",
        title=found.file_name,
        trail=(Crumb(_("Imports"), url_for("admin.imports")),),
        upload=found,
        report=found.report,
        refused=refused,
    )
