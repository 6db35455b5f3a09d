"""Migrations of the core and of plugins: one Alembic environment, a version table each, one transaction each.

Alembic is imported by these functions only: no request and no start needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, MetaData, inspect

from entrepot.sdk.errors import EntrepotError
from entrepot.storage.session import Base, UtcDateTime, db

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext

_FOLDER = Path(__file__).parent / "migrations"
CORE_VERSION_TABLE = "alembic_version"


@dataclass(frozen=True)
class Migrations:
    """One owner's revisions: the core's, or a plugin's."""

    owner: str
    folder: Path
    version_table: str

    def prepared(self, connection: Connection, metadata: MetaData | None = None) -> Config:
        """Alembic's configuration for this owner on an open connection."""
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(_FOLDER))
        config.set_main_option("path_separator", "newline")
        config.set_main_option("version_locations", str(self.folder))
        config.attributes.update(
            connection=connection, version_table=self.version_table, metadata=metadata, include_name=is_core_name
        )
        return config


CORE = Migrations("entrepot", _FOLDER / "versions", CORE_VERSION_TABLE)


def plugin_migrations(plugin_id: str, folder: Path) -> Migrations:
    """A plugin's revisions: in ``versions`` inside the folder its manifest names, or in that folder itself."""
    if not folder.is_dir():
        raise EntrepotError(f"{plugin_id}: there is no migrations folder {folder.name}. Reinstall the plugin.")
    versions = folder / "versions"
    return Migrations(plugin_id, versions if versions.is_dir() else folder, version_table(plugin_id))


def version_table(plugin_id: str) -> str:
    """``feature-reviews`` -> ``alembic_version_feature_reviews``"""
    return f"{CORE_VERSION_TABLE}_{plugin_id.replace('-', '_')}"


def upgrade(migrations: Migrations = CORE) -> None:
    """Bring one owner's tables to the newest revision, in one transaction: all of it or nothing."""
    from alembic import command

    with _writing() as connection:
        command.upgrade(migrations.prepared(connection), "heads")


def downgrade(migrations: Migrations) -> None:
    """Take back all of one owner's revisions and forget its version table."""
    from alembic import command

    with _writing() as connection:
        command.downgrade(migrations.prepared(connection), "base")
        connection.exec_driver_sql(f'DROP TABLE IF EXISTS "{migrations.version_table}"')


def drop_tables(names: list[str]) -> None:
    """Drop tables as they are, for an owner whose revisions cannot be taken back."""
    with _writing() as connection:
        metadata = MetaData()
        metadata.reflect(connection, only=[name for name in names if inspect(connection).has_table(name)])
        metadata.drop_all(connection, [metadata.tables[name] for name in names if name in metadata.tables])


def current(migrations: Migrations = CORE) -> tuple[str, str]:
    """(revision of the database, newest revision); the first is empty before the first upgrade."""
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    with db.engine.connect() as connection:
        script = ScriptDirectory.from_config(migrations.prepared(connection))
        context = MigrationContext.configure(connection, opts={"version_table": migrations.version_table})
        return ", ".join(sorted(context.get_current_heads())), ", ".join(sorted(script.get_heads()))


def differences() -> list[Any]:
    """What the core's models say and its tables do not, as Alembic's autogenerate puts it; empty when they agree."""
    from alembic.autogenerate import compare_metadata

    with db.engine.connect() as connection:
        found: list[Any] = compare_metadata(_comparing(connection), core_metadata())
    return found


def write_revision(message: str, rev_id: str) -> None:
    """Write the core's next revision from the difference between models and database; read it before you commit it.

    ``entrepot --data DIR db revision MESSAGE --id 0002`` on an upgraded store, or on an empty one for the first.
    """
    from alembic import command

    with db.engine.connect() as connection:
        config = CORE.prepared(connection, core_metadata())
        command.revision(config, message, autogenerate=True, rev_id=rev_id, version_path=str(CORE.folder))


def core_metadata() -> MetaData:
    """Tables of every slice."""
    package = Path(__file__).parents[1]
    for models in sorted(package.glob("*/models.py")):
        import_module(f"entrepot.{models.parent.name}.models")
    return Base.metadata


def render_type(kind: str, item: Any, _context: Any) -> str | bool:
    """Our instants as plain SQLAlchemy, so that old revisions outlive our code."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


def is_core_name(name: str | None, kind: str, parents: Any) -> bool:
    """Whether autogenerate should look at a table: plugins' tables and version tables are none of the core's."""
    return kind != "table" or (name or "") in Base.metadata.tables


def _comparing(connection: Connection) -> MigrationContext:
    from alembic.runtime.migration import MigrationContext

    return MigrationContext.configure(
        connection, opts={"include_name": is_core_name, "render_item": render_type, "compare_type": True}
    )


@contextmanager
def _writing() -> Iterator[Connection]:
    """A connection in one transaction that may rebuild tables.

    SQLite cannot change most columns: Alembic copies the table, drops the old one and renames. With foreign keys
    enforced the drop would delete or refuse rows that refer to it, so they are checked once, at the end.
    """
    engine = db.engine.execution_options(entrepot_write=True)
    with engine.connect() as connection, _without_foreign_keys(connection) as check, connection.begin():
        yield connection
        check()


@contextmanager
def _without_foreign_keys(connection: Connection) -> Iterator[Callable[[], None]]:
    if connection.dialect.name != "sqlite":
        yield lambda: None
        return
    raw = connection.connection.dbapi_connection
    assert raw is not None

    def check() -> None:
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            tables = ", ".join(sorted({row[0] for row in broken}))
            raise EntrepotError(f"The migration leaves rows in {tables} that refer to nothing. It was rolled back.")

    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        yield check
    finally:
        raw.execute("PRAGMA foreign_keys=ON")
