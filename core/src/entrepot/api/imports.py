"""Imports of products and of orders in the API: upload and try, then run; a batch of orders can be taken back."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import request
from flask_smorest.fields import Upload  # type: ignore[import-untyped]

from entrepot import web
from entrepot.admin.uploads import ORDERS, PRODUCTS, Choices, Uploads, with_profile
from entrepot.admin.uploads import Upload as KeptFile
from entrepot.api import context
from entrepot.api.errors import NotFound
from entrepot.api.fields import ApiSchema, QuerySchema, Text
from entrepot.api.operations import Once, Resource
from entrepot.order_import import profiles as profile_store
from entrepot.order_import.columns import BY_NAME, LONGEST_VALUE
from entrepot.order_import.queries import profiles
from entrepot.order_import.undoing import undo

imports = Resource("Imports", __name__, "Products and orders of other channels from a file.")
resources = (imports,)

_SCOPE = "catalog.import"
LARGEST_FILE = 100_000_000
STATES = ("columns", "tried", "queued", "running", "done", "refused")
_ORDER_SCOPE = "orders.import"


class ImportFileSchema(ma.Schema):
    """The file; which columns it may have says the reference."""

    file = Upload(required=True)


class ImportQuery(QuerySchema):
    """Where prices, stock and texts go; what is left out is decided by file and store."""

    format = Text(most=30, load_default="")
    price_list = Text(most=40, load_default="")
    warehouse = Text(most=40, load_default="")
    locale = Text(most=12, load_default="")


class RowFailureSchema(ApiSchema):
    row = ma.fields.Integer(required=True)
    reason = ma.fields.String(required=True)


class ImportSchema(ApiSchema):
    """``dry_run`` tells what would happen; run it to let it happen."""

    id = ma.fields.String(required=True)
    state = ma.fields.String(required=True, validate=ma.validate.OneOf(STATES))
    error = ma.fields.String(required=True, metadata={"description": "Why the whole file was refused."})
    file_name = ma.fields.String(required=True)
    format = ma.fields.String(required=True)
    dry_run = ma.fields.Boolean(required=True)
    created = ma.fields.Integer(required=True)
    updated = ma.fields.Integer(required=True)
    unchanged = ma.fields.Integer(required=True)
    failed = ma.fields.Integer(required=True)
    failures = ma.fields.List(ma.fields.Nested(RowFailureSchema), required=True)


class ImportListSchema(ApiSchema):
    items = ma.fields.List(ma.fields.Nested(ImportSchema), required=True)


class FailedRowsSchema(ApiSchema):
    csv = ma.fields.String(required=True, metadata={"description": "Empty when every row was taken."})


class RunQuery(QuerySchema):
    """``background`` has the worker do it; read the import to see how far it is."""

    background = ma.fields.Boolean(load_default=False)


@imports.operation("GET", "/imports", answer=ImportListSchema, scope=_SCOPE)
def list_imports() -> dict[str, Any]:
    """Files of the last seven days, the newest first"""
    return {"items": [_plain(found) for found in Uploads(web.runtime()).listed()]}


@imports.operation(
    "POST", "/imports", answer=ImportSchema, status=201, files=ImportFileSchema, query=ImportQuery, scope=_SCOPE,
    once=Once.CLAIM, largest_body=LARGEST_FILE,
)  # fmt: skip
def upload_file(query: dict[str, Any], _files: dict[str, Any]) -> dict[str, Any]:
    """Upload a file and read what its import would do"""
    upload_id = Uploads(web.runtime()).take(request.files.get("file"), Choices(**query), actor=context.actor())
    return _plain(_found(upload_id))


@imports.operation("GET", "/imports/<import_id>", answer=ImportSchema, scope=_SCOPE)
def read_import(import_id: str) -> dict[str, Any]:
    """What the import did, or would do"""
    return _plain(_found(import_id))


@imports.operation(
    "POST", "/imports/<import_id>/run", answer=ImportSchema, query=RunQuery, scope=_SCOPE, once=Once.CLAIM
)
def run_import(query: dict[str, Any], import_id: str) -> dict[str, Any]:
    """Import for good. Again, it changes nothing"""
    _found(import_id)
    uploads = Uploads(web.runtime())
    run = uploads.run_later if query["background"] else uploads.run
    run(import_id, actor=context.actor())
    return _plain(_found(import_id))


@imports.operation("GET", "/imports/<import_id>/failed-rows", answer=FailedRowsSchema, scope=_SCOPE)
def read_failed_rows(import_id: str) -> dict[str, str]:
    """The rows that were not taken, as CSV with the reasons, to correct and upload again"""
    found = _found(import_id)
    return {"csv": found.failed_rows.read_text(encoding="utf-8-sig") if found.failed_rows else ""}


class OrderImportQuery(QuerySchema):
    """Where the orders were taken and how the file is read; what is left out is recognised."""

    channel = Text(most=40, load_default="")
    market = Text(most=20, load_default="")
    profile = Text(most=60, load_default="")


class VerdictSchema(ApiSchema):
    """What becomes of the rows of one order."""

    rows = ma.fields.String(required=True, metadata={"description": "Numbers of rows in the file, such as 2-4, 9."})
    subject = ma.fields.String(required=True, metadata={"description": "The order's reference."})
    action = ma.fields.String(required=True, validate=ma.validate.OneOf(("created", "unchanged", "failed")))
    text = ma.fields.String(required=True)


class OrderImportSchema(ImportSchema):
    """``state`` columns: name them first. ``import_id`` names the batch once it was run."""

    header = ma.fields.List(ma.fields.String(), required=True)
    columns = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String(), required=True)
    verdicts = ma.fields.List(ma.fields.Nested(VerdictSchema), required=True)
    import_id = ma.fields.Integer(required=True, allow_none=True)


class OrderImportListSchema(ApiSchema):
    items = ma.fields.List(ma.fields.Nested(OrderImportSchema), required=True)


class ColumnsSchema(ApiSchema):
    """Field to column title, or to = and a value that holds for every row; empty where there is none."""

    columns = ma.fields.Dict(
        keys=ma.fields.String(validate=ma.validate.OneOf(sorted(BY_NAME))),
        values=Text(most=LONGEST_VALUE),
        required=True,
    )
    channel = Text(most=40, load_default="")
    market = Text(most=20, load_default="")


class ProfileSchema(ColumnsSchema):
    name = ma.fields.String(dump_only=True)


class ProfileListSchema(ApiSchema):
    items = ma.fields.List(ma.fields.Nested(ProfileSchema), required=True)


class LeftSchema(ApiSchema):
    number = ma.fields.String(required=True)
    why = ma.fields.String(required=True)


class UndoneSchema(ApiSchema):
    cancelled = ma.fields.List(ma.fields.String(), required=True)
    left = ma.fields.List(ma.fields.Nested(LeftSchema), required=True)


@imports.operation("GET", "/order-imports", answer=OrderImportListSchema, scope=_ORDER_SCOPE)
def list_order_imports() -> dict[str, Any]:
    """Files of orders of the last seven days, the newest first"""
    return {"items": [_plain_orders(found) for found in Uploads(web.runtime(), ORDERS).listed()]}


@imports.operation(
    "POST", "/order-imports", answer=OrderImportSchema, status=201, files=ImportFileSchema, query=OrderImportQuery,
    scope=_ORDER_SCOPE, once=Once.CLAIM, largest_body=LARGEST_FILE,
)  # fmt: skip
def upload_orders(query: dict[str, Any], _files: dict[str, Any]) -> dict[str, Any]:
    """Upload a file of orders and read what would become of each"""
    choices = with_profile(Choices(market=query["market"], channel=query["channel"]), query["profile"])
    upload_id = Uploads(web.runtime(), ORDERS).take(request.files.get("file"), choices, actor=context.actor())
    return _plain_orders(_found(upload_id, ORDERS))


@imports.operation("GET", "/order-imports/<import_id>", answer=OrderImportSchema, scope=_ORDER_SCOPE)
def read_order_import(import_id: str) -> dict[str, Any]:
    """What the import did, or would do, order by order"""
    return _plain_orders(_found(import_id, ORDERS))


@imports.operation(
    "POST", "/order-imports/<import_id>/columns", answer=OrderImportSchema, body=ColumnsSchema, scope=_ORDER_SCOPE,
    once=Once.CLAIM,
)  # fmt: skip
def name_columns(body: dict[str, Any], import_id: str) -> dict[str, Any]:
    """Try again with these columns"""
    _found(import_id, ORDERS)
    Uploads(web.runtime(), ORDERS).try_again(import_id, Choices(**body), actor=context.actor())
    return _plain_orders(_found(import_id, ORDERS))


@imports.operation(
    "POST", "/order-imports/<import_id>/run", answer=OrderImportSchema, query=RunQuery, scope=_ORDER_SCOPE,
    once=Once.CLAIM,
)  # fmt: skip
def run_order_import(query: dict[str, Any], import_id: str) -> dict[str, Any]:
    """Import the orders for good. Again, it changes nothing"""
    _found(import_id, ORDERS)
    uploads = Uploads(web.runtime(), ORDERS)
    run = uploads.run_later if query["background"] else uploads.run
    run(import_id, actor=context.actor())
    return _plain_orders(_found(import_id, ORDERS))


@imports.operation("GET", "/order-imports/<import_id>/failed-rows", answer=FailedRowsSchema, scope=_ORDER_SCOPE)
def read_failed_order_rows(import_id: str) -> dict[str, str]:
    """The rows that were not taken, as CSV with the reasons, to correct and upload again"""
    found = _found(import_id, ORDERS)
    return {"csv": found.failed_rows.read_text(encoding="utf-8-sig") if found.failed_rows else ""}


@imports.operation("POST", "/order-imports/<import_id>/undo", answer=UndoneSchema, scope=_ORDER_SCOPE, once=Once.CLAIM)
def undo_order_import(import_id: str) -> dict[str, Any]:
    """Take the batch back: cancel its orders that nobody touched since, and say which stay"""
    batch = _found(import_id, ORDERS).report["import_id"]
    if batch is None:
        raise NotFound(f"batch of import '{import_id}': it was not run")
    done = undo(web.runtime(), batch, actor=context.actor())
    return {"cancelled": done.cancelled, "left": [{"number": number, "why": why} for number, why in done.left]}


@imports.operation("GET", "/import-profiles", answer=ProfileListSchema, scope=_ORDER_SCOPE)
def list_profiles() -> dict[str, Any]:
    """Profiles of columns, by name"""
    return {"items": profiles()}


@imports.operation("PUT", "/import-profiles/<name>", answer=ProfileSchema, body=ColumnsSchema, scope=_ORDER_SCOPE)
def save_profile(body: dict[str, Any], name: str) -> Any:
    """Save how the columns of a channel's files are read"""
    kept = profile_store.save_profile(web.runtime(), name, **body, actor=context.actor())
    return profile_store.known_profile(kept)


@imports.operation("DELETE", "/import-profiles/<name>", answer=None, status=204, scope=_ORDER_SCOPE)
def forget_profile(name: str) -> None:
    """Forget the profile; what was imported with it stays"""
    profile_store.forget_profile(name)


def _plain_orders(found: KeptFile) -> dict[str, Any]:
    return {**_plain(found), "header": list(found.header), "columns": found.choices.columns}


def _found(import_id: str, kind: str = PRODUCTS) -> KeptFile:
    found = Uploads(web.runtime(), kind).find(import_id)
    if found is None:
        raise NotFound(f"import '{import_id}', or its file is no longer kept")
    return found


def _plain(found: KeptFile) -> dict[str, Any]:
    return {"id": found.id, "state": found.state, "error": found.error, "file_name": found.file_name, **found.report}
