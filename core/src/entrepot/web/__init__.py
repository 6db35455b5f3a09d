"""The shell around every page: errors, security headers, forms, visitors, static files, doors for machines.

Kept light, for the command line imports ``web.i18n`` and every view ``web.runtime``; ``web.shell`` builds the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from entrepot.engine.runtime import Runtime

#: Where ``shell.install`` leaves the runtime.
RUNTIME = "entrepot.runtime"


def runtime() -> Runtime:
    """The running shop, for views; everything below them is given it as an argument."""
    from flask import current_app

    found: Runtime = current_app.extensions[RUNTIME]
    return found
