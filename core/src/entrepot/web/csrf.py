"""Forms that only this shop's own pages can send."""

from __future__ import annotations

from flask import Flask
from flask_wtf.csrf import CSRFProtect, generate_csrf
from markupsafe import Markup

from entrepot.theming.environment import LayeredEnvironment


def install(app: Flask, environment: LayeredEnvironment) -> CSRFProtect:
    """Protect every POST; templates get ``csrf_field()``. Returned for what proves its sender in another way."""
    # A cart may stay open for days: a token lives as long as the session that it is bound to.
    app.config.setdefault("WTF_CSRF_TIME_LIMIT", None)
    environment.give(csrf_field=csrf_field)
    return CSRFProtect(app)


def csrf_field() -> Markup:
    """The hidden field that every POST form carries."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())
