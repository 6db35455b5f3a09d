"""Hooks: one failing plugin costs only its own contribution."""

from __future__ import annotations

import pytest

from entrepot.engine import trace

MENU = """
    @hookimpl
    def entrepot_admin_menu_items():
        {body}
"""
ITEM = "return [MenuItem('sell', '{0}', '/{0}', 'orders.view')]"


@pytest.mark.covers("G10")
@pytest.mark.parametrize(
    "body", ["1 / 0", "raise SystemExit", "return 'garbage'", "return ['garbage']", "raise KeyError"]
)
def test_failing_contribution_is_missing_and_the_others_are_there(start, plugins, caplog, body):
    plugins.install("feature-a", MENU.format(body=ITEM.format("a")))
    plugins.install("feature-b", MENU.format(body=body))
    plugins.install("feature-c", MENU.format(body=ITEM.format("c")))
    collected = start().registry.hooks.collect("entrepot_admin_menu_items")
    assert [item.label for item in collected.items] == ["a", "c"]
    assert [failure.plugin_id for failure in collected.failures] == ["feature-b"]
    assert "Plugin feature-b, hook entrepot_admin_menu_items" in caplog.text


def test_plugins_are_asked_in_order_of_their_ids_whatever_they_wish(start, plugins):
    plugins.install("feature-z", MENU.format(body=ITEM.format("z")).replace("@hookimpl", "@hookimpl(trylast=True)"))
    plugins.install("feature-a", MENU.format(body=ITEM.format("a")).replace("@hookimpl", "@hookimpl(tryfirst=True)"))
    collected = start().registry.hooks.collect("entrepot_admin_menu_items")
    assert [item.label for item in collected.items] == ["a", "z"]


def test_first_answer_of_the_right_type_wins(start, plugins):
    hook = "@hookimpl\ndef entrepot_request_locale(accepted):\n    {}\n"
    for plugin_id, body in [("a", "1 / 0"), ("b", "return None"), ("c", "return 7"), ("d", "return accepted[-1]")]:
        plugins.install(f"feature-{plugin_id}", hook.format(body))
    hooks = start().registry.hooks
    assert hooks.first("entrepot_request_locale", "en", accepted=["en", "de"], headers={}) == "de"


def test_default_stands_when_nobody_answers(start, plugins):
    assert start().registry.hooks.first("entrepot_request_locale", "en", accepted=["en"], headers={}) == "en"


@pytest.mark.covers("G9")
def test_trace_lists_contributions_in_order(start, plugins):
    plugins.install("feature-a", MENU.format(body=ITEM.format("a")))
    plugins.install("feature-b", MENU.format(body="1 / 0"))
    hooks = start().registry.hooks
    with trace.collecting({"feature-a": "1.2"}) as steps:
        hooks.collect("entrepot_admin_menu_items")
    assert [(step.plugin_id, step.version, step.text) for step in steps] == [
        ("feature-a", "1.2", "1 items"),
        ("feature-b", "", "failed: division by zero"),
    ]
