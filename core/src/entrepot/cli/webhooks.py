"""``entrepot webhook``: which systems are told of facts."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from entrepot.cli.context import engine, settings_of

_INSTANT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])


@click.group()
def webhook() -> None:
    """Tell other systems of facts, in the Standard Webhooks form."""


@webhook.command()
@click.argument("url")
@click.option("--kind", "kinds", multiple=True, help="A kind of fact such as order_placed; every kind when left out.")
@click.option("--description", default="")
@click.pass_context
def create(context: click.Context, url: str, kinds: tuple[str, ...], description: str) -> None:
    """Add an endpoint. Its secret is shown this once."""
    from entrepot.webhooks import service

    with engine(settings_of(context)) as runtime:
        endpoint_id, secret = service.create(runtime, url=url, kinds=kinds, description=description)
    click.echo(endpoint_id)
    click.echo(secret)
    click.echo("Give the secret to the receiver now: it is stored encrypted and not shown again.", err=True)


@webhook.command("list")
@click.pass_context
def list_(context: click.Context) -> None:
    """All endpoints."""
    from entrepot.webhooks import service

    with engine(settings_of(context)):
        for one in service.endpoints():
            state = "" if one.enabled else "  (disabled)"
            click.echo(f"{one.id}  {one.url}{state}\n    {', '.join(one.kinds) or 'every kind'}")


@webhook.command()
@click.argument("id")
@click.pass_context
def rotate(context: click.Context, id: str) -> None:
    """A new secret, shown this once. The one before stays valid until the next rotation."""
    from entrepot.webhooks import service

    with engine(settings_of(context)) as runtime:
        click.echo(service.rotate(runtime, id))


@webhook.command()
@click.argument("id")
@click.pass_context
def test(context: click.Context, id: str) -> None:
    """Send a message of kind "test" now."""
    from entrepot.webhooks import service

    with engine(settings_of(context)) as runtime:
        service.send_test(runtime, id)
    click.echo("It arrived.")


@webhook.command()
@click.argument("id")
@click.option("--since", type=_INSTANT, help="UTC; also what had arrived is sent again.")
@click.option("--until", type=_INSTANT, help="UTC, exclusive.")
@click.pass_context
def replay(context: click.Context, id: str, since: datetime | None, until: datetime | None) -> None:
    """Send again: all of a time range, or what is parked."""
    from entrepot.webhooks import service

    with engine(settings_of(context)) as runtime:
        service.endpoint(id)
        count = service.replay(runtime, id, since=_utc(since), until=_utc(until))
    click.echo(f"{count} messages are sent again by the worker.")


@webhook.command()
@click.argument("id")
@click.pass_context
def delete(context: click.Context, id: str) -> None:
    """Remove an endpoint."""
    from entrepot.webhooks import service

    with engine(settings_of(context)):
        service.delete(id)
    click.echo("The endpoint is removed.")


def _utc(at: datetime | None) -> datetime | None:
    return at.replace(tzinfo=UTC) if at else None
