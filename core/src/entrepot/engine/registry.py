"""The plugins of a running shop: loaded, failed and disabled, and everything that they registered."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import pluggy

from entrepot.engine.discovery import Found, Scan, failure, load, scan
from entrepot.engine.dispatch import Dispatch
from entrepot.engine.failures import FailedPlugin, PluginRefused, PluginsFailed
from entrepot.engine.limits import run_limited
from entrepot.engine.registration import Brought, hook_manager, read_plugin
from entrepot.kernel.records import dataclass
from entrepot.sdk.errors import PluginError
from entrepot.sdk.jobs import Job, Permission
from entrepot.sdk.manifest import PluginManifest
from entrepot.sdk.promotions import PromotionAction, PromotionCondition
from entrepot.sdk.provider import Provider
from entrepot.sdk.slots import SlotBlock
from entrepot.settings import Settings

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LoadedPlugin:
    """A plugin at work."""

    found: Found
    module: ModuleType
    brought: Brought

    @property
    def id(self) -> str:
        return self.found.id

    @property
    def manifest(self) -> PluginManifest:
        return self.brought.manifest

    @property
    def name(self) -> str:
        return self.manifest.name

    @property
    def version(self) -> str:
        return self.found.version

    @property
    def folder(self) -> Path:
        """Where its package lies: ``templates``, ``static``, ``translations`` and ``migrations`` are in it."""
        return Path(self.module.__file__ or ".").parent


class Registry:
    """Filled once at start. Later only ``fail`` changes it: a plugin that proves broken is taken out."""

    def __init__(self, installed: Scan, manager: pluggy.PluginManager) -> None:
        self.installed = installed.found
        self.plugins: dict[str, LoadedPlugin] = {}
        self.failed: dict[str, FailedPlugin] = dict(installed.failed)
        self.disabled: dict[str, Found] = {}
        #: Why the shop runs without plugins; empty when it does not.
        self.safe_mode_reason = ""
        self._manager = manager
        self.hooks = Dispatch(manager)

    def providers(self, kind: str) -> dict[str, type[Provider]]:
        """Provider classes of a kind by id."""
        return {cls.id: cls for plugin in self.plugins.values() for cls in plugin.brought.providers if cls.kind == kind}

    def provider_class(self, kind: str, provider_id: str) -> type[Provider]:
        """The class; raises PluginError with the remedy when no loaded plugin has it."""
        found = self.providers(kind).get(provider_id)
        if found is None:
            known = ", ".join(sorted(self.providers(kind))) or "none"
            raise PluginError(
                f"No loaded plugin offers the {kind} provider '{provider_id}' (loaded: {known}). "
                "'entrepot plugin doctor' says which plugins failed."
            )
        return found

    def plugin_of(self, kind: str, provider_id: str) -> LoadedPlugin:
        """The plugin that registered a provider; raises PluginError when none did."""
        wanted = self.provider_class(kind, provider_id)
        return next(plugin for plugin in self.plugins.values() if wanted in plugin.brought.providers)

    @property
    def promotion_rules(self) -> tuple[type[PromotionCondition | PromotionAction], ...]:
        """Conditions and actions for promotions."""
        return tuple(rule for plugin in self.plugins.values() for rule in plugin.brought.promotion_rules)

    @property
    def slot_blocks(self) -> tuple[SlotBlock, ...]:
        return tuple(block for plugin in self.plugins.values() for block in plugin.brought.slot_blocks)

    @property
    def jobs(self) -> tuple[tuple[str, Job], ...]:
        """(plugin id, job)"""
        return tuple((plugin.id, job) for plugin in self.plugins.values() for job in plugin.brought.jobs)

    @property
    def commands(self) -> dict[str, tuple[click.Command, ...]]:
        """click commands by plugin id."""
        return {plugin.id: plugin.brought.commands for plugin in self.plugins.values() if plugin.brought.commands}

    @property
    def permissions(self) -> tuple[Permission, ...]:
        return tuple(permission for plugin in self.plugins.values() for permission in plugin.brought.permissions)

    @property
    def blueprints(self) -> tuple[Any, ...]:
        """``PluginBlueprint``s; each knows its plugin id and area."""
        return tuple(blueprint for plugin in self.plugins.values() for blueprint in plugin.brought.blueprints)

    def version(self, plugin_id: str) -> str:
        """Version of a plugin's distribution; empty when it is not installed."""
        found = self.installed.get(plugin_id)
        return found.version if found else ""

    def add(self, plugin: LoadedPlugin) -> None:
        """Let the plugin's hooks be called; an implementation that does not fit its hook raises."""
        try:
            self._manager.register(plugin.module, name=plugin.id)
        except Exception:
            self._take_out(plugin.id)
            raise
        self.plugins[plugin.id] = plugin
        self.hooks.forget()

    def fail(self, plugin_id: str, stage: str, error: Exception) -> FailedPlugin:
        """Mark an installed plugin as failed and take out all that it registered."""
        failed = failure(self.installed[plugin_id], stage, error)
        self.failed[plugin_id] = failed
        self.plugins.pop(plugin_id, None)
        self._take_out(plugin_id)
        _log.error("Plugin %s failed and is left out. %s %s", plugin_id, failed.cause, failed.remedy, exc_info=error)
        return failed

    def _take_out(self, plugin_id: str) -> None:
        if self._manager.has_plugin(plugin_id):
            self._manager.unregister(name=plugin_id)
        self.hooks.forget()


