"""Pages that plugins bring: mounted below their own address, public ones only in the shop."""

from __future__ import annotations

from flask import Flask

from entrepot.engine.registry import Registry
from entrepot.sdk.errors import PluginError
from entrepot.sdk.web import PUBLIC, PluginBlueprint


def install(app: Flask, registry: Registry) -> None:
    """Mount the shop pages of every plugin at ``/x/<plugin-id>/``; one that cannot be mounted marks its plugin."""
    for blueprint in registry.blueprints:
        if blueprint.area != "shop":
            continue
        try:
            _refuse_locked_pages(blueprint)
            app.register_blueprint(blueprint, url_prefix=f"/x/{blueprint.plugin_id}")
        except Exception as error:
            registry.fail(blueprint.plugin_id, "registration", error)


def _refuse_locked_pages(blueprint: PluginBlueprint) -> None:
    """Visitors have no permissions: a shop page that asks for one could never be seen."""
    locked = sorted(name for name, permission in blueprint.permissions.items() if permission != PUBLIC)
    if locked:
        raise PluginError(
            f"{blueprint.plugin_id}: its shop pages {', '.join(locked)} ask for a permission, which visitors never "
            "have. Make them public, or bring them in an admin blueprint."
        )
