"""For plugins that keep tables of their own. The one sdk module (beside ``web``) that needs SQLAlchemy.

Tables start with the plugin's prefix, refer to core rows by public id (order number, SKU) and have no foreign key to
core tables. Migrations live in the folder that the manifest names, with a version table of the plugin's own.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from sqlalchemy import MetaData, Table
from sqlalchemy.orm import DeclarativeBase, Session

from entrepot.sdk.errors import PluginError
from entrepot.sdk.manifest import PluginManifest

_transactions: Callable[[], AbstractContextManager[Session]] | None = None


def bind_transactions(factory: Callable[[], AbstractContextManager[Session]] | None) -> None:
    """Called by the core at start; plugins use ``transaction``."""
    global _transactions
    _transactions = factory


def transaction() -> AbstractContextManager[Session]:
    """``with transaction() as session:`` commits at the end, rolls back on an exception. Short; no network inside."""
    if _transactions is None:
        raise PluginError(
            "There is no shop around this call. Run it inside a started shop or the testkit's 'shop' fixture."
        )
    return _transactions()


def declarative_base(manifest: PluginManifest) -> type[DeclarativeBase]:
    """A base class for the plugin's models; a table without the plugin's prefix is refused when it is declared."""

    class PluginMetaData(MetaData):
        def _add_table(self, name: str, schema: str | None, table: Table) -> None:
            if not name.startswith(manifest.table_prefix):
                raise PluginError(f"{manifest.id}: table '{name}' must be called '{manifest.table_prefix}{name}'.")
            super()._add_table(name, schema, table)

    return type("Base", (DeclarativeBase,), {"metadata": PluginMetaData()})
