"""``entrepot job``: what is queued, what is parked, and once more."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from entrepot.cli.context import engine, settings_of

_INSTANT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])


@click.group()
def job() -> None:
    """Queued jobs: work that the worker does once, and tries again when it fails."""


@job.command("list")
@click.option("--state", type=click.Choice(["due", "parked", "done"]), default="parked", show_default=True)
@click.option("--name", default="", help="Only this kind of job, such as core.webhook.")
@click.pass_context
def list_(context: click.Context, state: str, name: str) -> None:
    """Jobs in one state, the newest first."""
    from entrepot.engine.queue import queued

    with engine(settings_of(context)):
        for one in queued(name=name, state=state):
            click.echo(f"{one.id}  {one.name}  {one.queued_at:%Y-%m-%d %H:%M}  {one.attempts} tries  {one.error}")


@job.command()
@click.option("--id", default="", help="One job.")
@click.option("--name", default="", help="All parked jobs of this kind.")
@click.option("--since", type=_INSTANT, help="Queued at this time (UTC) or later.")
@click.option("--until", type=_INSTANT, help="Queued before this time (UTC).")
@click.pass_context
def replay(context: click.Context, id: str, name: str, since: datetime | None, until: datetime | None) -> None:
    """Try parked jobs again, chosen by any of the options; all of them without one."""
    from entrepot.engine.queue import replay as replay_parked

    with engine(settings_of(context)) as runtime:
        count = replay_parked(runtime, id=id, name=name, since=_utc(since), until=_utc(until))
    click.echo(f"{count} jobs are tried again by the worker.")


def _utc(at: datetime | None) -> datetime | None:
    return at.replace(tzinfo=UTC) if at else None
