"""What services are given instead of a service locator: settings, clock, plugins, accounts, the guard."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.exc import OperationalError, ProgrammingError

from entrepot.engine.accounts import Accounts
from entrepot.engine.boot import Boot
from entrepot.engine.breaker import Breaker
from entrepot.engine.call_log import CallLog
from entrepot.engine.failures import PluginRefused
from entrepot.engine.guard import Guard
from entrepot.engine.models_shown import PluginState
from entrepot.engine.registry import Registry, build_registry
from entrepot.kernel.clock import Clock, SystemClock
from entrepot.kernel.records import dataclass
from entrepot.sdk.errors import EntrepotError
from entrepot.sdk.readmodels import OrderView, ShopReader
from entrepot.sdk.tables import bind_transactions
from entrepot.settings import Settings
from entrepot.storage.session import reader, release_reader, unit_of_work

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Runtime:
    """The running shop. First argument of every service function."""

    settings: Settings
    clock: Clock
    registry: Registry
    accounts: Accounts
    guard: Guard
    #: Read access for observation hooks and jobs.
    shop: ShopReader


class _NoShop:
    """Stands for the shop's read models where nobody gave any."""

    def order(self, number: str) -> OrderView | None:
        raise EntrepotError("This runtime was built without read models. Pass shop= to build_runtime.")

    def stock(self, skus: list[str]) -> dict[str, int]:
        raise EntrepotError("This runtime was built without read models. Pass shop= to build_runtime.")


def build_runtime(
    settings: Settings,
    clock: Clock | None = None,
    entry_points: Iterable[Any] | None = None,
    *,
    render: Callable[..., str] | None = None,
    shop: ShopReader | None = None,
    boot: Boot | None = None,
    before_migration: bool = False,
) -> Runtime:
    """Load the plugins and put the engine together, inside an app context.

    ``entry_points`` replaces the installed plugins, for tests. ``render(template, locale, **context)`` draws their
    templates. A caller that does more before the shop stands passes its own ``boot`` and ends it with ``finished()``.
    ``before_migration`` loads plugins whose tables are missing or broken, to repair them.
    """
    clock = clock or SystemClock()
    disabled, broken = _staff_decisions()
    this_boot = boot or Boot(settings)
    if this_boot.safe_mode_reason:
        _log.warning("Safe mode: the shop starts without plugins. %s", this_boot.safe_mode_reason)
    registry = build_registry(
        settings,
        disabled=disabled,
        broken={} if before_migration else broken,
        safe_mode_reason=this_boot.safe_mode_reason,
        entry_points=entry_points,
        before_load=this_boot.loading,
    )
    this_boot.loading("")
    if not before_migration:
        _refuse_missing_tables(registry)
    bind_transactions(unit_of_work)
    breaker = Breaker(clock)
    accounts = Accounts(registry, settings, clock, breaker=breaker, render=render)
    guard = Guard(accounts, clock, breaker=breaker, call_log=CallLog(clock))
    if boot is None:
        this_boot.finished()
    return Runtime(settings, clock, registry, accounts, guard, shop or _NoShop())


def _staff_decisions() -> tuple[set[str], dict[str, str]]:
    """(ids switched off, causes by id of failed migrations); nothing before the database has its tables."""
    try:
        rows = reader().execute(select(PluginState.plugin_id, PluginState.enabled, PluginState.migration_error)).all()
    except (OperationalError, ProgrammingError):
        return set(), {}
    finally:
        release_reader()
    return {row.plugin_id for row in rows if not row.enabled}, {
        row.plugin_id: row.migration_error for row in rows if row.migration_error
    }


def _refuse_missing_tables(registry: Registry) -> None:
    """Take out plugins whose tables nobody has made yet. Asks the database only when a plugin has tables."""
    with_tables = [plugin for plugin in registry.plugins.values() if plugin.manifest.tables]
    if not with_tables:
        return
    present = set(inspect(reader().connection()).get_table_names())
    release_reader()
    for plugin in with_tables:
        missing = sorted(set(plugin.manifest.tables) - present)
        if missing:
            cause = f"Its tables are missing: {', '.join(missing)}."
            registry.fail(plugin.id, "migration", PluginRefused(cause, "Run: entrepot db upgrade"))
