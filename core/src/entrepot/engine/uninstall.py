"""Switching plugins off and taking them out: keep their data, export it, or purge it; a dry run says what is there."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData, Table, delete, func, inspect, select

from entrepot.engine.models import Account, JobRun, PluginState, ProviderCall
from entrepot.engine.plugin_migrations import migrations_of
from entrepot.engine.runtime import Runtime
from entrepot.kernel.clock import Clock
from entrepot.sdk.errors import EntrepotError
from entrepot.storage import migrate
from entrepot.storage.models import FactDelivery
from entrepot.storage.session import reader, release_reader, unit_of_work

_log = logging.getLogger(__name__)
_ROWS_AT_ONCE = 500


@dataclass(frozen=True)
class Belongings:
    """What a plugin has in this store."""

    plugin_id: str
    #: table -> rows
    tables: dict[str, int]
    #: Labels of its accounts.
    accounts: tuple[str, ...]
    deliveries: int
    calls: int
    jobs: int

    @property
    def is_empty(self) -> bool:
        return not (self.tables or self.accounts or self.deliveries or self.calls or self.jobs)


def set_enabled(plugin_id: str, enabled: bool, clock: Clock) -> None:
    """Load the plugin from the next start on, or leave it out. Its data stays."""
    with unit_of_work() as session:
        state = session.get(PluginState, plugin_id) or PluginState(plugin_id=plugin_id, migration_error="")
        state.enabled = enabled
        state.changed_at = clock.now()
        if enabled:
            state.migration_error = ""
        session.add(state)


def belongings(runtime: Runtime, plugin_id: str) -> Belongings:
    """Count what the plugin has; changes nothing."""
    session = reader()
    tables = {name: _rows_in(_reflected(name)) for name in tables_of(runtime, plugin_id)}
    accounts = session.execute(select(Account.id, Account.label).where(Account.plugin_id == plugin_id)).all()
    ids = [row.id for row in accounts]
    found = Belongings(
        plugin_id=plugin_id,
        tables=tables,
        accounts=tuple(row.label for row in accounts),
        deliveries=_count(select(func.count()).where(FactDelivery.consumer == plugin_id)),
        calls=_count(select(func.count()).where(ProviderCall.account_id.in_(ids))),
        jobs=_count(select(func.count()).where(JobRun.name.startswith(f"{plugin_id}."))),
    )
    release_reader()
    return found


def export(runtime: Runtime, plugin_id: str, target: Path) -> int:
    """Write accounts (without secrets) and every row of the plugin's tables as JSON lines; returns how many lines."""
    lines = 0
    with target.open("x", encoding="utf-8") as file:
        for record in _records(runtime, plugin_id):
            file.write(json.dumps(record, ensure_ascii=False, default=_as_json) + "\n")
            lines += 1
    release_reader()
    return lines


def purge(runtime: Runtime, plugin_id: str) -> Belongings:
    """Remove everything that the plugin has: tables, accounts, deliveries, records. Returns what it was.

    The plugin is disabled, so that the next start does not miss its tables; uninstall its distribution with pip.
    """
    found = belongings(runtime, plugin_id)
    set_enabled(plugin_id, False, runtime.clock)
    _drop_tables(runtime, plugin_id, list(found.tables))
    with unit_of_work() as session:
        ids = select(Account.id).where(Account.plugin_id == plugin_id)
        session.execute(delete(ProviderCall).where(ProviderCall.account_id.in_(ids)))
        session.execute(delete(Account).where(Account.plugin_id == plugin_id))
        session.execute(delete(FactDelivery).where(FactDelivery.consumer == plugin_id))
        session.execute(delete(JobRun).where(JobRun.name.startswith(f"{plugin_id}.")))
    return found


def tables_of(runtime: Runtime, plugin_id: str) -> list[str]:
    """The plugin's tables in the database, by its prefix: also those that a broken or missing plugin left behind."""
    prefix = plugin_id.replace("-", "_") + "_"
    names = inspect(reader().connection()).get_table_names()
    others = _other_prefixes(runtime, plugin_id, names)
    release_reader()
    return sorted(name for name in names if name.startswith(prefix) and not name.startswith(tuple(others)))


def _other_prefixes(runtime: Runtime, plugin_id: str, names: list[str]) -> list[str]:
    """Longer prefixes of other plugins: ``feature-a-b`` owns what starts with feature_a_b_, not ``feature-a``."""
    prefix = plugin_id.replace("-", "_") + "_"
    marker = f"{migrate.CORE_VERSION_TABLE}_"
    known = {id.replace("-", "_") + "_" for id in (*runtime.registry.installed, *runtime.registry.failed)}
    known |= {name.removeprefix(marker) + "_" for name in names if name.startswith(marker)}
    return [other for other in known if other != prefix and other.startswith(prefix)]


def _drop_tables(runtime: Runtime, plugin_id: str, names: list[str]) -> None:
    """Take back the plugin's revisions; what they leave, and what a broken plugin cannot take back, is dropped."""
    plugin = runtime.registry.plugins.get(plugin_id)
    if plugin is not None and plugin.manifest.migrations:
        try:
            migrate.downgrade(migrations_of(plugin))
        except (Exception, SystemExit):
            _log.warning("%s cannot take back its migrations; its tables are dropped as they are", plugin_id)
    migrate.drop_tables([*names, migrate.version_table(plugin_id)])


def _records(runtime: Runtime, plugin_id: str) -> Iterator[dict[str, Any]]:
    for account in runtime.accounts.export(plugin_id):
        yield {"record": "account", **account}
    for name in tables_of(runtime, plugin_id):
        for row in reader().execute(select(_reflected(name)).execution_options(yield_per=_ROWS_AT_ONCE)).mappings():
            yield {"record": "row", "table": name, "values": dict(row)}


def _reflected(name: str) -> Table:
    return Table(name, MetaData(), autoload_with=reader().connection())


def _rows_in(table: Table) -> int:
    return _count(select(func.count()).select_from(table))


def _count(query: Any) -> int:
    return int(reader().execute(query).scalar_one())


def _as_json(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise EntrepotError(f"A value of type {type(value).__name__} cannot be exported. Tell the plugin's author.")
