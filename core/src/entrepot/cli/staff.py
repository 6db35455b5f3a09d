"""``entrepot staff``: who may enter the back office."""

from __future__ import annotations

import click

from entrepot.cli.context import database, settings_of
from entrepot.kernel.clock import SystemClock


class _Clocked:
    """What the staff service needs of a runtime."""

    clock = SystemClock()


@click.group()
def staff() -> None:
    """Let people into the back office."""


@staff.command()
@click.option("--email", prompt=True)
@click.option("--name", default="", help="What colleagues read; the address when left out.")
@click.option("--role", default="owner", show_default=True, help="owner, orders, warehouse, catalogue or viewer.")
@click.option("--locale", default="en", show_default=True)
@click.password_option(help="Asked for when left out; at least 12 characters.")
@click.pass_context
def create(context: click.Context, email: str, name: str, role: str, locale: str, password: str) -> None:
    """Add a member of staff."""
    from entrepot.staff import service
    from entrepot.staff.rules import ROLES

    if role not in ROLES:
        raise click.ClickException(f"There is no role '{role}'. Roles: {', '.join(ROLES)}.")
    with database(settings_of(context)).app_context():
        service.create(_Clocked(), email=email, name=name, password=password, permissions=ROLES[role], locale=locale)
    click.echo(f"{email} may enter the back office as {role}.")


@staff.command()
@click.option("--email", prompt=True)
@click.password_option(help="Asked for when left out; at least 12 characters.")
@click.pass_context
def password(context: click.Context, email: str, password: str) -> None:
    """Set a new password and end all sessions of that person."""
    from entrepot.staff import service

    with database(settings_of(context)).app_context():
        service.set_password(_Clocked(), email=email, password=password)
    click.echo(f"{email} has a new password.")


@staff.command("list")
@click.pass_context
def list_(context: click.Context) -> None:
    """Show who may enter, and what they may do."""
    from entrepot.staff.queries import members

    with database(settings_of(context)).app_context():
        for member in members():
            state = "" if member.active else "  (disabled)"
            click.echo(
                f"{member.email}  {member.name}{state}\n    {', '.join(sorted(member.permissions)) or 'nothing'}"
            )


@staff.command()
@click.option("--email", prompt=True)
@click.pass_context
def disable(context: click.Context, email: str) -> None:
    """Keep somebody out from now on."""
    from entrepot.staff import service

    with database(settings_of(context)).app_context():
        service.set_active(_Clocked(), email=email, active=False)
    click.echo(f"{email} cannot enter any more.")
