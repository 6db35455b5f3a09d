"""The back office: its frame and its pages, over the services of the slices."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def install(app: Flask) -> None:
    """Mount the back office at ``/admin``, with the pages that plugins bring to it."""
    from entrepot.admin import plugin_pages
    from entrepot.admin.routes import bridge

    app.register_blueprint(bridge)
    plugin_pages.install(app)
