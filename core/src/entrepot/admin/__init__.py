"""The back office: its frame and its pages, over the services of the slices."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

#: Modules whose views hang on the frame's blueprint.
_PAGES = (
    "accounts",
    "deliveries",
    "home",
    "imports",
    "messages",
    "orders",
    "order_actions",
    "plugins",
    "products",
    "search",
    "sign_in",
    "stock",
    "store",
)


def install(app: Flask) -> None:
    """Mount the back office at ``/admin``, with the pages that plugins bring to it."""
    from entrepot.admin import plugin_pages
    from entrepot.admin.frame import bridge

    for name in _PAGES:
        import_module(f"{__name__}.{name}")
    app.register_blueprint(bridge)
    plugin_pages.install(app)
