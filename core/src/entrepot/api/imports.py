"""Imports of product files in the API: upload and try, then run."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import request
from flask_smorest.fields import Upload  # type: ignore[import-untyped]

from entrepot import web
from entrepot.admin.uploads import Choices, Uploads
from entrepot.admin.uploads import Upload as KeptFile
from entrepot.api import context
from entrepot.api.errors import NotFound
from entrepot.api.fields import ApiSchema, QuerySchema, Text
from entrepot.api.operations import Once, Resource

imports = Resource("Imports", __name__, "Products from a file.")
resources = (imports,)

_SCOPE = "catalog.import"
LARGEST_FILE = 100_000_000
STATES = ("tried", "queued", "running", "done", "refused")
_LINKS = {
    operation: {"operationId": operation, "parameters": {"import_id": "$response.body#/id"}}
    for operation in ("read_import", "run_import", "read_failed_rows")
}


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
    once=Once.CLAIM, largest_body=LARGEST_FILE, links=_LINKS,
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


def _found(import_id: str) -> KeptFile:
    found = Uploads(web.runtime()).find(import_id)
    if found is None:
        raise NotFound(f"import '{import_id}', or its file is no longer kept")
    return found


def _plain(found: KeptFile) -> dict[str, Any]:
    return {"id": found.id, "state": found.state, "error": found.error, "file_name": found.file_name, **found.report}
