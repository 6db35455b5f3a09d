"""All resources, and the OpenAPI document that is made of them."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

import flask
from flask import Flask, Response
from flask_smorest import Api  # type: ignore[import-untyped]
from werkzeug.routing import IntegerConverter

from entrepot.api import PREFIX
from entrepot.api.docs_page import STYLE, draw
from entrepot.api.fields import MoneySchema
from entrepot.api.links import with_links
from entrepot.api.operations import PROBLEM_SCHEMA
from entrepot.api.problems import MEDIA_TYPE

#: Modules that hold a ``resources`` tuple, in the order in which the document lists them.
_MODULES = (
    "entrepot.markets.rest",
    "entrepot.catalog.rest",
    "entrepot.catalog.record_rest",
    "entrepot.catalog.price_rest",
    "entrepot.checkout.rest",
    "entrepot.orders.rest",
    "entrepot.editing.rest",
    "entrepot.documents.rest",
    "entrepot.payments.rest",
    "entrepot.credit.rest",
    "entrepot.returns.rest",
    "entrepot.customers.rest",
    "entrepot.api.privacy",
    "entrepot.inventory.rest",
    "entrepot.inventory.moving_rest",
    "entrepot.stock_sources.rest",
    "entrepot.stock_targets.rest",
    "entrepot.pricing.rest",
    "entrepot.webhooks.rest",
    "entrepot.customs.rest",
    "entrepot.api.imports",
)
_DESCRIPTION = """\
Everything that the shop's own pages and its back office do, for programs.

Carts and orders are reached by their own token and need no key. Everything of the merchant's needs an API key
(`Authorization: Bearer ek_…`) with the scope that the operation names. Money is a decimal text with its currency. Lists
come in pages: pass `next_cursor` on as `cursor`. Every GET has an ETag. Errors are problem documents (RFC 9457).
"""


class _SmorestApi(Api):
    """The document only: errors are the door's business."""

    ERROR_SCHEMA = PROBLEM_SCHEMA
    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        """None: the door answers errors."""

    def _register_responses(self) -> None:
        """Only ``Problem``."""
        content = {MEDIA_TYPE: {"schema": PROBLEM_SCHEMA}}
        self.spec.components.response("Problem", {"description": "What went wrong.", "content": content})

    def _register_etag_headers(self) -> None:
        """The door adds ETags by itself."""

    def _register_pagination_header(self) -> None:
        """Pages carry their cursor in the body."""


def assemble() -> Flask:
    """An application that is never served: it holds the routes and the views for the door."""
    routing, spec = _registered()
    _serve_document(routing, cache(lambda: with_links(spec.to_dict())))
    return routing


def document() -> dict[str, Any]:
    """The OpenAPI document, for whoever writes about the API."""
    return with_links(_registered()[1].to_dict())


def _registered() -> tuple[Flask, Any]:
    routing = Flask("entrepot.api", static_folder=None, template_folder=None)
    routing.url_map.converters["number"] = Number
    routing.url_map.strict_slashes = False
    routing.url_map.merge_slashes = False
    api = _SmorestApi(routing, spec_kwargs=_spec_options())
    api.register_converter(Number, _number_shape)
    api.ma_plugin.converter.add_attribute_function(_own_shape)
    api.spec.components.schema("Money", schema=MoneySchema)
    for name in _MODULES:
        for resource in import_module(name).resources:
            api.register_blueprint(resource)
    return routing, api.spec


def _spec_options() -> dict[str, Any]:
    return {
        "title": "entrepot",
        "version": "1",
        "openapi_version": "3.1.0",
        "info": {"description": _DESCRIPTION},
        "servers": [{"url": "/"}],
        "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer", "bearerFormat": "ek_…"}}},
    }


def _serve_document(routing: Flask, described: Any) -> None:
    @routing.get(f"{PREFIX}/openapi.json")
    def openapi() -> Response:
        return flask.jsonify(described())

    @routing.get(f"{PREFIX}/docs.css")
    def style() -> Response:
        return Response(STYLE, content_type="text/css; charset=utf-8")

    @routing.get(f"{PREFIX}/docs")
    def docs() -> Response:
        return Response(draw(described()), content_type="text/html; charset=utf-8")


class Number(IntegerConverter):
    """An id in an address; longer ones than a database holds are no address of ours."""

    regex = r"[1-9][0-9]{0,17}"


def _number_shape(_converter: Number) -> dict[str, Any]:
    return {"type": "integer", "minimum": 1, "maximum": 10**18 - 1}


def _own_shape(_converter: Any, field: Any, **_: Any) -> dict[str, Any]:
    """What a field of ours says about its own shape."""
    shape = getattr(field, "openapi", None)
    if shape is None:
        return {}
    return {"anyOf": [shape, {"type": "null"}]} if field.allow_none else dict(shape)
