"""Whatever a plugin does while it is loaded, the shop starts and says what, why and what to do."""

from __future__ import annotations

import dataclasses
import sys

import pytest
from importlib_metadata import EntryPoint

from entrepot.engine.discovery import GROUP
from entrepot.engine.failures import PluginsFailed
from entrepot.engine.health import health
from entrepot.sdk import SlotBlock

PAYMENT = """
    class Pay(PaymentProvider):
        id = {id!r}
        label = "Pay"

    @hookimpl
    def entrepot_register_payment_providers():
        return [Pay]
"""


@pytest.fixture
def good(plugins):
    plugins.install("payment-good", PAYMENT.format(id="good"))


@pytest.fixture
def impatient(settings):
    return dataclasses.replace(settings, plugin_load_seconds=1.0)


def only_failure(runtime, plugin_id):
    """The failure of the one broken plugin, after the good one was found at work."""
    assert list(runtime.registry.plugins) == ["payment-good"]
    assert list(runtime.registry.failed) == [plugin_id]
    told = {problem.subject: problem for problem in health(runtime).problems()}
    assert told[plugin_id].cause and told[plugin_id].remedy
    return runtime.registry.failed[plugin_id]


@pytest.mark.covers("G10")
def test_plugin_that_raises_at_import_is_left_out(start, plugins, good):
    plugins.install("feature-bad", "1 / 0")
    failed = only_failure(start(), "feature-bad")
    assert "ZeroDivisionError" in failed.cause
    assert "entrepot plugin disable feature-bad" in failed.remedy
    assert "1 / 0" in failed.traceback


@pytest.mark.covers("G10")
@pytest.mark.parametrize("source", ["import sys; sys.exit(3)", "raise KeyboardInterrupt", "assert False, 'no'"])
def test_plugin_that_ends_the_process_or_asserts_at_import_is_left_out(start, plugins, good, source):
    plugins.install("feature-bad", source)
    failed = only_failure(start(), "feature-bad")
    assert source.split()[-1].strip("'") in failed.traceback


def test_missing_dependency_is_named(start, plugins, good):
    plugins.install("feature-bad", "import no_such_library")
    assert "'no_such_library', which is not installed" in only_failure(start(), "feature-bad").cause


@pytest.mark.covers("G10")
def test_plugin_that_hangs_at_import_is_left_behind(start, plugins, good, impatient):
    plugins.install("feature-bad", "import threading; threading.Event().wait()")
    assert "import did not finish within 1 seconds" in only_failure(start(impatient), "feature-bad").cause


def test_plugin_that_hangs_while_registering_is_left_behind(start, plugins, good, impatient):
    plugins.install(
        "feature-bad",
        """
        import threading
        @hookimpl
        def entrepot_register_jobs():
            threading.Event().wait()
        """,
    )
    assert "registration did not finish" in only_failure(start(impatient), "feature-bad").cause


@pytest.mark.covers("G10")
@pytest.mark.parametrize("option", ["wrapper=True", "hookwrapper=True"])
def test_hook_wrapper_is_refused(start, plugins, good, option):
    plugins.install(
        "feature-bad",
        f"""
        @hookimpl({option})
        def entrepot_admin_menu_items():
            return (yield)
        """,
    )
    failed = only_failure(start(), "feature-bad")
    assert "hook wrapper" in failed.cause
    assert "without wrapper=True" in failed.remedy


@pytest.mark.covers("G10")
def test_two_distributions_with_one_id_are_both_left_out_and_named(start, plugins, good):
    for folder in ("first", "second"):
        plugins.entry_points.append(EntryPoint(name="payment-twice", value=f"{folder}_package", group=GROUP))
    failed = only_failure(start(), "payment-twice")
    assert "first_package, second_package" in failed.cause
    assert "first_package" not in sys.modules


@pytest.mark.covers("G10")
def test_two_plugins_with_one_provider_id_are_both_left_out(start, plugins):
    plugins.install("payment-one", PAYMENT.format(id="same"))
    plugins.install("payment-two", PAYMENT.format(id="same"))
    registry = start().registry
    assert registry.plugins == {}
    assert "payment-two" in registry.failed["payment-one"].cause
    assert "payment-one" in registry.failed["payment-two"].cause


@pytest.mark.covers("G10")
@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        ("return 7", "returned int"),
        ("return [Carrier]", "returned <class 'entrepot.sdk.carriers.Carrier'>"),
        ("return ['Pay']", "returned 'Pay'"),
        ("return [type('Nameless', (PaymentProvider,), {})]", "Nameless.id is None"),
        ("raise OSError('disk')", "OSError: disk"),
        ("raise SystemExit", "end the process"),
    ],
)
def test_garbage_from_a_registration_hook_marks_the_plugin_as_failed(start, plugins, good, answer, cause):
    plugins.install("payment-bad", f"@hookimpl\ndef entrepot_register_payment_providers():\n    {answer}\n")
    assert cause in only_failure(start(), "payment-bad").cause


