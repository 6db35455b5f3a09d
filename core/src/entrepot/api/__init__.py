"""The REST API, version 1. Built with the first request below ``/api``, so that a shop without API clients starts
no slower for it."""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

from flask import Flask, Response, current_app, request

if TYPE_CHECKING:
    from entrepot.api.door import Door

PREFIX = "/api/v1"
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY", "CONNECT")
_building = Lock()


def install(app: Flask) -> None:
    """Give the app the one address behind which the API answers. Keys and tokens prove who asks, so no form token."""
    for rule in ("/api/", "/api/<path:rest>"):
        app.add_url_rule(rule, "api", _answer, methods=_METHODS, provide_automatic_options=False)
    app.extensions["csrf"].exempt(_answer)


def _answer(rest: str = "") -> Response:
    with _building:
        door = _door()
    return door.answer(current_app, request)


@cache
def _door() -> Door:
    from entrepot.api.door import build_door

    return build_door()
