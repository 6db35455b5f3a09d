"""Payouts: what a payment provider sent to the bank, explained line by line, with nothing left over."""

from __future__ import annotations

from flask import Response, request, url_for

from entrepot import web
from entrepot.admin.carrying_out import NOTHING_REFUSED, Refused, carry_out
from entrepot.admin.frame import Answer, Crumb, missing, page, staff
from entrepot.ledger import payout_files, payouts
from entrepot.ledger.reconciliation import latest_payouts, payout_report
from entrepot.sdk.errors import EntrepotError
from entrepot.web.i18n import gettext as _


def payout_list() -> Response:
    return _list()


def import_payouts() -> Answer:
    """Take in a CSV file. Again, it only tries once more what is open."""
    return carry_out(
        _take_in, form="import", done=_("The payouts are imported."), to=url_for("admin.payout_list"), again=_list
    )


def payout(payout_id: str) -> Response:
    return _one(payout_id)


def match_payout(payout_id: str) -> Answer:
    def action() -> None:
        payouts.match_again(web.runtime(), payout_id)

    return carry_out(
        action,
        form="match",
        done=_("Open lines were compared with all payments once more."),
        to=url_for("admin.payout", payout_id=payout_id),
        again=lambda refused: _one(payout_id, refused),
    )


def _take_in() -> None:
    file, form = request.files.get("file"), request.form
    if file is None or not file.filename:
        raise EntrepotError("Choose a file first.")
    profile = payout_files.PROFILES.get(form.get("profile", ""), payout_files.PROFILES["own"])
    try:
        text = file.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise EntrepotError("The file is not UTF-8 text. Save it as CSV in UTF-8.") from None
    runtime = web.runtime()
    account = runtime.accounts.get(form.get("account", ""))
    settlements = payout_files.read_payouts(text, profile)
    payouts.take_in(runtime, account.id, settlements, source=file.filename[-200:], actor=staff().actor)


def _list(refused: Refused = NOTHING_REFUSED) -> Response:
    return page(
        "admin/payouts.html",
        title=_("Payouts"),
        payouts=latest_payouts(),
        accounts=web.runtime().accounts.list("payment", enabled_only=False),
        profiles=list(payout_files.PROFILES),
        refused=refused,
    )


def _one(payout_id: str, refused: Refused = NOTHING_REFUSED) -> Response:
    report = payout_report(payout_id)
    if report is None:
        return missing(_("There is no such payout."))
    return page(
        "admin/payout.html",
        title=report.reference,
        trail=(Crumb(_("Payouts"), url_for("admin.payout_list")),),
        report=report,
        refused=refused,
    )