@pytest.mark.parametrize(
    ("source", "cause", "remedy"),
    [
        ("@hookimpl\ndef entrepot_order_plcaed(fact): ...", "'entrepot_order_plcaed'", "'entrepot_order_placed'"),
        ("@hookimpl\ndef entrepot_order_placed(fact, order): ...", "order", "disable"),
        ("def entrepot_order_placed(fact): ...", "lacks @hookimpl", "Add @hookimpl"),
        ("manifest = PluginManifest(id='feature-other', name='x')", "'feature-other'", "same id"),
        ("manifest = PluginManifest(id='feature-bad', name='x', api_version=99)", "API 99", "Update entrepot"),
        ("manifest = PluginManifest(id='feature-bad', name='x', api_version=0)", "API 0", "Update the plugin"),
        ("manifest = None", "no manifest", "PluginManifest"),
        ("manifest = PluginManifest(id='feature-bad', name='x', tables=('other',))", "other", "disable"),
        ("manifest = PluginManifest(id='feature-bad', name='x', tables=('feature_bad_a',))", "migrations", "folder"),
        ("manifest = PluginManifest(id='feature-bad', name='x', requires=('feature-no',))", "feature-no", "Install"),
    ],
)
def test_broken_promise_is_refused_with_its_remedy(start, plugins, good, source, cause, remedy):
    plugins.install("feature-bad", source)
    failed = only_failure(start(), "feature-bad")
    assert cause in failed.cause
    assert remedy in failed.remedy


@pytest.mark.parametrize(
    ("hook", "answer", "cause"),
    [
        ("slot_blocks", "SlotBlock('product.after', 'product/show.html')", "product/show.html"),
        ("permissions", "Permission('orders.view', 'All orders')", "orders.view"),
        ("jobs", "print", "print"),
    ],
)
def test_what_leaves_the_plugins_own_lane_is_refused(start, plugins, good, hook, answer, cause):
    plugins.install("feature-bad", f"@hookimpl\ndef entrepot_register_{hook}():\n    return [{answer}]\n")
    assert cause in only_failure(start(), "feature-bad").cause


def test_blueprint_of_another_plugin_is_refused(start, plugins, good):
    plugins.install(
        "feature-bad",
        """
        from entrepot.sdk.web import PluginBlueprint
        @hookimpl
        def entrepot_register_blueprints():
            return [PluginBlueprint("feature-other", __name__)]
        """,
    )
    assert "feature-other" in only_failure(start(), "feature-bad").cause


def test_requirement_that_failed_takes_its_dependants_along(start, plugins):
    plugins.install("feature-a", "1 / 0")
    plugins.install("feature-b", "manifest = PluginManifest(id='feature-b', name='b', requires=('feature-a',))")
    plugins.install("feature-c", "manifest = PluginManifest(id='feature-c', name='c', requires=('feature-b',))")
    registry = start().registry
    assert sorted(registry.failed) == ["feature-a", "feature-b", "feature-c"]
    assert "feature-b" in registry.failed["feature-c"].cause


def test_what_is_not_enabled_is_not_imported(start, plugins, settings, good):
    plugins.install("feature-off", "raise RuntimeError('imported')")
    runtime = start(dataclasses.replace(settings, enabled_plugins=("payment-good",)))
    assert runtime.registry.failed == {}
    assert list(runtime.registry.disabled) == ["feature-off"]
    assert not [name for name in sys.modules if name.startswith("probe_feature_off")]


def test_enabled_plugin_that_is_not_installed_is_told(start, settings, good):
    runtime = start(dataclasses.replace(settings, enabled_plugins=("payment-good", "payment-gone")))
    assert "pip install entrepot-payment-gone" in only_failure(runtime, "payment-gone").remedy


def test_strict_start_refuses_a_failed_plugin(start, plugins, settings, good):
    plugins.install("feature-bad", "1 / 0")
    with pytest.raises(PluginsFailed, match="feature-bad"):
        start(dataclasses.replace(settings, strict_plugins=True))


def test_registered_things_know_their_plugin(start, plugins):
    plugins.install(
        "feature-rich",
        """
        import click
        from datetime import timedelta

        @hookimpl
        def entrepot_register_slot_blocks():
            return [SlotBlock("product.after", "x/feature-rich/box.html")]

        @hookimpl
        def entrepot_register_jobs():
            return [Job("tidy", timedelta(hours=1), lambda context: None)]

        @hookimpl
        def entrepot_register_commands():
            return [click.Command("count")]

        @hookimpl
        def entrepot_register_permissions():
            return [Permission("feature-rich.see", "See it")]
        """,
    )
    registry = start().registry
    assert registry.slot_blocks == (SlotBlock("product.after", "x/feature-rich/box.html", plugin_id="feature-rich"),)
    assert [(plugin_id, job.name) for plugin_id, job in registry.jobs] == [("feature-rich", "tidy")]
    assert [command.name for command in registry.commands["feature-rich"]] == ["count"]
    assert [permission.id for permission in registry.permissions] == ["feature-rich.see"]


def test_plugin_that_proves_broken_later_is_taken_out_with_its_hooks(start, plugins, good):
    plugins.install("feature-late", "@hookimpl\ndef entrepot_admin_menu_items(): return []")
    registry = start().registry
    assert registry.hooks.collect("entrepot_admin_menu_items").results == (("feature-late", []),)
    registry.fail("feature-late", "registration", ValueError("its page is broken"))
    assert registry.hooks.collect("entrepot_admin_menu_items").results == ()
    assert "its page is broken" in registry.failed["feature-late"].cause
