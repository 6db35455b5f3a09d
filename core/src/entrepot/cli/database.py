"""``entrepot db``: migrations of the core and of plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from entrepot.cli.context import database, engine, settings_of
from entrepot.settings import create_data_dir

if TYPE_CHECKING:
    from entrepot.engine.runtime import Runtime


@click.group()
def db() -> None:
    """Upgrade the database, or say where it stands."""


@db.command()
@click.option("--plugin", "plugin_id", help="Only this plugin's tables.")
@click.pass_context
def upgrade(context: click.Context, plugin_id: str | None) -> None:
    """Bring the tables of the core and of all loaded plugins to their newest revision.

    A plugin whose migration fails is rolled back and not loaded until it is repaired; the others are upgraded.
    """
    with engine(settings_of(context), before_migration=True) as runtime:
        if plugin_id is not None and plugin_id not in runtime.registry.plugins:
            raise click.ClickException(f"{plugin_id} is not loaded. 'entrepot plugin doctor' says why.")
        if not upgrade_all(runtime, plugin_id):
            context.exit(1)


@db.command()
@click.pass_context
def current(context: click.Context) -> None:
    """Say at which revision the core and each plugin stand."""
    from entrepot.engine.plugin_migrations import revisions
    from entrepot.storage import migrate

    with engine(settings_of(context), before_migration=True) as runtime:
        found = {"entrepot": migrate.current(), **revisions(runtime.registry)}
    for owner, (at, newest) in found.items():
        state = "up to date" if at == newest else f"behind: newest is {newest}. Run: entrepot db upgrade"
        click.echo(f"{owner:<32} {at or 'no tables yet':<14} {state}")


@db.command(hidden=True)
@click.argument("message")
@click.option("--id", "rev_id", required=True, help="Number of the revision, such as 0002.")
@click.pass_context
def revision(context: click.Context, message: str, rev_id: str) -> None:
    """Write the core's next revision from its models; for work on entrepot itself."""
    from entrepot.storage import migrate

    settings = settings_of(context)
    create_data_dir(settings.data_dir)
    with database(settings).app_context():
        migrate.write_revision(message, rev_id)


def upgrade_all(runtime: Runtime, plugin_id: str | None = None) -> bool:
    """Upgrade and tell about it; False when a plugin failed."""
    from entrepot.engine.plugin_migrations import revisions, upgrade_plugins
    from entrepot.storage import migrate

    if plugin_id is None:
        migrate.upgrade()
        click.echo(f"Core: revision {migrate.current()[0]}.")
    failed = upgrade_plugins(runtime.registry, runtime.clock, only=plugin_id)
    for owner, (at, _) in revisions(runtime.registry).items():
        click.echo(f"{owner}: revision {at}.")
    for plugin in failed:
        click.secho(f"{plugin.id}: {plugin.cause} It was rolled back. {plugin.remedy}", fg="red", err=True)
    return not failed
