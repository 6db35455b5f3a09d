"""The REST API, version 1. Built with the first request below ``/api``, so that a shop without API clients starts
no slower for it."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from threading import Lock
from typing import TYPE_CHECKING

from flask import Flask, Response, current_app, request
from werkzeug.routing import BaseConverter

if TYPE_CHECKING:
    from entrepot.api.door import Door

PREFIX = "/api/v1"
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY", "CONNECT")
_building = Lock()


def install(app: Flask) -> None:
    """Give the app the one address behind which the API answers. Keys and tokens prove who asks, so no form token."""
    app.url_map.converters["anything"] = _Anything
    for rule in ("/api/", "/api/<anything:rest>"):
        app.add_url_rule(rule, "api", _answer, methods=_METHODS, provide_automatic_options=False)
    app.extensions["csrf"].exempt(_answer)


class _Anything(BaseConverter):
    """Also what no address of ours contains, such as line ends: the API answers with a problem, not with a page."""

    regex = "(?s:.+)"
    part_isolating = False


def _answer(rest: str = "") -> Response:
    with _building:
        door = _door()
    return door.answer(current_app, request)


@cache
def _door() -> Door:
    door: Door = import_module("entrepot.api.door").build_door()  # named, not imported: resources stand on this package
    return door
