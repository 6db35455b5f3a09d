"""Click groups whose commands are imported when they run."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import click


class Command(NamedTuple):
    """Where a command lives (``module:attribute``) and its line in the help."""

    place: str
    help: str

    @property
    def module(self) -> str:
        return self.place.partition(":")[0]

    def load(self) -> click.Command:
        found: click.Command = getattr(import_module(self.module), self.place.partition(":")[2])
        return found


class Invocation(NamedTuple):
    """What the options of ``entrepot`` itself say."""

    data_dir: Path | None


class LazyGroup(click.Group):
    """A group that knows its commands by name, and turns errors meant for people into one sentence."""

    def __init__(self, *args: Any, commands_by_name: Mapping[str, Command], **options: Any) -> None:
        super().__init__(*args, **options)
        self._places = commands_by_name

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for name, command in self._places.items() if _exists(command.module)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        command = self._places.get(cmd_name)
        return command.load() if command is not None and _exists(command.module) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, self._places[name].help) for name in self.list_commands(ctx)])

    def invoke(self, ctx: click.Context) -> Any:
        from entrepot.kernel.country import UnknownCountry
        from entrepot.kernel.currency import UnknownCurrency
        from entrepot.sdk.errors import EntrepotError

        try:
            return super().invoke(ctx)
        except (EntrepotError, UnknownCountry, UnknownCurrency) as error:
            raise click.ClickException(str(error)) from error
        except Exception as error:
            if not _is_of_database(error):
                raise
            raise click.ClickException(_database_advice(error)) from error


def _is_of_database(error: Exception) -> bool:
    """Whether the database is away or has other tables than ours; without importing what a command did not need."""
    errors = sys.modules.get("sqlalchemy.exc")
    return errors is not None and isinstance(error, errors.OperationalError | errors.ProgrammingError)


def _database_advice(error: Exception) -> str:
    return (
        f"The database does not answer as expected: {getattr(error, 'orig', error)}. "
        "A new store needs 'entrepot init', an older one 'entrepot db upgrade'; otherwise check DATABASE_URL."
    )


def _exists(module: str) -> bool:
    """Whether the module is there."""
    parts = module.split(".")
    folder = Path(__file__).parents[1].joinpath(*parts[1:])
    return folder.with_suffix(".py").is_file() or (folder / "__init__.py").is_file()
