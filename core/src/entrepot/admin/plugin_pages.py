"""Back office pages that plugins bring: behind the same gate, inside the same frame."""

from __future__ import annotations

from typing import Any

from flask import Flask, request
from flask.typing import ResponseReturnValue

from entrepot import web
from entrepot.sdk.web import PUBLIC, PluginBlueprint


def install(app: Flask) -> None:
    """Mount them at ``/admin/x/<plugin-id>/``; one that cannot be mounted marks its plugin as failed."""
    with app.app_context():
        registry = web.runtime().registry
    mounted: dict[str, PluginBlueprint] = {}
    for blueprint in registry.blueprints:
        if blueprint.area != "admin":
            continue
        try:
            app.register_blueprint(blueprint, url_prefix=f"/admin/x/{blueprint.plugin_id}")
            mounted[blueprint.name] = blueprint
        except Exception as error:
            registry.fail(blueprint.plugin_id, "registration", error)
    if mounted:
        _guard(app, mounted)


def _guard(app: Flask, mounted: dict[str, PluginBlueprint]) -> None:
    """Every route asks for its permission; one that names none, or ``PUBLIC``, is for nobody here."""

    @app.before_request
    def gate() -> ResponseReturnValue | None:
        blueprint = mounted.get(request.blueprint or "")
        if blueprint is None:
            return None
        from entrepot.admin.frame import admit

        permission = blueprint.permissions.get(str(request.endpoint).rpartition(".")[2])
        return admit(None if permission == PUBLIC else permission)

    @app.context_processor
    def add_surroundings() -> dict[str, Any]:
        if request.blueprint not in mounted:
            return {}
        from entrepot.admin.frame import surroundings

        return surroundings()
