"""Stock: the list, and one variant's stock with its movements and a form to correct it."""

from __future__ import annotations

from flask import Response, request, url_for

from entrepot import web
from entrepot.admin.carrying_out import NOTHING_REFUSED, Refused, amount, carry_out, whole_number
from entrepot.admin.frame import Answer, Crumb, missing, page, staff
from entrepot.admin.stock_list import movements_of, stock_list, stock_of
from entrepot.inventory import adjusting, awaiting
from entrepot.inventory.stock import Cost
from entrepot.inventory.thresholds import thresholds_of
from entrepot.inventory.transfers import in_transit
from entrepot.markets.queries import known_store
from entrepot.stock_sources.queries import last_synced
from entrepot.web.i18n import gettext as _


def stock() -> Response:
    q = request.args.get("q", "").strip()[:100]
    found = stock_list(q=q, locale=staff().locale, cursor=request.args.get("cursor", ""))
    next_url = url_for("admin.stock", q=q or None, cursor=found.next_cursor) if found.next_cursor else ""
    return page("admin/stock.html", title=_("Stock"), q=q, found=found, next_url=next_url, synced=last_synced())


def stock_item(variant_id: int) -> Response:
    return item_page(variant_id)


def adjust_stock(variant_id: int, warehouse_id: int) -> Answer:
    form = request.form

    def action() -> None:
        adjusting.adjust(
            web.runtime(),
            variant_id=variant_id,
            warehouse_id=warehouse_id,
            kind=form.get("kind", ""),
            pieces=whole_number(form.get("pieces", ""), _("Pieces")),
            reason=form.get("reason", ""),
            seen=whole_number(form.get("seen", ""), _("Stock")),
            actor=staff().actor,
            cost=_cost(form.get("goods_cost", ""), form.get("landing_cost", "")),
        )

    return carry_out(
        action,
        form=f"adjust-{warehouse_id}",
        done=_("The movement is booked."),
        to=url_for("admin.stock_item", variant_id=variant_id),
        again=lambda refused: item_page(variant_id, refused),
    )


def _cost(goods: str, landing: str) -> Cost | None:
    """None when nobody said what the goods cost."""
    currency = known_store().base_currency
    if not goods.strip() and not landing.strip():
        return None
    return Cost(amount(goods.strip() or "0", currency).minor, amount(landing.strip() or "0", currency).minor)


def item_page(variant_id: int, refused: Refused = NOTHING_REFUSED) -> Response:
    """One variant's stock; ``refused`` is the form that could not be carried out."""
    found = stock_of(variant_id, staff().locale)
    if found is None:
        return missing(_("There is no such variant. It may have been replaced by an import."))
    row, places = found
    return page(
        "admin/stock_item.html",
        title=row.sku,
        trail=(Crumb(_("Stock"), url_for("admin.stock")),),
        row=row,
        places=list(zip(places, row.levels, strict=True)),
        movements=movements_of(variant_id),
        kinds=list(adjusting.BY_HAND),
        thresholds=thresholds_of(variant_id),
        in_transit=in_transit([variant_id]).get(variant_id, 0),
        policy=awaiting.policy_of(variant_id),
        policies=awaiting.KINDS,
        currency=known_store().base_currency,
        refused=refused,
    )
