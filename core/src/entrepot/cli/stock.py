"""``entrepot stock``: what the stock is worth, and whether its books agree with themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click

from entrepot.cli.context import engine, settings_of


@click.group()
def stock() -> None:
    """What the stock is worth; whether its books agree."""


@stock.command()
@click.option("--method", type=click.Choice(["average", "fifo"]), default="average", help="Moving average, or FIFO.")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="At the end of this day, UTC (default: now).")
@click.pass_context
def value(context: click.Context, method: str, day: datetime | None) -> None:
    """The value per SKU in the base currency, landed cost and goods in transit included."""
    from entrepot.inventory.valuation import stock_value
    from entrepot.kernel.money import Money
    from entrepot.markets.queries import store

    with engine(settings_of(context)) as runtime:
        until = day.replace(tzinfo=UTC) + timedelta(days=1, microseconds=-1) if day else runtime.clock.now()
        rows, currency = stock_value(method, until=until), store().base_currency
    for row in rows:
        note = f"  ({row.worth.unpriced} without a cost)" if row.worth.unpriced else ""
        click.echo(f"{row.sku:<30} {row.worth.pieces:>9}  {Money(row.worth.value, currency)}{note}")
    total = sum(row.worth.value for row in rows)
    click.echo(f"{'Total':<30} {sum(row.worth.pieces for row in rows):>9}  {Money(total, currency)}")


@stock.command()
@click.pass_context
def rebuild(context: click.Context) -> None:
    """Compute the levels anew from all movements and holds; says how many were wrong."""
    from entrepot.inventory.rebuilding import rebuild

    with engine(settings_of(context)):
        wrong = rebuild()
    click.echo(f"{wrong} levels were wrong and are right now." if wrong else "All levels agree with the movements.")
