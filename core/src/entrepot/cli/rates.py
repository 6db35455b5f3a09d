"""``entrepot rates``: what is stored, how old it is, and how more gets in."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from entrepot.cli.context import engine, settings_of


@click.group()
def rates() -> None:
    """Show, fetch and import exchange rates."""


@rates.command()
@click.option("--currency", default="", help="Only pairs with this currency.")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="As it was known on this day (default: today).")
@click.pass_context
def show(context: click.Context, currency: str, day: datetime | None) -> None:
    """The last rate of every pair with its day, source and age, old ones marked; then what authorities fixed."""
    from entrepot.pricing.authority_rates import in_force
    from entrepot.pricing.rates import latest_rates

    wanted = currency.upper()
    with engine(settings_of(context)) as runtime:
        at = (day or runtime.clock.now()).date()
        found = latest_rates(at, currency=wanted)
        fixed = [rate for rate in in_force(at) if wanted in ("", rate.base, rate.quote)]
    if not found and not fixed:
        click.echo("No rate is stored. Set up an account of a rate source, then run: entrepot rates fetch")
    for rate in found:
        age = f"{rate.age_days} days old" + (", STALE" if rate.is_stale else "")
        click.echo(f"1 {rate.base} = {rate.rate:>14} {rate.quote}  {rate.on}  {rate.source}  ({age})")
    for own in fixed:
        click.echo(f"1 {own.base} = {own.rate:>14} {own.quote}  {own.authority}: {own.source}  ({own.period})")


@rates.command()
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Ask again for all days after this one.")
@click.pass_context
def fetch(context: click.Context, since: datetime | None) -> None:
    """Ask the accounts of rate sources for what is new and store it. Ends with 1 if one failed."""
    from entrepot.pricing.rates import fetch_rates

    with engine(settings_of(context)) as runtime:
        found = fetch_rates(runtime, since=since.date() if since else None)
        today = runtime.clock.now().date()
    if not found:
        raise click.ClickException("No account of a rate source is in use. Set one up in the back office: Accounts.")
    for one in found:
        stale = ", STALE" if one.is_stale(today) else ""
        click.echo(f"{one.label}: {one.stored} rates stored; last day: {one.newest or 'none'}{stale}.")
        if one.problem:
            click.echo(f"  {one.problem}", err=True)
    if any(one.problem for one in found):
        context.exit(1)


@rates.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_context
def import_(context: click.Context, file: Path) -> None:
    """Add rates that an authority fixed: authority, base, quote, rate, effective_from, effective_to, source, retrieved.

    All of the file or nothing; the same file again changes nothing. They go before those of rate sources.
    """
    from entrepot.pricing.authority_rates import import_rates

    with engine(settings_of(context)):
        done = import_rates(file)
    click.echo(f"{file.name}: {done.added} rates added, {done.unchanged} were there already.")
