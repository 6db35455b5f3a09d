"""Edits of orders in the API, for the merchant."""

from __future__ import annotations

from typing import Any

from entrepot import web
from entrepot.api import context
from entrepot.api.operations import Once, Resource
from entrepot.editing import queries, service
from entrepot.editing.rules import Edit
from entrepot.editing.schemas import (
    ConfirmedEditSchema,
    EditedOrderSchema,
    EditListSchema,
    EditSchema,
    PreviewSchema,
)
from entrepot.editing.service import Agreed
from entrepot.kernel.address import Address
from entrepot.orders.errors import OrderNotFound
from entrepot.orders.queries import id_of
from entrepot.orders.rest import staff_json

edits = Resource("Edits", __name__, "Changes of an order after it was placed.")
resources = (edits,)

_VIEW, _EDIT = "orders.view", "orders.edit"


@edits.operation("GET", "/orders/<number>/edits", answer=EditListSchema, scope=_VIEW)
def list_edits(number: str) -> dict[str, Any]:
    """What was changed of an order, oldest first"""
    if id_of(number) is None:
        raise OrderNotFound(number)
    return {"items": queries.edits_of(number)}


@edits.operation("POST", "/orders/<number>/edits/preview", answer=PreviewSchema, body=EditSchema, scope=_EDIT)
def preview_edit(body: dict[str, Any], number: str) -> dict[str, Any]:
    """What an edit would change; nothing is written"""
    seen = service.preview(web.runtime(), number, _edit(body))
    return {
        "version": seen.version,
        "total_before": seen.total_before,
        "total": seen.total,
        "difference": seen.difference,
        "differences": seen.differences,
        "collect": seen.money.collect,
        "refund": seen.money.refund,
    }


@edits.operation(
    "POST", "/orders/<number>/edits", answer=EditedOrderSchema, status=201, body=ConfirmedEditSchema, scope=_EDIT,
    once=Once.CLAIM, key_required=True,
)  # fmt: skip
def edit_order(body: dict[str, Any], number: str) -> dict[str, Any]:
    """Carry an edit out as it was previewed"""
    edit_id = service.confirm(
        web.runtime(),
        number,
        _edit(body),
        Agreed(body["expected_difference"], body["version"], context.request_key()),
        actor=context.actor(),
        return_url=context.payment_return_url,
    )
    return {**staff_json(number), "edit": edit_id}


def _edit(body: dict[str, Any]) -> Edit:
    address = body["shipping_address"]
    return Edit(
        reason=body["reason"],
        quantities={line["line"]: line["quantity"] for line in body["lines"]},
        added=tuple((line["sku"], line["quantity"]) for line in body["added"]),
        address=Address(**address) if address else None,
        adjustment=body["adjustment"],
    )
