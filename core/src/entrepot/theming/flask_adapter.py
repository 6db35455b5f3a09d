"""Joins theming to Flask: ``render_template`` and blueprints use the layered environment."""

from __future__ import annotations

from flask import Flask, get_flashed_messages

from entrepot.theming.facade import Theming


def install(app: Flask, theming: Theming) -> None:
    """Make the app render through ``theming``.

    Flask's own ``request``, ``session``, ``g`` and ``config`` are left out: templates of strangers could save
    uploads, run queries and print secrets with them. What pages need comes in view models.
    """
    app.template_context_processors[None] = []
    app.jinja_env = theming.environment  # type: ignore[assignment]
    theming.environment.globals.update(url_for=app.url_for, get_flashed_messages=get_flashed_messages)
    app.extensions["entrepot.theming"] = theming
