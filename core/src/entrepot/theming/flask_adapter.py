"""Joins theming to Flask: ``render_template`` and blueprints use the layered environment."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from flask import Flask, get_flashed_messages, has_request_context, request

from entrepot.theming.facade import Theming

#: What makes an address depend on the request.
_OPTIONS = frozenset({"_external", "_scheme", "_method", "_anchor"})


def install(app: Flask, theming: Theming) -> None:
    """Make the app render through ``theming``.

    Flask's own ``request``, ``session``, ``g`` and ``config`` are left out: templates of strangers could save
    uploads, run queries and print secrets with them. What pages need comes in view models.
    """
    app.template_context_processors[None] = []
    app.jinja_env = theming.environment  # type: ignore[assignment]
    theming.environment.give(url_for=_addresses(app), get_flashed_messages=get_flashed_messages)
    app.extensions["entrepot.theming"] = theming


def _addresses(app: Flask) -> Callable[..., str]:
    """``url_for`` that builds each address of this host once: layouts ask for the same dozen on every page."""

    @lru_cache(maxsize=4096, typed=True)
    def built(root: str, endpoint: str, **values: Any) -> str:
        return app.url_for(endpoint, **values)

    def url_for(endpoint: str, **values: Any) -> str:
        is_fixed = has_request_context() and not endpoint.startswith(".") and not values.keys() & _OPTIONS
        if is_fixed and all(type(value) in (str, int) for value in values.values()):
            return built(request.root_path, endpoint, **values)
        return app.url_for(endpoint, **values)

    return url_for
