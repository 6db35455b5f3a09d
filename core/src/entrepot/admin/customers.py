"""Customers: the list, one with orders and notes, their groups, and what is kept about a person."""

from __future__ import annotations

import json
from collections.abc import Callable

from flask import Response, make_response, redirect, request, url_for

from entrepot import privacy, web
from entrepot.admin.carrying_out import NOTHING_REFUSED, Refused, carry_out, explained
from entrepot.admin.frame import Answer, Crumb, missing, page
from entrepot.customers import queries, service
from entrepot.customers.queries import CustomerView
from entrepot.customers.schemas import LONGEST_NOTE
from entrepot.customers.service import Details
from entrepot.orders.listing import order_list
from entrepot.sdk.errors import EntrepotError
from entrepot.web.i18n import gettext as _

ORDERS = 20


def customers() -> Response:
    return _list()


def create_customer() -> Answer:
    """Enter somebody who has not ordered yet."""
    form = request.form
    details = Details(name=form.get("name", "")[:250], group=form.get("group", ""))
    try:
        customer_id = service.create(web.runtime(), form.get("email", ""), details)
    except EntrepotError as error:
        response = _list(Refused("create", explained(error), form.to_dict()))
        response.status_code = 422
        return response
    return redirect(url_for("admin.customer", customer_id=customer_id), 303)


def customer(customer_id: int) -> Response:
    return _one(customer_id)


def save_customer(customer_id: int) -> Answer:
    form = request.form
    known = queries.customer(customer_id)

    def action() -> None:
        details = Details(
            name=form.get("name", "").strip()[:250],
            phone=form.get("phone", "").strip()[:250],
            locale=known.locale if known else "",
            addresses=known.addresses if known else (),
            group=form.get("group", ""),
            note=form.get("note", "").replace("\r\n", "\n").strip()[:LONGEST_NOTE],
        )
        service.change(customer_id, details)

    return _do(customer_id, action, "save", _("The customer is saved."))


def personal_data(customer_id: int) -> Answer:
    """Everything that is kept about a person, as a file."""
    try:
        kept = privacy.export(customer_id)
    except EntrepotError as error:
        return missing(explained(error))
    response = make_response(json.dumps(kept, ensure_ascii=False, indent=2))
    response.content_type = "application/json"
    response.headers["Content-Disposition"] = f'attachment; filename="customer-{customer_id}.json"'
    return response


def erase_customer(customer_id: int) -> Answer:
    """Forget the person; asks for the address once more, since nothing brings it back."""

    def action() -> None:
        found = queries.customer(customer_id)
        if found is not None and request.form.get("email", "").strip().lower() != found.email:
            raise EntrepotError("Type the customer's e-mail address to erase it. Nothing brings it back.")
        privacy.erase(web.runtime(), customer_id)

    return _do(customer_id, action, "erase", _("The person is erased. The books keep amounts, lines and countries."))


def customer_groups() -> Response:
    return _groups()


def save_group() -> Answer:
    form = request.form
    return _do_group(lambda: service.save_group(form.get("code", "").strip(), form.get("name", "")[:120]), "save")


def delete_group(code: str) -> Answer:
    return _do_group(lambda: service.delete_group(code), "delete")


def _do(customer_id: int, action: Callable[[], None], form: str, done: str) -> Answer:
    return carry_out(
        action,
        form=form,
        done=done,
        to=url_for("admin.customer", customer_id=customer_id),
        again=lambda refused: _one(customer_id, refused),
    )


def _do_group(action: Callable[[], None], form: str) -> Answer:
    return carry_out(action, form=form, done=_("Done."), to=url_for("admin.customer_groups"), again=_groups)


def _list(refused: Refused = NOTHING_REFUSED) -> Response:
    q, group = request.args.get("q", "").strip()[:100], request.args.get("group", "")
    found = queries.customer_list(q=q, group=group, cursor=request.args.get("cursor", "")[:18])
    cursor = found.next_cursor
    return page(
        "admin/customers.html",
        title=_("Customers"),
        q=q,
        group=group,
        groups=queries.groups(),
        rows=found.rows,
        next_url=url_for("admin.customers", q=q or None, group=group or None, cursor=cursor) if cursor else "",
        refused=refused,
    )


def _one(customer_id: int, refused: Refused = NOTHING_REFUSED) -> Response:
    found = queries.customer(customer_id)
    if found is None:
        return missing(_("There is no such customer. Reload the list."))
    return page(
        "admin/customer.html",
        title=found.name or found.email,
        trail=(Crumb(_("Customers"), url_for("admin.customers")),),
        customer=found,
        groups=queries.groups(),
        orders=_orders(found),
        most=ORDERS,
        refused=refused,
    )


def _orders(found: CustomerView) -> object:
    return order_list(email=found.email, limit=ORDERS).rows


def _groups(refused: Refused = NOTHING_REFUSED) -> Response:
    return page(
        "admin/customer_groups.html",
        title=_("Customer groups"),
        trail=(Crumb(_("Customers"), url_for("admin.customers")),),
        groups=queries.groups(),
        refused=refused,
    )
