"""``entrepot init`` and ``entrepot rotate-secrets``."""

from __future__ import annotations

import click

from entrepot.cli.context import engine, settings_of
from entrepot.settings import create_data_dir


@click.command()
@click.option("--name", default="My shop", show_default=True, help="Name of the store.")
@click.option("--currency", default="EUR", show_default=True, help="Currency of its books.")
@click.pass_context
def init(context: click.Context, name: str, currency: str) -> None:
    """Prepare a data folder, its database and an empty store. Keeps what is there already."""
    from entrepot.cli.database import upgrade_all
    from entrepot.markets.queries import StoreMissing, store
    from entrepot.markets.service import create_store

    folder = settings_of(context).data_dir
    create_data_dir(folder)
    settings = settings_of(context)
    with engine(settings, before_migration=True) as runtime:
        upgrade_all(runtime)
        try:
            found = store().name
        except StoreMissing:
            create_store(runtime, name=name, base_currency=currency)
            found = name
    click.echo(f"The store '{found}' is ready in {folder}.")
    click.echo("Next: entrepot staff create, then: entrepot run, and beside it: entrepot worker")


@click.command("rotate-secrets")
@click.pass_context
def rotate_secrets(context: click.Context) -> None:
    """Encrypt all stored secrets with the first key of ENTREPOT_SECRETS_KEY (or of secrets.key)."""
    from entrepot.webhooks.service import reseal as reseal_webhooks

    with engine(settings_of(context)) as runtime:
        changed = runtime.accounts.reseal() + reseal_webhooks(runtime)
    click.echo(f"{changed} accounts and webhook endpoints were encrypted again. Keys after the first one can go now.")
