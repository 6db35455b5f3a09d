"""No query ever starts in a template: whoever tries is told, and in debug stopped."""

from __future__ import annotations

import logging
from contextvars import ContextVar
from typing import Any

from flask import Flask
from jinja2 import Environment, Template
from sqlalchemy import event

from entrepot.sdk.errors import EntrepotError
from entrepot.storage.session import db

_log = logging.getLogger(__name__)
_rendering: ContextVar[str] = ContextVar("rendering", default="")


class QueryInTemplate(EntrepotError):
    """A template, or the context function of a slot block, read from the database."""


class GuardedTemplate(Template):
    """A template that says for how long it is being drawn."""

    def render(self, *args: Any, **kwargs: Any) -> str:
        token = _rendering.set(self.name or "a template")
        try:
            return super().render(*args, **kwargs)
        finally:
            _rendering.reset(token)


def install(app: Flask, environment: Environment) -> None:
    """Watch the app's database while its templates are drawn."""
    environment.template_class = GuardedTemplate

    def refuse(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not (template := _rendering.get()):
            return
        problem = QueryInTemplate(
            f"'{template.rpartition('@')[2]}' read from the database while it was drawn: {statement:.200} … "
            "Prepare its values in the view, before the page is rendered."
        )
        if app.debug or app.testing:
            raise problem
        _log.warning("%s", problem)

    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", refuse)
