"""``entrepot new KIND NAME``: writes the package of a plugin that installs, works and passes its conformance class."""

from __future__ import annotations

from pathlib import Path

import click

from entrepot.cli.new.naming import InvalidName, PluginName

KINDS = ("payment", "carrier", "notifier", "customs", "channel", "feature")


@click.command("new", short_help="Write a new plugin package.")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("name")
@click.option(
    "--directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="Where to put the package's folder (default: here).",
)
def new(kind: str, name: str, directory: Path) -> None:
    """Write a plugin package of KIND called NAME, such as: entrepot new carrier my-line"""
    from entrepot.cli.new.package import FolderExists, write_package

    try:
        plugin = PluginName.parse(kind, name)
        folder = write_package(plugin, directory)
    except (InvalidName, FolderExists) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"Wrote {plugin.distribution} to {folder}. Next:")
    click.echo(f"  cd {folder}")
    click.echo("  pip install -e . 'entrepot[testkit]'")
    click.echo("  pytest")
    click.echo(f"  entrepot plugin enable {plugin.plugin_id}")
