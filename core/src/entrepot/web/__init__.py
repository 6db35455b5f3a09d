"""The shell around every page: errors, security headers, forms, visitors, static files, doors for machines.

Kept light, because the command line imports ``web.i18n`` from here: Flask's parts load in ``install``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from entrepot.engine.runtime import Runtime
    from entrepot.theming.facade import Theming
    from entrepot.web.i18n import Catalogues

_RUNTIME = "entrepot.runtime"


def install(app: Flask, runtime: Runtime, theming: Theming, catalogues: Catalogues) -> None:
    """Give the app its shell and all pages: shop, back office, plugins. The last step of ``create_app``."""
    from entrepot.web import shell

    app.extensions[_RUNTIME] = runtime
    shell.install(app, runtime, theming, catalogues)


def runtime() -> Runtime:
    """The running shop, for views; everything below them is given it as an argument."""
    from flask import current_app

    found: Runtime = current_app.extensions[_RUNTIME]
    return found
