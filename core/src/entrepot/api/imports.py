"""Imports of product files in the API: upload and try, then run."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import request
from flask_smorest.fields import Upload  # type: ignore[import-untyped]

from entrepot import web
from entrepot.admin.uploads import Choices, Uploads
from entrepot.api import context
from entrepot.api.errors import NotFound
from entrepot.api.fields import ApiSchema, QuerySchema, Text
from entrepot.api.operations import Once, Resource

imports = Resource("Imports", __name__, "Products from a file.")
resources = (imports,)

_SCOPE = "catalog.import"
LARGEST_FILE = 100_000_000


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
    file_name = ma.fields.String(required=True)
    format = ma.fields.String(required=True)
    dry_run = ma.fields.Boolean(required=True)
    created = ma.fields.Integer(required=True)
    updated = ma.fields.Integer(required=True)
    unchanged = ma.fields.Integer(required=True)
    failed = ma.fields.Integer(required=True)
    failures = ma.fields.List(ma.fields.Nested(RowFailureSchema), required=True)


@imports.operation(
    "POST", "/imports", answer=ImportSchema, status=201, files=ImportFileSchema, query=ImportQuery, scope=_SCOPE,
    once=Once.CLAIM, largest_body=LARGEST_FILE,
)  # fmt: skip
def upload_file(query: dict[str, Any], _files: dict[str, Any]) -> dict[str, Any]:
    """Upload a file and read what its import would do"""
    upload_id = Uploads(web.runtime()).take(request.files.get("file"), Choices(**query), actor=context.actor())
    return _json(upload_id)


@imports.operation("GET", "/imports/<import_id>", answer=ImportSchema, scope=_SCOPE)
def read_import(import_id: str) -> dict[str, Any]:
    """What the import did, or would do"""
    return _json(import_id)


@imports.operation("POST", "/imports/<import_id>/run", answer=ImportSchema, scope=_SCOPE, once=Once.CLAIM)
def run_import(import_id: str) -> dict[str, Any]:
    """Import for good. Again, it changes nothing"""
    _json(import_id)
    Uploads(web.runtime()).run(import_id, actor=context.actor())
    return _json(import_id)


def _json(import_id: str) -> dict[str, Any]:
    found = Uploads(web.runtime()).find(import_id)
    if found is None:
        raise NotFound(f"import '{import_id}', or its file is no longer kept")
    return {"id": found.id, "file_name": found.file_name, **found.report}
