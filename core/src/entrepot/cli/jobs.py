"""``entrepot jobs``: what waits, what is parked and why, what repeats; and once more."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from entrepot.cli.context import engine, settings_of, shop

_INSTANT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])
_STATE = click.Choice(["parked", "due", "done"])
_SINCE = click.option("--since", type=_INSTANT, help="Of this time (UTC) or later.")
_UNTIL = click.option("--until", type=_INSTANT, help="Before this time (UTC).")


@click.group()
def jobs() -> None:
    """Background work: queued jobs, facts on their way, webhooks that came in, and jobs that repeat."""


@jobs.command()
@click.pass_context
def status(context: click.Context) -> None:
    """How much waits and is parked, and since when. Ends with 1 when something is parked."""
    from entrepot.engine.backlog import backlog
    from entrepot.payments.inbox_list import waiting_events

    with shop(settings_of(context)):
        found, inbox = backlog(), waiting_events()
    for name, pile in vars(found).items():
        click.echo(_pile(name.replace("_", " "), pile.count, pile.oldest))
    click.echo(_pile("inbox events without a payment", inbox.count, inbox.oldest))
    if found.parked_facts.count or found.parked_jobs.count:
        context.exit(1)


@jobs.command("list")
@click.option("--state", type=_STATE, default="parked", show_default=True)
@click.option("--name", default="", help="Only this kind of job, such as core.webhook.")
@click.option("--limit", default=100, show_default=True)
@click.pass_context
def list_(context: click.Context, state: str, name: str, limit: int) -> None:
    """Queued jobs in one state, the newest first."""
    from entrepot.engine.queue import queued

    with engine(settings_of(context)):
        for one in queued(name=name, state=state, limit=limit):
            again = f"  next try {one.next_at:%Y-%m-%d %H:%M:%S}" if state == "due" else ""
            click.echo(
                f"{one.id}  {one.name}  {one.queued_at:%Y-%m-%d %H:%M}  {one.attempts} tries{again}  {one.error}"
            )


@jobs.command()
@click.argument("id")
@click.pass_context
def show(context: click.Context, id: str) -> None:
    """One queued job with what it was given."""
    import json

    from entrepot.engine.queue import find

    with engine(settings_of(context)):
        one = find(id)
    if one is None:
        raise click.ClickException(f"There is no job {id}. 'entrepot jobs list' shows them.")
    for name in ("name", "subject", "state", "attempts", "queued_at", "next_at", "error"):
        click.echo(f"{name}: {getattr(one, name)}")
    click.echo(json.dumps(dict(one.payload), indent=2, ensure_ascii=False))


@jobs.command()
@click.option("--id", default="", help="One job.")
@click.option("--name", default="", help="All parked jobs of this kind.")
@_SINCE
@_UNTIL
@click.option("--done-too", is_flag=True, help="Also jobs that succeeded.")
@click.pass_context
def replay(
    context: click.Context, id: str, name: str, since: datetime | None, until: datetime | None, done_too: bool
) -> None:
    """Try parked jobs again, chosen by any of the options; all of them without one."""
    from entrepot.engine.queue import replay as replay_parked

    with engine(settings_of(context)) as runtime:
        count = replay_parked(runtime, id=id, name=name, since=_utc(since), until=_utc(until), done_too=done_too)
    click.echo(f"{count} jobs are tried again by the worker.")


@jobs.command()
@click.pass_context
def periodic(context: click.Context) -> None:
    """Jobs that repeat: their last and next run, and how often they have failed in a row."""
    from entrepot.background import JOBS
    from entrepot.engine.jobs import periodic_jobs

    with engine(settings_of(context)) as runtime:
        for one in periodic_jobs(runtime, JOBS):
            last = f"{one.last_started:%Y-%m-%d %H:%M:%S}" if one.last_started else "never"
            coming = "running" if one.is_running else f"{one.next_run:%Y-%m-%d %H:%M:%S}" if one.next_run else "at once"
            failed = f"  failed {one.failures} times: {one.error}" if one.failures else ""
            click.echo(f"{one.name}  every {one.every}  last {last}  next {coming}{failed}")


@jobs.command()
@click.argument("name")
@click.pass_context
def run(context: click.Context, name: str) -> None:
    """Have the worker run a periodic job now."""
    from entrepot.background import JOBS
    from entrepot.engine.jobs import run_soon

    with engine(settings_of(context)) as runtime:
        run_soon(runtime, name, JOBS)
    click.echo(f"The worker runs {name} with its next look.")


@jobs.command()
@click.option("--state", type=_STATE, default="parked", show_default=True)
@click.option("--consumer", default="", help="Only to this plugin, or core.<name>.")
@click.option("--limit", default=100, show_default=True)
@click.pass_context
def facts(context: click.Context, state: str, consumer: str, limit: int) -> None:
    """Facts on their way to plugins and parts of the core, the oldest first."""
    from entrepot.engine.backlog import deliveries

    with engine(settings_of(context)):
        for one in deliveries(state=state, consumer=consumer, limit=limit):
            again = f"  next try {one.next_at:%Y-%m-%d %H:%M:%S}" if state == "due" else ""
            subject = f" {one.order_number}" if one.order_number else ""
            click.echo(
                f"{one.fact_seq}  {one.consumer}  {one.kind}{subject}  {one.at:%Y-%m-%d %H:%M}  "
                f"{one.attempts} tries{again}  {one.error}"
            )


@jobs.command("replay-facts")
@click.option("--consumer", default="", help="Only to this plugin, or core.<name>.")
@click.option("--fact", type=int, help="Number of one fact.")
@_SINCE
@_UNTIL
@click.option("--done-too", is_flag=True, help="Also what has arrived; consumers bear the repetition.")
@click.pass_context
def replay_facts(
    context: click.Context,
    consumer: str,
    fact: int | None,
    since: datetime | None,
    until: datetime | None,
    done_too: bool,
) -> None:
    """Deliver parked facts again, chosen by any of the options; all of them without one."""
    from entrepot.engine.delivery import replay as replay_parked

    with engine(settings_of(context)) as runtime:
        count = replay_parked(
            runtime, consumer=consumer, fact_seq=fact, since=_utc(since), until=_utc(until), done_too=done_too
        )
    click.echo(f"{count} facts are delivered again by the worker.")


@jobs.command()
@click.option("--state", type=click.Choice(["unmatched", "applied"]), default="unmatched", show_default=True)
@click.option("--limit", default=100, show_default=True)
@click.pass_context
def inbox(context: click.Context, state: str, limit: int) -> None:
    """Webhooks that payment providers sent, the newest first."""
    from entrepot.payments.inbox_list import inbox_events

    with shop(settings_of(context)):
        for one in inbox_events(state=state, limit=limit):
            click.echo(f"{one.id}  {one.received_at:%Y-%m-%d %H:%M:%S}  {one.event_id}  {one.outcome}  {one.reference}")


@jobs.command("replay-inbox")
@click.option("--id", type=int, help="Number of one event.")
@_SINCE
@_UNTIL
@click.option("--applied-too", is_flag=True, help="Also events that had their effect; it is not made twice.")
@click.pass_context
def replay_inbox(
    context: click.Context, id: int | None, since: datetime | None, until: datetime | None, applied_too: bool
) -> None:
    """Give events to their payments again, chosen by any of the options."""
    from entrepot.payments.inbox_list import try_again

    with shop(settings_of(context)) as runtime:
        count = try_again(runtime, id=id, since=_utc(since), until=_utc(until), applied_too=applied_too)
    click.echo(f"{count} events were given to their payments.")


def _pile(name: str, count: int, oldest: datetime | None) -> str:
    return f"{name}: {count}" + (f", the oldest of {oldest:%Y-%m-%d %H:%M:%S} UTC" if oldest else "")


def _utc(at: datetime | None) -> datetime | None:
    return at.replace(tzinfo=UTC) if at else None
