"""``entrepot api-key``: which programs may use the API, and for what."""

from __future__ import annotations

import click

from entrepot.cli.context import database, settings_of
from entrepot.kernel.clock import SystemClock


class _Clocked:
    """What the key service needs of a runtime."""

    clock = SystemClock()


@click.group("api-key")
def api_key() -> None:
    """Let programs use the API."""


@api_key.command()
@click.option("--name", prompt=True, help="What the key is for; timelines show it.")
@click.option("--scope", "scopes", multiple=True, required=True, help="A permission such as orders.view; '*' for all.")
@click.pass_context
def create(context: click.Context, name: str, scopes: tuple[str, ...]) -> None:
    """Make a key. It is shown this once."""
    from entrepot.api import keys

    with database(settings_of(context)).app_context():
        key = keys.create(_Clocked(), name=name, scopes=scopes)
    click.echo(key)
    click.echo("Keep it safe: it is not stored and cannot be shown again.", err=True)


@api_key.command("list")
@click.pass_context
def list_(context: click.Context) -> None:
    """Show all keys and what they may do."""
    from entrepot.api import keys

    with database(settings_of(context)).app_context():
        for key in keys.all_keys():
            state = "  (revoked)" if key.revoked_at else ""
            click.echo(f"{key.id}  {key.name}{state}\n    {', '.join(key.scopes)}")


@api_key.command()
@click.argument("id")
@click.pass_context
def revoke(context: click.Context, id: str) -> None:
    """Refuse a key from now on."""
    from entrepot.api import keys

    with database(settings_of(context)).app_context():
        keys.revoke(_Clocked(), id)
    click.echo(f"The key {id} is refused from now on.")