def build_registry(
    settings: Settings,
    *,
    disabled: Collection[str] = (),
    broken: Mapping[str, str] | None = None,
    safe_mode_reason: str = "",
    entry_points: Iterable[Any] | None = None,
    before_load: Callable[[str], None] = lambda plugin_id: None,
) -> Registry:
    """Discover, import and register the enabled plugins. Failures are listed in ``failed``, unless settings are strict.

    ``disabled`` is what staff switched off, ``broken`` says why a plugin must not be loaded (a failed migration).
    """
    registry = Registry(scan(entry_points), hook_manager())
    registry.safe_mode_reason = safe_mode_reason
    chosen = _choose(registry, settings, disabled)
    for plugin_id, cause in (broken or {}).items():
        if plugin_id in chosen:
            del chosen[plugin_id]
            why = f"Its migration failed and was rolled back: {cause}."
            registry.fail(plugin_id, "migration", PluginRefused(why, "Repair it, then run: entrepot db upgrade"))
    if not safe_mode_reason:
        _load_chosen(registry, chosen, settings.plugin_load_seconds, before_load)
    if settings.strict_plugins and registry.failed:
        raise PluginsFailed(list(registry.failed.values()))
    return registry


def _choose(registry: Registry, settings: Settings, disabled: Collection[str]) -> dict[str, Found]:
    """The plugins to load; the others go to the registry's lists."""
    wanted = set(registry.installed if settings.enabled_plugins is None else settings.enabled_plugins)
    for plugin_id in sorted(wanted - set(registry.installed) - set(registry.failed)):
        registry.failed[plugin_id] = FailedPlugin(
            id=plugin_id,
            cause="It is enabled in ENTREPOT_PLUGINS but not installed.",
            remedy=f"Run: pip install entrepot-{plugin_id}, or take it off the list.",
        )
    chosen = {id: found for id, found in registry.installed.items() if id in wanted and id not in disabled}
    registry.disabled = {
        id: found for id, found in registry.installed.items() if id not in chosen or registry.safe_mode_reason
    }
    return chosen


def _load_chosen(
    registry: Registry, chosen: dict[str, Found], seconds: float, before_load: Callable[[str], None]
) -> None:
    modules, failed = load(chosen.values(), seconds=seconds, before=before_load)
    for failure_ in failed.values():
        registry.failed[failure_.id] = failure_
        _log.error("Plugin %s failed and is left out. %s %s", failure_.id, failure_.cause, failure_.remedy)
    for plugin_id, module in modules.items():
        _register(registry, chosen[plugin_id], module, seconds)
    _refuse_shared_provider_ids(registry)
    _refuse_missing_requirements(registry)


def _register(registry: Registry, found: Found, module: ModuleType, seconds: float) -> None:
    try:
        brought = run_limited(lambda: read_plugin(found.id, module), seconds, f"register-{found.id}")
        registry.add(LoadedPlugin(found, module, brought))
    except (Exception, SystemExit) as error:
        registry.fail(found.id, "registration", error if isinstance(error, Exception) else PluginError(str(error)))


def _refuse_shared_provider_ids(registry: Registry) -> None:
    """Two plugins that offer the same provider are both left out: money must not depend on their order."""
    claims: dict[tuple[str, str], set[str]] = defaultdict(set)
    for plugin in registry.plugins.values():
        for provider in plugin.brought.providers:
            claims[provider.kind, provider.id].add(plugin.id)
    for (kind, provider_id), plugin_ids in claims.items():
        for plugin_id in plugin_ids if len(plugin_ids) > 1 else ():
            others = sorted(plugin_ids - {plugin_id})
            cause = f"Its {kind} provider '{provider_id}' is also offered by {', '.join(others)}."
            remedy = f"Disable all but one, for example: entrepot plugin disable {others[0]}"
            registry.fail(plugin_id, "registration", PluginRefused(cause, remedy))


def _refuse_missing_requirements(registry: Registry) -> None:
    """Take out plugins whose required plugins are not loaded, until nothing changes."""
    while unmet := {
        plugin.id: missing
        for plugin in registry.plugins.values()
        if (missing := sorted(set(plugin.manifest.requires) - set(registry.plugins)))
    }:
        for plugin_id, missing in unmet.items():
            names = ", ".join(missing)
            remedy = f"Install and enable {names}, or disable this one: entrepot plugin disable {plugin_id}"
            registry.fail(plugin_id, "registration", PluginRefused(f"It needs {names}, not loaded here.", remedy))
