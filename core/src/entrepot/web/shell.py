"""Puts the shell around an app, in the order in which requests pass through it."""

from __future__ import annotations

from importlib import import_module

from flask import Flask

from entrepot.engine.runtime import Runtime
from entrepot.theming.facade import Theming
from entrepot.web import (
    RUNTIME,
    csrf,
    errors,
    forms,
    health,
    i18n,
    languages,
    plugin_pages,
    security,
    sessions,
    static,
    template_guard,
    webhook_door,
)
from entrepot.web.i18n import Catalogues

#: Page families, each a package with ``install(app)``. Named, not imported: they stand on this package.
_PAGES = ("entrepot.shop", "entrepot.admin", "entrepot.api")


def install(app: Flask, runtime: Runtime, theming: Theming, catalogues: Catalogues) -> None:
    """Give the app its shell and all pages: shop, back office, plugins. The last step of ``create_app``."""
    app.extensions[RUNTIME] = runtime
    sessions.install(app)
    security.install(app, runtime.settings)
    protection = csrf.install(app, theming.environment)
    theming.environment.give(_=i18n.template_text, select_options=forms.options)
    template_guard.install(app, theming.environment)
    languages.install(app, catalogues)
    errors.install(app)
    for blueprint in (static.blueprint, health.blueprint, webhook_door.blueprint):
        app.register_blueprint(blueprint)
    protection.exempt(webhook_door.blueprint)
    for package in _PAGES:
        import_module(package).install(app)
    plugin_pages.install(app, runtime.registry)
