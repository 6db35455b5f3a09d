"""``entrepot import``: products and their pictures, orders of other channels, duty rates."""

from __future__ import annotations

import sys
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING

import click

from entrepot.cli.context import engine, settings_of, shop

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from entrepot.catalog.importing.failures import RowFailure
    from entrepot.catalog.importing.importer import ImportOptions
    from entrepot.catalog.importing.reports import ImportReport

SHOWN_FAILURES = 20


def _rows_of_a_file(*, dry_run: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The file, a try of it, and a file for what failed: parameters of every command that imports row by row."""
    failed = click.Path(dir_okay=False, path_type=Path)
    parameters = (
        click.argument("file", type=click.Path(path_type=Path)),
        click.option("--dry-run", is_flag=True, help=dry_run),
        click.option("--failed", type=failed, help="Write rows that failed into this CSV, to correct."),
        click.pass_context,
    )

    def add(command: Callable[..., None]) -> Callable[..., None]:
        return reduce(lambda inner, parameter: parameter(inner), reversed(parameters), command)

    return add


@click.group("import")
def import_() -> None:
    """Import products, orders or duty rates from a file."""


@import_.command()
@click.option("--format", "format_name", default="", help="shopify, woocommerce or entrepot (default: by the header).")
@click.option("--market", default="", help="Take price list and language from this market.")
@click.option("--price-list", default="", help="Where prices go (default: the first market's price list).")
@click.option("--warehouse", default="", help="Where stock goes (default: the first warehouse).")
@click.option("--locale", default="", help="Language of the texts (default: the market's first).")
@_rows_of_a_file(dry_run="Say what would change, and change nothing.")
def products(
    context: click.Context,
    file: Path,
    format_name: str,
    market: str,
    price_list: str,
    warehouse: str,
    locale: str,
    dry_run: bool,
    failed: Path | None,
) -> None:
    """Import products from Shopify's or WooCommerce's CSV, or from our own CSV or XLSX.

    Each product arrives whole or not at all, and the same file again changes nothing. Ends with 1 if a product failed.
    """
    from entrepot.catalog.importing.importer import ImportOptions, import_products

    with engine(settings_of(context)) as runtime:
        options = ImportOptions(
            format=format_name,
            price_list=price_list,
            warehouse=warehouse,
            locale=locale,
            dry_run=dry_run,
            failed_rows=failed,
            actor="command line",
        )
        report = import_products(runtime, file, _for_market(options, market), _show_progress)
    _show(report, failed)
    if report.failed:
        context.exit(1)


@import_.command()
@click.option("--channel", default="", help="Where the orders were taken; a reference is known once for each channel.")
@click.option("--market", default="", help="The market of all orders (default: by country and currency).")
@click.option("--profile", default="", help="Read the columns as this profile says.")
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="FIELD=TITLE",
    help="Which column a field is in; FIELD==VALUE for a value that holds for every row. Can be repeated.",
)
@click.option("--save-profile", default="", metavar="NAME", help="Keep channel, market and columns under this name.")
@_rows_of_a_file(dry_run="Say what would become of each order, and change nothing.")
def orders(
    context: click.Context,
    file: Path,
    channel: str,
    market: str,
    profile: str,
    columns: tuple[str, ...],
    save_profile: str,
    dry_run: bool,
    failed: Path | None,
) -> None:
    """Import orders that another channel took, one row per line, joined by the order's reference.

    Each order arrives whole or not at all, and the same file again changes nothing. Ends with 1 if an order failed.
    """
    from entrepot.order_import import profiles
    from entrepot.order_import.importer import OrderImportOptions, import_orders

    said = dict(_column(each) for each in columns)
    with shop(settings_of(context)) as runtime:
        options = OrderImportOptions(
            channel=channel,
            market=market,
            profile=profile,
            columns=said,
            dry_run=dry_run,
            failed_rows=failed,
            actor="command line",
        )
        report = import_orders(runtime, file, options, _show_order_progress)
        if save_profile:
            known = profiles.known_profile(profile).columns if profile else {}
            profiles.save_profile(
                runtime, save_profile, {**known, **said}, channel=channel, market=market, actor="command line"
            )
    _show_orders(report, failed)
    if report.failed:
        context.exit(1)


@import_.command()
@click.argument("number", type=int)
@click.pass_context
def undo(context: click.Context, number: int) -> None:
    """Take back the import of orders with this NUMBER: cancel what nobody touched since, name what stays."""
    from entrepot.order_import.undoing import undo as undo_import

    with shop(settings_of(context)) as runtime:
        done = undo_import(runtime, number, actor="command line")
    click.echo(f"Cancelled: {len(done.cancelled)}. Left as they are: {len(done.left)}.")
    for order, why in done.left:
        click.echo(f"  {order}: {why}")


@import_.command("duty-rates")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_context
def duty_rates(context: click.Context, file: Path) -> None:
    """Add your own duty rates: destination, hs, origin, rate, effective_from, effective_to, source, retrieved, note.

    All of the file or nothing; the same file again changes nothing. The rates go before those of the rule packs.
    """
    from entrepot.customs.overlays import FOLDER
    from entrepot.customs.tariff import import_tariff

    folder = settings_of(context).data_dir / FOLDER
    click.echo(f"{file.name}: {import_tariff(file, folder)}.")


@import_.command("hs-codes")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_context
def hs_codes(context: click.Context, file: Path) -> None:
    """Say what destinations call your products in their own tariffs: a CSV of product (slug), destination, hs.

    An empty hs takes the destination's code away, and the product's own counts again.
    """
    from entrepot.customs.overrides import import_overrides

    with engine(settings_of(context)):
        click.echo(f"{file.name}: {import_overrides(file)} codes saved.")


@import_.command()
@click.option("--allow-private", is_flag=True, help="Also read from addresses inside your own network.")
@click.pass_context
def pictures(context: click.Context, allow_private: bool) -> None:
    """Fetch the pictures that imported products name by address. Reads from the web; can be repeated."""
    from entrepot.catalog.fetching import fetch_pictures
    from entrepot.catalog.media import LocalMedia

    with engine(settings_of(context)) as runtime:
        report = fetch_pictures(LocalMedia(runtime.settings.media_dir), allow_private=allow_private)
    click.echo(f"{report.fetched} pictures were fetched.")
    for address, reason in report.failures[:SHOWN_FAILURES]:
        click.echo(f"  {address}: {reason}", err=True)
    if report.failures:
        context.exit(1)


def _for_market(options: ImportOptions, code: str) -> ImportOptions:
    """What the market decides, unless it was said."""
    if not code:
        return options
    from dataclasses import replace

    from entrepot.markets.queries import price_list_codes, store

    market = store().market(code)
    if market is None:
        known = ", ".join(known.code for known in store().markets)
        raise click.BadParameter(f"There is no market {code!r}. Known: {known or 'none yet'}.")
    return replace(
        options,
        price_list=options.price_list or price_list_codes()[market.price_list_id],
        locale=options.locale or market.locales[0],
    )


def _show_progress(so_far: ImportReport) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{so_far.seen} products", nl=False, err=True)


def _column(written: str) -> tuple[str, str]:
    """("sku", "Seller SKU") from ``sku=Seller SKU``, ("paid", "=yes") from ``paid==yes``."""
    field, separator, title = written.partition("=")
    if not separator:
        raise click.BadParameter(f"{written!r} is no FIELD=TITLE. Write it like sku='Seller SKU', or paid==yes.")
    return field.strip(), title.strip()


def _show_order_progress(so_far: ImportReport) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{so_far.seen} orders", nl=False, err=True)


def _show_orders(report: ImportReport, failed_rows: Path | None) -> None:
    if sys.stderr.isatty():
        click.echo("\r", nl=False, err=True)
    for verdict in report.verdicts if report.dry_run else ():
        click.echo(f"Row {verdict.rows}: {verdict.subject or '-'} {verdict.action}: {verdict.text}")
    _show_failures(() if report.dry_run else report.failures)
    done = "Would be" if report.dry_run else "Orders"
    click.echo(
        f"{report.file_name} ({report.format}). {done} created: {report.created}, unchanged: {report.unchanged}, "
        f"failed: {report.failed}."
    )
    if report.created and report.import_id is not None:
        click.echo(f"To take this batch back: entrepot import undo {report.import_id}")
    if report.failed and failed_rows:
        click.echo(f"Rows of failed orders: {failed_rows}. Correct and import that file.")


def _show_failures(failures: Sequence[RowFailure]) -> None:
    for failure in failures[:SHOWN_FAILURES]:
        click.echo(str(failure), err=True)
    if (hidden := len(failures) - SHOWN_FAILURES) > 0:
        click.echo(f"… and {hidden} more. Use --failed FILE to have them all.", err=True)


def _show(report: ImportReport, failed_rows: Path | None) -> None:
    if sys.stderr.isatty():
        click.echo("\r", nl=False, err=True)
    _show_failures(report.failures)
    done = "Would be" if report.dry_run else "Products"
    click.echo(
        f"{report.file_name} ({report.format}). {done} created: {report.created}, updated: {report.updated}, "
        f"unchanged: {report.unchanged}, failed: {report.failed}."
    )
    if report.failed and failed_rows:
        click.echo(f"Rows of failed products: {failed_rows}. Correct and import that file.")
