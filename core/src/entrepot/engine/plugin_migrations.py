"""Plugins' tables: brought up to date one plugin at a time, so that a broken migration costs only its own plugin."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import update

from entrepot.engine.failures import FailedPlugin
from entrepot.engine.limits import described
from entrepot.engine.models import PluginState
from entrepot.engine.registry import LoadedPlugin, Registry
from entrepot.kernel.clock import Clock
from entrepot.storage import migrate
from entrepot.storage.session import unit_of_work

_log = logging.getLogger(__name__)


def upgrade_plugins(registry: Registry, clock: Clock, only: str | None = None) -> list[FailedPlugin]:
    """Upgrade the tables of loaded plugins. Returns those that failed: rolled back, and not loaded until repaired."""
    failed: list[FailedPlugin] = []
    for plugin in list(_with_tables(registry)):
        if only not in (None, plugin.id):
            continue
        error = _upgrade(plugin)
        remember_error(plugin.id, f"{type(error).__name__}: {error}"[:2000] if error else "", clock)
        if error is not None:
            failed.append(registry.fail(plugin.id, "migration", error))
    return failed


def revisions(registry: Registry) -> dict[str, tuple[str, str]]:
    """(revision of the database, newest revision) of each loaded plugin with tables."""
    return {plugin.id: migrate.current(migrations_of(plugin)) for plugin in _with_tables(registry)}


def migrations_of(plugin: LoadedPlugin) -> migrate.Migrations:
    """The plugin's revisions; raises EntrepotError when their folder is missing."""
    return migrate.plugin_migrations(plugin.id, plugin.folder / Path(plugin.manifest.migrations.replace(".", "/")))


def remember_error(plugin_id: str, error: str, clock: Clock) -> None:
    """Keep why a migration failed, or forget it, for the next start."""
    with unit_of_work() as session:
        kept = update(PluginState).where(PluginState.plugin_id == plugin_id).values(migration_error=error)
        known = session.execute(kept).rowcount  # type: ignore[attr-defined]
        if error and not known:
            session.add(PluginState(plugin_id=plugin_id, changed_at=clock.now(), migration_error=error))


def _with_tables(registry: Registry) -> Iterator[LoadedPlugin]:
    return (plugin for plugin in registry.plugins.values() if plugin.manifest.migrations)


def _upgrade(plugin: LoadedPlugin) -> Exception | None:
    try:
        migrate.upgrade(migrations_of(plugin))
    except (Exception, SystemExit) as error:
        _log.error("The migration of %s failed and was rolled back", plugin.id, exc_info=error)
        return described(error)
    return None
