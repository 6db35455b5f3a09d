"""``entrepot theme``: which themes there are, which one the store wears, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from entrepot.cli.context import database
from entrepot.cli.context import settings_of as settings_of_command

if TYPE_CHECKING:
    from entrepot.theming.themes import Discovery, Theme


@click.group()
def theme() -> None:
    """List themes, examine them, choose one."""


@theme.command("list")
@click.pass_context
def list_(context: click.Context) -> None:
    """All themes, installed or in the data folder's themes/; a star marks the store's own."""
    from entrepot.markets.queries import store

    found = _discovered(context)
    with database(settings_of_command(context)).app_context():
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
    """Draw the shop in this theme from the next page on; "core" means in none."""
    from entrepot.markets.service import change_store
    from entrepot.theming.themes import theme_chain

    if theme_id != "core":
        theme_chain(_discovered(context).themes, theme_id)
    with database(settings_of_command(context)).app_context():
        change_store(theme="" if theme_id == "core" else theme_id)
    click.echo(f"The shop wears {theme_id} from its next page on; if the theme is new, once the shop starts again.")


@theme.command("settings")
@click.pass_context
def settings_(context: click.Context) -> None:
    """What the store's theme lets be set, and what it is set to."""
    from entrepot.markets.queries import store
    from entrepot.theming.settings import settings_of

    with database(settings_of_command(context)).app_context():
        found = store()
    known = settings_of(_chain(context, found.theme))
    for name, setting in known.items():
        value = found.theme_settings.get(name, setting.default)
        click.echo(f"{name:<24} {setting.label:<32} {'as the theme has it' if value is None else value}")
    if not known:
        click.echo("The theme lets nothing be set.")


@theme.command("set")
@click.argument("name")
@click.argument("value", required=False)
@click.pass_context
def set_(context: click.Context, name: str, value: str | None) -> None:
    """Set NAME to VALUE from the next page on; without a VALUE it is again as the theme has it."""
    from entrepot.markets.queries import store
    from entrepot.markets.service import change_store
    from entrepot.theming.contrast import contrast_failures
    from entrepot.theming.errors import ThemeError
    from entrepot.theming.settings import read_value, settings_of, token_values
    from entrepot.theming.tokens import merge, resolve

    with database(settings_of_command(context)).app_context():
        found = store()
        chain = _chain(context, found.theme)
        setting = settings_of(chain).get(name)
        if setting is None:
            known = ", ".join(settings_of(chain)) or "(none)"
            raise ThemeError(found.theme or "core", "settings", f"there is no '{name}'.", f"Known are: {known}.")
        values = {known: kept for known, kept in found.theme_settings.items() if known != name}
        if value is not None:
            values[name] = read_value(found.theme, setting, value)
        look = merge([one.tokens for one in reversed(chain)], token_values(chain, values))
        failures = contrast_failures(resolve(found.theme, look))
        change_store(theme_settings=values)
    for failure in failures:
        click.secho(f"Hard to read: {failure}", fg="yellow", err=True)
    click.echo(f"{name} is {'as the theme has it' if value is None else values[name]} from the next page on.")


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


def _chain(context: click.Context, theme_id: str) -> tuple[Theme, ...]:
    """The store's theme and its parents; empty while the core's own templates are drawn."""
    from entrepot.theming.themes import theme_chain

    return theme_chain(_discovered(context).themes, theme_id) if theme_id else ()


def _discovered(context: click.Context) -> Discovery:
    from entrepot.theming.themes import discover_themes

    return discover_themes([settings_of_command(context).data_dir / "themes"])
