"""Editing an order: what is to be changed, what that changes in money, and the confirmation of exactly that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from flask import Response, request, url_for

from entrepot import web
from entrepot.admin.carrying_out import NOTHING_REFUSED, Refused, amount, carry_out, explained, whole_number
from entrepot.admin.frame import Answer, Crumb, missing, page, staff
from entrepot.editing import service
from entrepot.editing.queries import edits_of
from entrepot.editing.rules import CAUSES, Edit
from entrepot.editing.service import Agreed, Preview
from entrepot.kernel.address import Address
from entrepot.kernel.country import COUNTRIES
from entrepot.kernel.money import InvalidAmount, Money
from entrepot.orders.queries import order_view
from entrepot.sdk.errors import EntrepotError
from entrepot.sdk.readmodels import OrderView
from entrepot.shop.paying import return_url
from entrepot.web.i18n import gettext as _

FORM = "edit"
ROWS_FOR_NEW_LINES = 3
_PIECES, _SKU, _NEW, _ADDRESS = "pieces-", "sku-", "new-", "address-"


def edit_order(number: str) -> Response:
    return _page(number)


def do_edit(number: str) -> Answer:
    """Show what the edit would do; when that was agreed to, do it."""
    if request.form.get("step") != "confirm":
        return _preview(number)

    def action() -> None:
        order = _order(number)
        expected = Money.exactly(request.form.get("expected", ""), order.currency)
        agreed = Agreed(expected, request.form.get("version", ""), f"edit-{_key()}")
        service.confirm(web.runtime(), number, _edit(order), agreed, actor=staff().actor, return_url=return_url)

    return carry_out(
        action,
        form=FORM,
        done=_("The order is edited."),
        to=url_for("admin.order", number=number),
        again=lambda refused: _page(number, refused),
    )


def _preview(number: str) -> Answer:
    typed = request.form.to_dict()
    try:
        seen = service.preview(web.runtime(), number, _edit(_order(number)))
    except (EntrepotError, InvalidAmount) as error:
        answer = _page(number, Refused(FORM, explained(error), typed, getattr(error, "fields", {})))
        answer.status_code = 422
        return answer
    return _page(number, Refused(FORM, "", typed), seen)


def _page(number: str, refused: Refused = NOTHING_REFUSED, preview: Preview | None = None) -> Response:
    order = order_view(number=number)
    if order is None:
        return missing(_("There is no order %(number)s. Check the number.", number=number))
    return page(
        "admin/order_edit.html",
        title=_("Edit order %(number)s", number=number),
        trail=(Crumb(_("Orders"), url_for("admin.orders")), Crumb(number, url_for("admin.order", number=number))),
        order=order,
        preview=preview,
        differences=[(row, _because(row.cause, row.values)) for row in preview.differences] if preview else [],
        edits=edits_of(number),
        address=order.shipping_address.as_dict(),
        countries=sorted(COUNTRIES),
        new_rows=range(1, ROWS_FOR_NEW_LINES + 1),
        refused=refused,
        form=FORM,
    )


def _because(cause: str, values: Mapping[str, str]) -> str:
    return _(CAUSES[cause]).format_map(values)


def _order(number: str) -> OrderView:
    found = order_view(number=number)
    if found is None:
        raise EntrepotError("There is no order {number}. Check the number.", number=number)
    return found


def _edit(order: OrderView) -> Edit:
    """What the form asks for; empty fields change nothing."""
    form = request.form
    typed = form.get("adjustment", "").strip()
    return Edit(
        reason=form.get("reason", ""),
        quantities=_quantities(),
        added=tuple(_added()),
        address=_address(order.shipping_address),
        adjustment=amount(typed, order.currency) if typed else None,
    )


def _quantities() -> dict[str, int]:
    typed = {name: text for name, text in request.form.items() if name.startswith(_PIECES) and text.strip()}
    wanted = {name.removeprefix(_PIECES): whole_number(text, _("Pieces")) for name, text in typed.items()}
    if any(pieces < 0 for pieces in wanted.values()):
        raise EntrepotError("Pieces are never below zero. Enter 0 to remove a line.")
    return wanted


def _added() -> list[tuple[str, int]]:
    rows = []
    for row in range(1, ROWS_FOR_NEW_LINES + 1):
        sku = request.form.get(f"{_SKU}{row}", "").strip()
        if sku:
            rows.append((sku, whole_number(request.form.get(f"{_NEW}{row}", "") or "1", _("Pieces"))))
    return rows


def _address(known: Address) -> Address:
    """The address with what was typed; a field that the form does not hold stays."""
    values = known.as_dict()
    typed = {field.name: request.form.get(_ADDRESS + field.name) for field in fields(Address)}
    return Address.from_dict({**values, **{name: text.strip() for name, text in typed.items() if text is not None}})


def _key() -> str:
    key = request.form.get("key", "").strip()
    if not key or len(key) > 80:
        raise EntrepotError("The form carries no key. Reload the page and send it again.")
    return key
