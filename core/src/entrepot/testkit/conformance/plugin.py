"""What every plugin owes, whatever it brings: a manifest, honest hooks, and the border kept."""

from __future__ import annotations

from types import ModuleType

from entrepot.engine.failures import PluginRefused
from entrepot.engine.registration import hook_manager, read_plugin
from entrepot.sdk import PluginManifest, hookimpl
from entrepot.sdk.manifest import API_VERSION
from entrepot.testkit.source import foreign_imports
from entrepot.testkit.verdict import refuse, require, told


class PluginBehaviours:
    """Part of ProviderConformance and FeatureConformance."""

    @property
    def plugin(self) -> ModuleType:
        """The module with manifest and hooks."""
        raise AttributeError("Name the plugin's module.")

    @property
    def manifest(self) -> PluginManifest:
        self.test_plugin_has_a_manifest()
        return self.plugin.manifest

    def test_shop_loads_the_plugin(self) -> None:
        manager = hook_manager()
        try:
            read_plugin(self.manifest.id, self.plugin)
            manager.register(self.plugin)
            manager.check_pending()
        except Exception as error:
            remedy = getattr(error, "remedy", "") if isinstance(error, PluginRefused) else "read the error's text."
            require(
                False,
                f"The shop would refuse {self.plugin.__name__}: {told(error)}",
                costs="the plugin is listed as failed; whatever it brings is missing in the shop.",
                remedy=remedy,
            )

    def test_plugin_has_a_manifest(self) -> None:
        require(
            isinstance(getattr(self.plugin, "manifest", None), PluginManifest),
            f"{self.plugin.__name__} has no manifest.",
            costs="the shop lists the plugin as failed and nobody can choose it.",
            remedy='write manifest = PluginManifest(id="<kind>-<name>", name="…") in the package\'s __init__.py.',
        )

    def test_manifest_speaks_an_accepted_api_version(self) -> None:
        version = self.manifest.api_version
        require(
            version in (API_VERSION, API_VERSION - 1),
            f"The manifest says api_version={version}; this core speaks {API_VERSION} and the version before.",
            costs="after the next upgrade of the shop the plugin is not loaded and its payments or rates are missing.",
            remedy=f"set api_version={API_VERSION} and run this suite again.",
        )

    def test_hooks_are_marked_and_wrap_nobody(self) -> None:
        for name in (name for name in vars(self.plugin) if name.startswith("entrepot_")):
            options = getattr(getattr(self.plugin, name), f"{hookimpl.project_name}_impl", None)
            if options is None:
                refuse(
                    f"{name} is not marked with @hookimpl.",
                    costs="the shop never calls it, without any message.",
                    remedy="put @hookimpl above it.",
                )
            require(
                not options["wrapper"] and not options["hookwrapper"],
                f"{name} is a hook wrapper.",
                costs="it could rewrite what other plugins answer; the shop refuses to load the plugin.",
                remedy="remove wrapper=True; a plugin adds, it never rewrites.",
            )

    def test_plugin_imports_nothing_of_the_core_but_the_sdk(self) -> None:
        found = foreign_imports(self.plugin)
        require(
            not found,
            f"Imports beyond the sdk: {'; '.join(found)}.",
            costs="the next release of the core moves what is not public, and the shop starts without this plugin.",
            remedy="import from entrepot.sdk only; tell the project what it lacks.",
        )
