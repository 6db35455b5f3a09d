"""``entrepot export``: orders as CSV, JSON lines or XLSX."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from entrepot.cli.context import database, settings_of
from entrepot.kernel.tables import FORMATS

_DAY = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"])


@click.group()
def export() -> None:
    """Write orders into a file for other programs."""


@export.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--columns", default="", help="Names of columns, separated by commas (default: all).")
@click.option("--lines", "by_line", is_flag=True, help="One row per line of an order instead of one per order.")
@click.option("--without-personal-data", "anonymous", is_flag=True, help="No column that says who the buyer is.")
@click.option("--status", default="", help="Only orders in this status, for example to_ship.")
@click.option("--market", default="", help="Only orders of this market.")
@click.option("--since", type=_DAY, help="Only orders placed then or later (UTC).")
@click.option("--until", type=_DAY, help="Only orders placed before then (UTC).")
@click.pass_context
def orders(
    context: click.Context,
    file: Path,
    columns: str,
    by_line: bool,
    anonymous: bool,
    status: str,
    market: str,
    since: datetime | None,
    until: datetime | None,
) -> None:
    """Write orders into FILE; its ending says how: .csv, .jsonl or .xlsx.

    Amounts are in the order's currency, which is a column of its own. Times are UTC.
    """
    from entrepot.orders.exporting import Chosen, choose_columns, rows

    if file.suffix[1:] not in FORMATS:
        raise click.ClickException(f"{file.name} does not say how to write it. End it with .{', .'.join(FORMATS)}.")
    names = [name.strip() for name in columns.split(",") if name.strip()]
    chosen = Chosen(status=status, market=market, since=_instant(since), until=_instant(until))
    with database(settings_of(context)).app_context():
        picked = choose_columns(names, by_line=by_line, personal=not anonymous)
        write, _ = FORMATS[file.suffix[1:]]
        found = rows(picked, chosen, by_line=by_line)
        half_written = file.with_name(f"{file.name}.part")
        with half_written.open("wb") as target:
            target.writelines(write([column.name for column in picked], found))
    half_written.replace(file)
    click.echo(f"{file} is written.")


def _instant(at: datetime | None) -> datetime | None:
    return at.replace(tzinfo=UTC) if at else None
