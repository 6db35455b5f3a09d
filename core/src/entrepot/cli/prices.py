"""``entrepot prices``: which list follows which, taking prices over, and prices for a time."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from entrepot.cli.context import engine, settings_of

if TYPE_CHECKING:
    from entrepot.kernel.money import Money

_LOCAL = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])


@click.group()
def prices() -> None:
    """Price lists that follow another one, and prices that hold for a time."""


@prices.command("lists")
@click.pass_context
def lists(context: click.Context) -> None:
    """Every price list: whom it follows, by which rule, since when, and what went wrong."""
    from entrepot.markets.queries import price_lists

    with engine(settings_of(context)):
        for one in price_lists().values():
            click.echo(f"{one.code}  {one.currency}  {'with' if one.includes_tax else 'without'} tax")
            if one.follows:
                last = f"{one.followed_at:%Y-%m-%d %H:%M} UTC" if one.followed_at else "never"
                click.echo(f"  follows {one.follows}, {one.mode}, adjusted by {one.percent} %, last {last}")
            if one.problem:
                click.echo(f"  {one.problem}")


@prices.command()
@click.argument("code")
@click.option("--base", required=True, help="The price list to follow.")
@click.option("--mode", type=click.Choice(["hold_gross", "hold_net", "fixed"]), required=True)
@click.option("--percent", default="0", show_default=True, help="5 makes prices 5 % dearer, -10 a tenth cheaper.")
@click.option("--step", default="", help="Round to multiples of this amount.")
@click.option("--ending", default="", help="Round to prices that end so, like 0.99.")
@click.option("--tax", multiple=True, metavar="CATEGORY=PERCENT", help="Tax that prices are reckoned with.")
@click.pass_context
def follow(
    context: click.Context, code: str, base: str, mode: str, percent: str, step: str, ending: str, tax: tuple[str, ...]
) -> None:
    """Have the price list CODE follow another one; 'entrepot prices recompute' then takes prices over."""
    from entrepot.catalog.following import Following, save_price_list
    from entrepot.markets.queries import price_lists

    with engine(settings_of(context)) as runtime:
        found = price_lists().get(code)
        if found is None:
            raise click.ClickException(f"There is no price list {code}. 'entrepot prices lists' shows them.")
        rates = dict(_pair(each) for each in tax) or found.tax_rates
        how = Following(base, mode, percent, step, ending)
        save_price_list(
            runtime, code, currency=found.currency, includes_tax=found.includes_tax, tax_rates=rates, follows=how
        )
    click.echo(f"{code} follows {base}. Take prices over with: entrepot prices recompute {code}")


@prices.command()
@click.argument("code", default="")
@click.pass_context
def recompute(context: click.Context, code: str) -> None:
    """Take prices over at the newest stored rates, in one list or all. Ends with 1 where that was not possible."""
    from entrepot.catalog.following import recompute as take_over

    with engine(settings_of(context)) as runtime:
        done = take_over(runtime, code)
    for one in done:
        click.echo(f"{one.code}: {one.problem or f'{one.changed} prices changed'}")
    if any(one.problem for one in done):
        context.exit(1)


@prices.command()
@click.argument("code")
@click.argument("sku")
@click.pass_context
def show(context: click.Context, code: str, sku: str) -> None:
    """What is usual, what is asked now, where it comes from, and every window."""
    from entrepot.catalog.windows import windowed_price
    from entrepot.kernel.money import Money
    from entrepot.pricing.derivation import told

    with engine(settings_of(context)) as runtime:
        found = windowed_price(code, sku, at=runtime.clock.now())
    click.echo(f"{sku} in {code}: asked {found.asked}, usually {found.usual}")
    if found.derived:
        click.echo(f"  {told(found.derived)}")
    for window in found.windows:
        click.echo(f"  {Money(window.amount, found.usual.currency)}: {window}")


@prices.command()
@click.argument("code")
@click.argument("sku")
@click.argument("amount")
@click.option("--from", "begin", type=_LOCAL, required=True, help="When the price begins to hold.")
@click.option("--until", "end", type=_LOCAL, help="When it no longer holds.")
@click.option("--time-zone", default="UTC", show_default=True, help="The clocks that the times are read on.")
@click.pass_context
def window(
    context: click.Context, code: str, sku: str, amount: str, begin: datetime, end: datetime | None, time_zone: str
) -> None:
    """Ask AMOUNT for a time, beside the windows that there are."""
    from entrepot.catalog.windows import set_windows, windowed_price
    from entrepot.pricing.windows import PriceWindow, instant

    with engine(settings_of(context)) as runtime:
        found = windowed_price(code, sku, at=runtime.clock.now())
        price = _money(amount, found.usual.currency)
        new = PriceWindow(price.minor, instant(begin, time_zone), instant(end, time_zone) if end else None)
        set_windows(runtime, code, sku, [*found.windows, new])
    click.echo(f"{sku} in {code} costs {price}: {new}")


def _money(written: str, currency: str) -> Money:
    from entrepot.kernel.money import InvalidAmount, Money

    try:
        return Money.exactly(written, currency)
    except InvalidAmount as error:
        raise click.ClickException(str(error)) from error


def _pair(written: str) -> tuple[str, str]:
    category, _, percent = written.partition("=")
    if not category or not percent:
        raise click.BadParameter(f"{written!r}: write it like standard=19.")
    return category, percent
