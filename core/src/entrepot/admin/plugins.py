"""Plugins: loaded, failed, disabled; switched on and off."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, url_for
from sqlalchemy import select

from entrepot import web
from entrepot.admin.carrying_out import NOTHING_REFUSED, Refused, carry_out
from entrepot.admin.frame import Answer, Crumb, missing, page
from entrepot.engine import uninstall
from entrepot.engine.calls import AccountView
from entrepot.engine.failures import FailedPlugin
from entrepot.engine.models import PluginState
from entrepot.engine.registry import LoadedPlugin, Registry
from entrepot.sdk.errors import EntrepotError
from entrepot.storage.session import reader
from entrepot.web.i18n import gettext as _


@dataclass(frozen=True)
class PluginRow:
    """One installed plugin. ``state``: loaded, failed, disabled. ``wanted``: what staff decided for the next start."""

    id: str
    name: str
    state: str
    wanted: bool
    version: str
    distribution: str
    license: str
    kind: str
    description: str = ""
    failure: FailedPlugin | None = None

    @property
    def changes_at_restart(self) -> bool:
        """Whether the next start brings another state than now."""
        return (self.state == "disabled") == self.wanted


def plugins() -> Response:
    rows = _rows(web.runtime().registry)
    return page(
        "admin/plugins.html",
        title=_("Plugins"),
        failed=[row for row in rows if row.state == "failed"],
        loaded=[row for row in rows if row.state == "loaded"],
        disabled=[row for row in rows if row.state == "disabled"],
        from_list=web.runtime().settings.enabled_plugins is not None,
    )


def plugin(plugin_id: str) -> Response:
    return _plugin_page(plugin_id)


def enable_plugin(plugin_id: str) -> Answer:
    return _switch(plugin_id, enabled=True, done=_("It will be loaded at the next start of the shop."))


def disable_plugin(plugin_id: str) -> Answer:
    return _switch(plugin_id, enabled=False, done=_("It will be left out from the next start of the shop on."))


def _switch(plugin_id: str, *, enabled: bool, done: str) -> Answer:
    def action() -> None:
        runtime = web.runtime()
        if plugin_id not in runtime.registry.installed:
            raise EntrepotError("There is no plugin {id}. Reload the list.", id=plugin_id)
        uninstall.set_enabled(plugin_id, enabled, runtime.clock)

    return carry_out(
        action,
        form="switch",
        done=done,
        to=url_for("admin.plugin", plugin_id=plugin_id),
        again=lambda refused: _plugin_page(plugin_id, refused),
    )


def _plugin_page(plugin_id: str, refused: Refused = NOTHING_REFUSED) -> Response:
    runtime = web.runtime()
    row = next((row for row in _rows(runtime.registry) if row.id == plugin_id), None)
    if row is None:
        return missing(_("There is no plugin %(id)s. It may have been uninstalled.", id=plugin_id))
    loaded = runtime.registry.plugins.get(plugin_id)
    accounts = [one for one in runtime.accounts.list(enabled_only=False) if one.plugin_id == plugin_id]
    return page(
        "admin/plugin.html",
        title=row.name,
        trail=(Crumb(_("Plugins"), url_for("admin.plugins")),),
        row=row,
        plugin=loaded,
        brings=_brings(loaded) if loaded else [],
        accounts=accounts,
        use=_use(accounts),
        refused=refused,
    )


def _rows(registry: Registry) -> list[PluginRow]:
    """Every plugin, also those that two distributions claim, by id."""
    decisions = select(PluginState.plugin_id, PluginState.enabled)
    decided = {row.plugin_id: row.enabled for row in reader().execute(decisions)}
    ids = sorted({*registry.installed, *registry.failed})
    return [_row(registry, plugin_id, decided.get(plugin_id, True)) for plugin_id in ids]


def _row(registry: Registry, plugin_id: str, wanted: bool) -> PluginRow:
    found = registry.installed.get(plugin_id)
    loaded = registry.plugins.get(plugin_id)
    failure = registry.failed.get(plugin_id)
    return PluginRow(
        id=plugin_id,
        name=loaded.name if loaded else plugin_id,
        state="failed" if failure else "loaded" if loaded else "disabled",
        wanted=wanted,
        version=found.version if found else "",
        distribution=found.distribution if found else failure.distribution if failure else "",
        license=found.license if found else "",
        kind=plugin_id.partition("-")[0],
        description=loaded.manifest.description if loaded else "",
        failure=failure,
    )


def _brings(plugin: LoadedPlugin) -> list[tuple[str, str]]:
    """(what, which) of everything that a plugin registered."""
    brought = plugin.brought
    found = [
        (_("Providers"), [f"{cls.label} ({cls.kind})" for cls in brought.providers]),
        (_("Blocks in pages"), [block.slot for block in brought.slot_blocks]),
        (_("Periodic jobs"), [job.name for job in brought.jobs]),
        (_("Commands"), [command.name or "" for command in brought.commands]),
        (_("Permissions"), [permission.label for permission in brought.permissions]),
        (_("Tables"), list(plugin.manifest.tables)),
        (_("Needs"), list(plugin.manifest.requires)),
    ]
    return [(what, ", ".join(which)) for what, which in found if which]


def _use(accounts: list[AccountView]) -> list[str]:
    """Labels of the accounts that stop working without the plugin."""
    return [account.label for account in accounts if account.enabled]
