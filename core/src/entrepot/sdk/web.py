"""For plugins that bring pages. The one sdk module (beside ``tables``) that needs Flask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, render_template

View = TypeVar("View", bound=Callable[..., Any])

#: The permission of routes that everybody may use.
PUBLIC = "public"


class PluginBlueprint(Blueprint):
    """A blueprint whose every route names a permission or ``PUBLIC``; the shop refuses to mount it otherwise.

    ``area="shop"`` mounts at ``/x/<plugin-id>/``, ``area="admin"`` at ``/admin/x/<plugin-id>/`` behind staff login.
    """

    def __init__(self, plugin_id: str, import_name: str, *, area: str = "shop") -> None:
        if area not in ("shop", "admin"):
            raise ValueError(f"{plugin_id}: a blueprint's area is 'shop' or 'admin', not {area!r}.")
        super().__init__(f"x_{area}_{plugin_id.replace('-', '_')}", import_name)
        self.plugin_id = plugin_id
        self.area = area
        #: endpoint name -> permission id
        self.permissions: dict[str, str] = {}

    def page(self, rule: str, *, permission: str, methods: tuple[str, ...] = ("GET",)) -> Callable[[View], View]:
        """Route a view under a permission. POST forms carry ``csrf_field()``; GET never writes."""

        def decorate(view: View) -> View:
            self.permissions[view.__name__] = permission
            self.add_url_rule(rule, view_func=view, methods=list(methods))
            return view

        return decorate


__all__ = ["PUBLIC", "PluginBlueprint", "render_template"]
