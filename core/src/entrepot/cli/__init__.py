"""The command line: ``entrepot``. A command's module is imported when the command runs, so that help is instant."""

from __future__ import annotations

from pathlib import Path

import click

import entrepot
from entrepot.cli.lazy import Command, Invocation, LazyGroup

COMMANDS = {
    "init": Command("entrepot.cli.store:init", "Prepare a data folder, its database and an empty store."),
    "setup": Command("entrepot.cli.setup:setup", "Create or change markets and warehouses from a TOML file."),
    "demo": Command("entrepot.cli.demo:demo", "Serve a demo store with products, orders and simulators."),
    "run": Command("entrepot.cli.serve:run", "Serve shop and back office."),
    "worker": Command("entrepot.cli.serve:worker", "Deliver facts to plugins and run periodic jobs."),
    "db": Command("entrepot.cli.database:db", "Upgrade the database, or say where it stands."),
    "plugin": Command("entrepot.cli.plugins:plugin", "List, examine, switch and remove plugins."),
    "import": Command("entrepot.cli.imports:import_", "Import products, orders or duty rates from a file."),
    "export": Command("entrepot.cli.exports:export", "Write orders into a file for other programs."),
    "explain": Command("entrepot.cli.explain:explain", "Say why an order costs what it costs, line by line."),
    "payouts": Command("entrepot.cli.payouts:payouts", "Import payouts and show what nobody has explained."),
    "webhook": Command("entrepot.cli.webhooks:webhook", "Tell other systems of facts; send again."),
    "jobs": Command("entrepot.cli.jobs:jobs", "Background work: what waits, what is parked, once more."),
    "stock": Command("entrepot.cli.stock:stock", "What the stock is worth; whether its books agree."),
    "staff": Command("entrepot.cli.staff:staff", "Let people into the back office."),
    "api-key": Command("entrepot.cli.api_keys:api_key", "Let programs use the REST API."),
    "theme": Command("entrepot.cli.theme:theme", "List themes, examine them, choose one."),
    "assess": Command("entrepot.cli.assess:assess", "Say what is due on a consignment, to whom, and why."),
    "rules": Command("entrepot.cli.rule_packs:rules", "List, check, compare and explain rule packs."),
    "rates": Command("entrepot.cli.rates:rates", "Show, fetch and import exchange rates."),
    "prices": Command("entrepot.cli.prices:prices", "Price lists that follow others; prices for a time."),
    "hs": Command("entrepot.cli.hs:hs", "Suggest HS codes for a product, or say what a code means."),
    "vectors": Command("entrepot.cli.vectors:vectors", "Play worked examples, expected beside actual."),
    "new": Command("entrepot.cli.new:new", "Write a new plugin that installs and passes its first tests."),
    "rotate-secrets": Command("entrepot.cli.store:rotate_secrets", "Encrypt all secrets with the newest key."),
    "x": Command("entrepot.cli.plugin_commands:x", "Commands that plugins bring: entrepot x PLUGIN COMMAND."),
}


@click.group(cls=LazyGroup, commands_by_name=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="The store's data folder (default: $ENTREPOT_DATA_DIR or ./entrepot-data).",
)
@click.version_option(entrepot.__version__, prog_name="entrepot")
@click.pass_context
def cli(context: click.Context, data: Path | None) -> None:
    """A commerce framework for selling across borders.

    Every setting can be given in the environment; see docs/reference/settings.md.
    """
    context.obj = Invocation(data_dir=data)


def main() -> None:
    """The console script."""
    cli()
