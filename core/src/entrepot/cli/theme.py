"""``entrepot theme``: which themes there are, which one the store wears, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from entrepot.cli.context import database, settings_of

if TYPE_CHECKING:
    from entrepot.theming.themes import Discovery


@click.group()
def theme() -> None:
    """List themes, examine them, choose one."""


@theme.command("list")
@click.pass_context
def list_(context: click.Context) -> None:
    """All themes, installed or in the data folder's themes/; a star marks the store's own."""
    from entrepot.markets.queries import store

    found = _discovered(context)
    with database(settings_of(context)).app_context():
        chosen = store().theme
    for one in found.themes.values():
        parent = f"child of {one.parent}" if one.parent else ""
        click.echo(f"{'*' if one.id == chosen else ' '} {one.id:<24} {one.manifest.name:<24} {parent}")
    for problem in found.problems:
        click.secho(str(problem), fg="red", err=True)


@theme.command()
@click.argument("theme_id")
@click.pass_context
def use(context: click.Context, theme_id: str) -> None:
    """Draw the shop in this theme from the next start on; "core" means in none."""
    from entrepot.markets.service import change_store
    from entrepot.theming.themes import theme_chain

    if theme_id != "core":
        theme_chain(_discovered(context).themes, theme_id)
    with database(settings_of(context)).app_context():
        change_store(theme="" if theme_id == "core" else theme_id)
    click.echo(f"The shop wears {theme_id} from its next start on.")


@theme.command()
@click.argument("theme_id")
@click.pass_context
def check(context: click.Context, theme_id: str) -> None:
    """Say what is wrong with a theme: files, tokens, contrast, slots. Ends with 1 when there is an error.

    THEME_ID is the id of a theme, or the path of a folder with a theme.toml.
    """
    from entrepot.theming.check import check_theme

    installed = _discovered(context).themes
    subject = installed.get(theme_id) or Path(theme_id)
    findings = check_theme(subject, installed=installed)
    for finding in findings:
        click.echo(str(finding))
    errors = sum(1 for finding in findings if finding.level == "error")
    click.echo(f"{errors} errors, {len(findings) - errors} warnings.")
    if errors:
        context.exit(1)


def _discovered(context: click.Context) -> Discovery:
    from entrepot.theming.themes import discover_themes

    return discover_themes([settings_of(context).data_dir / "themes"])
