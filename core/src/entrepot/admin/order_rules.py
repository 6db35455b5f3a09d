"""Rules that orders follow by themselves: money that comes late, and when a delivered order is complete."""

from __future__ import annotations

from flask import Response, request, url_for

from entrepot.admin.carrying_out import NOTHING_REFUSED, Refused, carry_out, whole_number
from entrepot.admin.frame import Answer, page
from entrepot.markets.queries import store
from entrepot.markets.service import change_store
from entrepot.orders import late
from entrepot.orders.fulfilment import auto_complete_days
from entrepot.sdk.errors import EntrepotError
from entrepot.web.i18n import gettext as _

FORM = "rules"


def order_rules() -> Response:
    return _page()


def save_order_rules() -> Answer:
    def action() -> None:
        days = whole_number(request.form.get("auto_complete_days", ""), _("Days"))
        if not 0 < days <= 365:
            raise EntrepotError("Enter between 1 and 365 days.")
        choice = late.chosen({"paid_late": request.form.get("paid_late")})
        change_store(settings={"paid_late": choice, "auto_complete_days": days})

    to = url_for("admin.order_rules")
    return carry_out(action, form=FORM, done=_("The rules are saved."), to=to, again=_page)


def _page(refused: Refused = NOTHING_REFUSED) -> Response:
    settings = store().settings
    return page(
        "admin/order_rules.html",
        title=_("Order rules"),
        choices=late.CHOICES,
        chosen=late.chosen(settings),
        days=auto_complete_days(settings),
        refused=refused,
        form=FORM,
    )
