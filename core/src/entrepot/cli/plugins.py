"""``entrepot plugin``: what is installed, how it is, and how to switch it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from entrepot.cli.context import engine, settings_of

if TYPE_CHECKING:
    from entrepot.engine.health import Problem
    from entrepot.engine.registry import LoadedPlugin, Registry
    from entrepot.engine.runtime import Runtime
    from entrepot.engine.uninstall import Belongings


@click.group()
def plugin() -> None:
    """List, examine, switch and remove plugins."""


@plugin.command("list")
@click.pass_context
def list_(context: click.Context) -> None:
    """All installed plugins and their state."""
    with engine(settings_of(context)) as runtime:
        rows = _states(runtime.registry)
        if runtime.registry.safe_mode_reason:
            click.secho(f"Safe mode: {runtime.registry.safe_mode_reason}", fg="yellow")
    if not rows:
        click.echo("No plugins are installed. For a start: pip install 'entrepot[starter]'")
    for plugin_id, state, version in rows:
        click.echo(f"{plugin_id:<34} {version:<12} {state}")


@plugin.command()
@click.argument("plugin_id")
@click.pass_context
def info(context: click.Context, plugin_id: str) -> None:
    """What one plugin is, brings and keeps."""
    with engine(settings_of(context)) as runtime:
        loaded = runtime.registry.plugins.get(plugin_id)
        if loaded is not None:
            _show(loaded)
            return
        _require_installed(runtime.registry, plugin_id)
        failed = runtime.registry.failed.get(plugin_id)
        click.echo(f"{plugin_id}: {f'failed. {failed.cause} {failed.remedy}' if failed else 'disabled, not imported.'}")


@plugin.command()
@click.option("--traceback", is_flag=True, help="Show where each failure happened.")
@click.pass_context
def doctor(context: click.Context, traceback: bool) -> None:
    """Every problem with its cause and remedy. Ends with 1 when there is one."""
    from entrepot.engine.health import health

    with engine(settings_of(context)) as runtime:
        found = health(runtime)
        problems = (*found.problems(), *_behind(runtime))
    for problem in problems:
        click.secho(problem.subject, fg="red", bold=True)
        click.echo(f"  Cause:  {problem.cause}\n  Remedy: {problem.remedy}")
        if traceback and problem.traceback:
            click.echo(problem.traceback)
    click.echo(f"{len(found.loaded)} plugins loaded, {len(found.disabled)} disabled, {len(problems)} problems.")
    if problems:
        context.exit(1)


@plugin.command()
@click.argument("plugin_id")
@click.pass_context
def enable(context: click.Context, plugin_id: str) -> None:
    """Load the plugin from the next start on."""
    _switch(context, plugin_id, True)
    click.echo(f"{plugin_id} is enabled. Run 'entrepot db upgrade' if it has tables, then restart shop and worker.")


@plugin.command()
@click.argument("plugin_id")
@click.pass_context
def disable(context: click.Context, plugin_id: str) -> None:
    """Leave the plugin out from the next start on. Its data stays."""
    _switch(context, plugin_id, False)
    click.echo(f"{plugin_id} is disabled and keeps its data. Restart shop and worker.")


@plugin.command()
@click.pass_context
def retry(context: click.Context) -> None:
    """Leave the safe mode that failed starts led to, and try all plugins at the next start."""
    from entrepot.engine.boot import forget_failed_starts

    forget_failed_starts(settings_of(context))
    click.echo("The next start loads plugins again.")


@plugin.command()
@click.argument("plugin_id")
@click.option("--keep", "mode", flag_value="keep", help="Disable it and keep its data.")
@click.option(
    "--export", "export_to", type=click.Path(dir_okay=False, path_type=Path), help="Write its data to a file."
)
@click.option("--purge", "mode", flag_value="purge", help="Remove tables, accounts and all else that it has.")
@click.option("--dry-run", is_flag=True, help="Only say what there is.")
@click.option("--yes", is_flag=True, help="Purge without asking.")
@click.pass_context
def uninstall(
    context: click.Context, plugin_id: str, mode: str | None, export_to: Path | None, dry_run: bool, yes: bool
) -> None:
    """Take a plugin out: keep its data (the default), export it, or purge it. --export goes with either."""
    from entrepot.engine import uninstall as removal

    with engine(settings_of(context), before_migration=True) as runtime:
        found = removal.belongings(runtime, plugin_id)
        if found.is_empty:
            _require_installed(runtime.registry, plugin_id)
        _tell(found)
        if dry_run:
            click.echo("Nothing was changed.")
            return
        if export_to is not None:
            click.echo(f"{removal.export(runtime, plugin_id, export_to)} records were written to {export_to}.")
        if mode == "purge":
            if not yes:
                click.confirm(f"Remove all of this from {plugin_id} for good?", abort=True)
            removal.purge(runtime, plugin_id)
        else:
            removal.set_enabled(plugin_id, False, runtime.clock)
    distribution = f"pip uninstall entrepot-{plugin_id}"
    click.echo(f"{'Purged' if mode == 'purge' else 'Disabled; its data stays'}. To finish: {distribution}")


@plugin.command()
@click.pass_context
def check(context: click.Context) -> None:
    """Ask the provider of every account whether its configuration works."""
    from entrepot.sdk.errors import EntrepotError

    failed = 0
    with engine(settings_of(context)) as runtime:
        for account in runtime.accounts.list(enabled_only=False):
            name = f"{account.kind} {account.provider_id} '{account.label}' ({account.id})"
            try:
                runtime.accounts.check(account.id)
                click.echo(f"ok      {name}")
            except EntrepotError as error:
                failed += 1
                click.secho(f"failed  {name}: {error}", fg="red")
    if failed:
        context.exit(1)


@plugin.command()
@click.argument("consumer")
@click.pass_context
def replay(context: click.Context, consumer: str) -> None:
    """Deliver parked facts to a plugin (or core.<name>) once more."""
    from entrepot.engine.delivery import replay as replay_parked

    with engine(settings_of(context)) as runtime:
        count = replay_parked(runtime, consumer=consumer)
    click.echo(f"{count} facts are delivered again by the worker.")


def _switch(context: click.Context, plugin_id: str, enabled: bool) -> None:
    """Does not load plugins: it must also work for one that ends the process."""
    from entrepot.cli.context import database
    from entrepot.engine.boot import forget_failed_starts
    from entrepot.engine.discovery import scan
    from entrepot.engine.uninstall import set_enabled
    from entrepot.kernel.clock import SystemClock

    settings = settings_of(context)
    installed = scan()
    if plugin_id not in installed.found and plugin_id not in installed.failed:
        raise click.ClickException(f"{plugin_id} is not installed. 'entrepot plugin list' shows what is.")
    with database(settings).app_context():
        set_enabled(plugin_id, enabled, SystemClock())
    forget_failed_starts(settings)


def _states(registry: Registry) -> list[tuple[str, str, str]]:
    rows = [(one.id, "loaded", one.version) for one in registry.plugins.values()]
    rows += [(one.id, f"failed: {one.cause}", one.version) for one in registry.failed.values()]
    rows += [(one.id, "disabled", one.version) for one in registry.disabled.values() if one.id not in registry.failed]
    return sorted(rows)


def _show(plugin: LoadedPlugin) -> None:
    manifest = plugin.manifest
    click.echo(f"{manifest.name} ({plugin.id} {plugin.version}, {plugin.found.license or 'no licence named'})")
    click.echo(f"  {manifest.description or 'No description.'}")
    brought = plugin.brought
    parts = {
        "Distribution": plugin.found.distribution,
        "API": str(manifest.api_version),
        "Providers": ", ".join(f"{cls.kind}: {cls.label}" for cls in brought.providers),
        "Blocks": ", ".join(block.slot for block in brought.slot_blocks),
        "Jobs": ", ".join(f"{job.name} every {job.every}" for job in brought.jobs),
        "Commands": ", ".join(str(command.name) for command in brought.commands),
        "Permissions": ", ".join(permission.id for permission in brought.permissions),
        "Tables": ", ".join(manifest.tables),
        "Personal data": "; ".join(f"{kept.what} ({kept.purpose})" for kept in manifest.privacy),
        "Needs": ", ".join((*manifest.requires, *plugin.found.requires)),
    }
    for label, text in parts.items():
        if text:
            click.echo(f"  {label + ':':<15} {text}")


def _tell(found: Belongings) -> None:
    click.echo(f"{found.plugin_id} has in this store:")
    for table, rows in found.tables.items():
        click.echo(f"  table {table}: {rows} rows")
    click.echo(f"  accounts: {', '.join(found.accounts) or 'none'}")
    click.echo(f"  deliveries: {found.deliveries}, call records: {found.calls}, jobs: {found.jobs}")


def _behind(runtime: Runtime) -> list[Problem]:
    """Tables that a newer version of their plugin, or of the core, has changed since the last upgrade."""
    from entrepot.engine.health import Problem
    from entrepot.engine.plugin_migrations import revisions
    from entrepot.storage import migrate

    found = {"entrepot": migrate.current(), **revisions(runtime.registry)}
    return [
        Problem(
            owner, f"Its tables are at revision {at or 'none'}, the newest is {newest}.", "Run: entrepot db upgrade"
        )
        for owner, (at, newest) in found.items()
        if at != newest
    ]


def _require_installed(registry: Registry, plugin_id: str) -> None:
    if plugin_id not in registry.installed and plugin_id not in registry.failed:
        raise click.ClickException(f"{plugin_id} is not installed. 'entrepot plugin list' shows what is.")
