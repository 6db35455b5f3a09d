"""Proposed levels of stock: why, accepted or rejected one by one; how goods are bought."""

from __future__ import annotations

from flask import Response, request, url_for

from entrepot import web
from entrepot.admin.carrying_out import NOTHING_REFUSED, Otherwise, Refused, carry_out, whole_number
from entrepot.admin.frame import Answer, page, staff
from entrepot.inventory.queries import warehouses
from entrepot.markets.queries import store
from entrepot.markets.service import change_store
from entrepot.stock_targets import queries, service
from entrepot.stock_targets.service import SETTING, checked_terms, terms_of
from entrepot.web.i18n import gettext as _
from entrepot.web.i18n import ngettext


def stock_targets() -> Response:
    return _page()


def propose_levels() -> Answer:
    """Look at the sales now; the worker does so every night."""

    def act() -> Otherwise:
        count = service.make_proposals(web.runtime())
        return Otherwise(ngettext("%(num)s proposal is new.", "%(num)s proposals are new.", count), "done")

    return carry_out(act, form="propose", done="", to=_here(), again=_page)


def accept_level(variant_id: int, warehouse_id: int) -> Answer:
    return carry_out(
        lambda: service.accept(web.runtime(), variant_id, warehouse_id, actor=staff().actor),
        form="decide",
        done=_("The levels hold from now on."),
        to=_here(),
        again=_page,
    )


def reject_level(variant_id: int, warehouse_id: int) -> Answer:
    return carry_out(
        lambda: service.reject(web.runtime(), variant_id, warehouse_id, actor=staff().actor),
        form="decide",
        done=_("Rejected. The same is not proposed again."),
        to=_here(),
        again=_page,
    )


def save_terms() -> Answer:
    """How long goods take to come to each warehouse, and how much is bought at once."""

    def act() -> None:
        form = request.form
        service_level = whole_number(form.get("service", ""), _("Lasts in"))
        purchase_days = whole_number(form.get("purchase_days", ""), _("Days bought at once"))
        terms = {
            place.code: checked_terms(
                lead_days=whole_number(form.get(f"lead-{place.id}", ""), place.name),
                purchase_days=purchase_days,
                service=service_level,
            )
            for place in warehouses()
            if place.active
        }
        change_store(settings={SETTING: terms})

    return carry_out(act, form="terms", done=_("Saved. The next proposals go by it."), to=_here(), again=_page)


def _here() -> str:
    return url_for("admin.stock_targets")


def _page(refused: Refused = NOTHING_REFUSED) -> Response:
    settings = store().settings
    places = [(place, terms_of(settings, place.code)) for place in warehouses() if place.active]
    return page(
        "admin/stock_targets.html",
        title=_("Proposed levels"),
        rows=queries.open_proposals(),
        places=places,
        terms=places[0][1] if places else terms_of(settings, ""),
        refused=refused,
    )
