"""What the answer to one operation names in others: from a cart to its lines, from an order to its parcels and returns.

Written into the OpenAPI document as links, for people who read on and for programs that go on by themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Link:
    """Where a value of an answer goes: parts of the address, or fields of the body, of each of the operations."""

    to: tuple[str, ...]
    parameters: Mapping[str, str]
    body: Mapping[str, Any] | None = None


def _link(*to: str, **answered: str) -> Link:
    """``token="token"`` takes the part of the address of that name from that place of the answer."""
    return Link(to, {name: f"$response.body#/{place}" for name, place in answered.items()})


_CART = (
    _link(
        "read_cart", "change_cart", "set_address", "add_line", "add_coupon", "add_credit", "read_prices",
        "list_shipping_options", "choose_shipping", "list_payment_methods", "create_quote",
        token="token",
    ),
)  # fmt: skip
_QUOTED = (
    Link(("read_quote",), {"token": "$request.path.token", "quote_id": "$response.body#/id"}),
    Link(
        ("place_order",),
        {},
        {"cart": "$request.path.token", "quote": "$response.body#/id", "expected_total": "$response.body#/total"},
    ),
)
_LINE = {"lines": [{"line": "$response.body#/lines/0/id"}]}
_BUYERS_ORDER = (
    _link(
        "read_buyers_order", "start_payment", "cancel_own_order", "list_own_documents", "read_returnable",
        token="token",
    ),
    Link(("request_return",), {"token": "$response.body#/token"}, _LINE),
)  # fmt: skip
_ORDER = (
    _link(
        "read_order", "cancel_order", "complete_order", "reallocate_order", "let_order_go", "take_up_order",
        "ship_parcel", "list_documents", "list_edits", "preview_edit", "edit_order",
        number="number",
    ),
    Link(("enter_return",), {"number": "$response.body#/number"}, _LINE),
)  # fmt: skip
_PAYMENT = (
    _link(
        "read_payment", "fetch_payment", "capture_payment", "void_payment", "confirm_payment", "create_refund",
        "list_refunds", "list_disputes",
        payment_id="id",
    ),
)  # fmt: skip
_RETURN = (
    _link(
        "read_return", "approve_return", "decline_return", "receive_return", "preview_return", "settle_return",
        "finish_return",
        number="number",
    ),
)  # fmt: skip
_CUSTOMER = (_link("read_customer", "change_customer", "export_customer", "erase_customer", customer_id="id"),)
_CREDIT = (_link("read_credit", "block_credit", credit_id="id"),)
_TRANSFER = (
    _link("read_transfer", "send_transfer", "receive_transfer", "close_transfer", "cancel_transfer", transfer_id="id"),
)
_COUNT = (_link("read_count", "approve_count", "cancel_count", count_id="id"),)
_WEBHOOK = (
    _link(
        "read_webhook", "change_webhook", "delete_webhook", "rotate_webhook_secret", "list_webhook_messages",
        "replay_webhook",
        endpoint_id="id",
    ),
)  # fmt: skip

#: From the operation that answers to what can be done with what it names. Lists are left out: they may be empty.
LINKS: Mapping[str, tuple[Link, ...]] = {
    "create_cart": _CART,
    "set_address": _CART,
    "add_line": (
        *_CART,
        Link(("set_quantity", "remove_line"), {"token": "$response.body#/token", "sku": "$request.body#/sku"}),
    ),
    "create_quote": _QUOTED,
    "place_order": (*_BUYERS_ORDER, *_ORDER),
    "read_order": (*_BUYERS_ORDER, *_ORDER),
    "ship_parcel": _ORDER,
    "start_payment": _PAYMENT,
    "read_payment": _PAYMENT,
    "request_return": _RETURN,
    "enter_return": _RETURN,
    "receive_return": _RETURN,
    "preview_return": (
        Link(
            ("settle_return",),
            {"number": "$request.path.number"},
            {"digest": "$response.body#/digest", "expected": "$response.body#/owed"},
        ),
    ),
    "create_customer": _CUSTOMER,
    "save_customer_group": (_link("read_customer_group", "delete_customer_group", code="code"),),
    "issue_credit": _CREDIT,
    "draft_transfer": _TRANSFER,
    "send_transfer": _TRANSFER,
    "start_count": _COUNT,
    "create_webhook": _WEBHOOK,
    "upload_file": (_link("read_import", "run_import", "read_failed_rows", import_id="id"),),
    "upload_orders": (
        _link(
            "read_order_import", "name_columns", "run_order_import", "read_failed_order_rows", "undo_order_import",
            import_id="id",
        ),
    ),
    "save_profile": (_link("forget_profile", name="name"),),
    "save_product_record": (_link("read_product_record", "read_product", slug="slug"),),
    "save_category_record": (_link("read_category_record", slug="slug"),),
    "save_promotion": (_link("read_promotion", "end_promotion", code="code"),),
    "save_cut": (_link("end_cut", code="code"),),
    "save_market": (_link("read_market", code="code"),),
    "save_warehouse": (_link("read_warehouse", code="code"),),
    "save_price_list": (_link("read_price_list", "recompute_price_list", code="code"),),
    "count_stock": (_link("read_stock", "read_stock_policy", "save_stock_policy", sku="sku"),),
}  # fmt: skip


def with_links(document: dict[str, Any]) -> dict[str, Any]:
    """The OpenAPI document with the links in its answers of success; KeyError where an operation does not exist."""
    operations = {operation["operationId"]: operation for operation in _operations(document)}
    for source, links in LINKS.items():
        answers = operations[source]["responses"]
        success = next(status for status in answers if status.startswith("2"))
        answers[success]["links"] = {
            operations[target]["operationId"]: _written(target, link) for link in links for target in link.to
        }
    return document


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document["paths"].values():
        yield from (operation for operation in path.values() if "operationId" in operation)


def _written(target: str, link: Link) -> dict[str, Any]:
    written: dict[str, Any] = {"operationId": target, "parameters": dict(link.parameters)}
    return {**written, "requestBody": dict(link.body)} if link.body else written
