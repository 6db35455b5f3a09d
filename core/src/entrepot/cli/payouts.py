"""``entrepot payouts``: take payouts in, and show what nobody has explained."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from entrepot.cli.context import engine, settings_of

if TYPE_CHECKING:
    from entrepot.engine.runtime import Runtime
    from entrepot.ledger.payouts import Imported
    from entrepot.ledger.reconciliation import PayoutReport

_ACTOR = "cli"


@click.group()
def payouts() -> None:
    """Match what a payment provider paid out with captures, refunds, fees and disputes."""


@payouts.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--account", default="", help="Id or label of the payment account; not needed when there is one only.")
@click.option("--profile", default="own", show_default=True, help="own, stripe, or a TOML file of one's own.")
@click.pass_context
def import_(context: click.Context, file: Path, account: str, profile: str) -> None:
    """Take in a CSV file. Again, it only tries once more what is open. Ends with 1 while something is open."""
    from entrepot.ledger import payout_files
    from entrepot.ledger.payouts import take_in

    chosen = payout_files.PROFILES.get(profile) or payout_files.read_profile(_read(Path(profile)))
    settlements = payout_files.read_payouts(_read(file), chosen)
    with engine(settings_of(context)) as runtime:
        done = take_in(runtime, _account(runtime, account), settlements, source=file.name, actor=_ACTOR)
        _tell(context, done)


@payouts.command()
@click.option("--account", default="", help="Id or label of the payment account; not needed when there is one only.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Payouts of this day and later.")
@click.pass_context
def fetch(context: click.Context, account: str, since: datetime) -> None:
    """Ask the provider itself, where it can answer."""
    from entrepot.ledger.payouts import fetch as fetch_payouts

    with engine(settings_of(context)) as runtime:
        account_id = _account(runtime, account)
        _tell(context, fetch_payouts(runtime, account_id, since=since.replace(tzinfo=UTC), actor=_ACTOR))


@payouts.command("list")
@click.pass_context
def list_(context: click.Context) -> None:
    """The newest payouts, each with its remainder."""
    from entrepot.ledger.reconciliation import latest_payouts

    with engine(settings_of(context)):
        for found in latest_payouts():
            click.echo(f"{found.id}  {found.paid_at:%Y-%m-%d}  {found.reference}  {found.amount}  {_state(found)}")


@payouts.command()
@click.argument("id")
@click.pass_context
def show(context: click.Context, id: str) -> None:
    """The report of one payout: matched, open, unexplained."""
    from entrepot.ledger.reconciliation import payout_report

    with engine(settings_of(context)):
        found = payout_report(id)
    if found is None:
        raise click.ClickException(f"There is no payout {id}. 'entrepot payouts list' shows them.")
    _show(found)


def _tell(context: click.Context, done: Imported) -> None:
    from entrepot.ledger.reconciliation import payout_report

    reports = [report for payout_id in done.payouts if (report := payout_report(payout_id))]
    for report in reports:
        _show(report)
    click.echo(f"{len(reports)} payouts, {done.new_lines} new lines, {done.open_lines} open.")
    if not all(report.is_settled for report in reports):
        context.exit(1)


def _show(report: PayoutReport) -> None:
    click.echo(f"{report.reference}  {report.paid_at:%Y-%m-%d}  {report.amount}  {_state(report)}")
    for kind, (count, amount) in report.by_kind().items():
        click.echo(f"    {kind:<12} {count:>5}  {amount}")
    for item in report.open_items:
        click.echo(f"    OPEN {item.line.kind} {item.line.id}: {item.line.net}. {item.note}")
    if not report.unexplained.is_zero:
        click.echo(f"    UNEXPLAINED {report.unexplained}: no line speaks of it. Compare with the provider's own list.")
    for item in report.lines:
        if item.state == "matched" and item.note:
            click.echo(f"    {item.line.id}: {item.note}")


def _state(report: PayoutReport) -> str:
    return "explained, remainder 0" if report.is_settled else f"remainder {report.remainder}"


def _account(runtime: Runtime, named: str) -> str:
    found = [
        account.id
        for account in runtime.accounts.list("payment", enabled_only=False)
        if not named or named in (account.id, account.label)
    ]
    if len(found) != 1:
        raise click.ClickException("Name the payment account with --account: its id, or its label as staff see it.")
    return found[0]


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{path} cannot be read: {error}. Save it as UTF-8 text.") from error
