"""Pages of plugins stand below their own address, in the frame of the shop."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from entrepot.sdk.web import PUBLIC, PluginBlueprint
from entrepot.web import plugin_pages


class FakeRegistry:
    def __init__(self, *blueprints: PluginBlueprint) -> None:
        self.blueprints = blueprints
        self.failed: dict[str, str] = {}

    def fail(self, plugin_id: str, stage: str, error: Exception) -> None:
        self.failed[plugin_id] = str(error)


def blueprint(plugin_id: str, permission: str, area: str = "shop") -> PluginBlueprint:
    pages = PluginBlueprint(plugin_id, __name__, area=area)
    pages.page("/hello", permission=permission)(hello)
    return pages


def hello() -> str:
    return "hello"


@pytest.mark.covers("S0.1")
def test_public_pages_are_mounted_below_the_plugins_id() -> None:
    app, registry = Flask("bare"), FakeRegistry(blueprint("feature-tide", PUBLIC))
    install(app, registry)
    assert app.test_client().get("/x/feature-tide/hello").text == "hello"
    assert registry.failed == {}


@pytest.mark.covers("S0.1")
def test_a_shop_page_that_no_visitor_could_open_marks_its_plugin() -> None:
    app, registry = Flask("bare"), FakeRegistry(blueprint("feature-tide", "feature-tide.see"))
    install(app, registry)
    assert "hello" in registry.failed["feature-tide"] and "Make them public" in registry.failed["feature-tide"]
    assert app.test_client().get("/x/feature-tide/hello").status_code == 404


def test_pages_for_staff_are_left_to_the_back_office() -> None:
    app, registry = Flask("bare"), FakeRegistry(blueprint("feature-tide", "feature-tide.see", area="admin"))
    install(app, registry)
    assert registry.failed == {} and app.blueprints == {}


def install(app: Flask, registry: Any) -> None:
    plugin_pages.install(app, SimpleNamespace(blueprints=registry.blueprints, fail=registry.fail))  # type: ignore[arg-type]
