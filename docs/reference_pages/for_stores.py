"""Pages for people who run or furnish a store: slots, settings, commands, permissions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path

import click

from entrepot import settings as settings_module
from entrepot.cli import cli
from entrepot.cli.plugin_commands import PluginCommands
from entrepot.settings import Settings
from entrepot.staff.rules import ALL, PERMISSIONS, ROLES
from entrepot.theming.slots import SLOTS
from reference_pages.for_plugins import code, page
from reference_pages.outline import fields

#: How the text of a variable is read, in the words of a reader.
_WRITTEN = {
    str: "text",
    Path: "path",
    settings_module._names: "names, separated by commas",
    settings_module._truth: "1 or 0",
    settings_module._seconds: "seconds",
    settings_module._web_address: "address, such as https://shop.example",
}


def slots() -> str:
    """Every slot with the values that it passes."""
    rows = [
        f"| `{slot.name}` | {', '.join(f'`{value}`' for value in slot.values) or 'none'} | {_plain(slot.description)} |"
        for slot in SLOTS.values()
    ]
    return page(
        "Slots",
        "Places where plugins may stand in a page. A plugin registers a `SlotBlock` with the slot's name and a "
        'template below `x/<plugin-id>/`; a theme places the slot with `{{ slot("product.after_price", '
        "product=product) }}` and must pass exactly the values named here.",
        "\n".join(("| slot | values | place |", "|---|---|---|", *rows)),
    )


def settings() -> str:
    """Every setting of a deployment."""
    read = settings_module._VARIABLES
    described = {field.name: field for field in fields(Settings)}
    rows = [
        f"| `{name}` | {_joined(name)} | {_WRITTEN[reader]} | {_default(described[name].default)} "
        f"| {described[name].comment} |"
        for name, reader in settings_module._READERS.items()
    ]
    folder = settings_module.DEFAULT_DATA_DIR
    assert all(name in described for name, _ in read.values())
    return page(
        "Settings",
        f"Read from the environment and from `{settings_module.CONFIG_FILE}` in the data folder. "
        f"{Settings.__doc__} The data folder itself is named by `entrepot --data DIR`, else by `ENTREPOT_DATA_DIR`, "
        f"else it is `./{folder}`.",
        "\n".join(("| in the file | variable | written as | default | meaning |", "|---|---|---|---|---|", *rows)),
        "Where two variables are named, the last one wins. In the file, lists are TOML lists.",
        f"The keys are also read from `{settings_module.SECRET_KEY_FILE}` (`secret_key`) and "
        f"`{settings_module.SECRETS_KEY_FILE}` (`secrets_keys`) in the data folder, which `entrepot init` writes with "
        "mode 600; file and environment win over them.",
    )


def _joined(name: str) -> str:
    return ", ".join(f"`{variable}`" for variable, (field, _) in settings_module._VARIABLES.items() if field == name)


def _default(written: str) -> str:
    """The default as it would be written in the environment."""
    if written.startswith("field("):
        written = written.partition("default=")[2].split(",")[0]
    words = {"None": "not set", "Path()": "in the data folder", "False": "`0`", "True": "`1`"}
    known = {**dict.fromkeys(("", "()", "''"), ""), **words}
    return known[written] if written in known else f"`{ast.literal_eval(written)}`"


def _plain(text: str) -> str:
    """Text in which angle brackets are no HTML."""
    return text.replace("<", "&lt;")


def commands() -> str:
    """The command tree."""
    context = click.Context(cli, info_name="entrepot", max_content_width=100, terminal_width=100)
    return page("Command line", *_command(cli, context))


def _command(command: click.Command, context: click.Context) -> Iterator[str]:
    yield f"## `{context.command_path}`"
    yield _plain(cleandoc(command.help or ""))
    yield code(_usage(command, context), "text")
    yield "\n".join(_options(command, context))
    if isinstance(command, click.Group) and not isinstance(command, PluginCommands):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None and not child.hidden:
                inner = click.Context(child, info_name=name, parent=context)
                yield from _command(child, inner)


def _usage(command: click.Command, context: click.Context) -> str:
    return " ".join((context.command_path, *command.collect_usage_pieces(context)))


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    options = (parameter for parameter in command.get_params(context) if isinstance(parameter, click.Option))
    for record in (option.get_help_record(context) for option in options):
        if record is not None and "--help" not in record[0]:
            yield f"- `{record[0]}`: {_plain(record[1])}" if record[1] else f"- `{record[0]}`"


def permissions() -> str:
    """Who may do what in the back office."""
    rows = [f"| `{one.id}` | {one.label} | {', '.join(_roles(one.id))} |" for one in PERMISSIONS]
    return page(
        "Permissions",
        "What a member of staff may do in the back office. `entrepot staff create --role ROLE` gives the permissions "
        "of a role; afterwards only the permissions count. Whoever has `*` may do everything, also what plugins add: "
        "their permissions start with the plugin's id and a dot.",
        "\n".join(("| permission | allows | roles |", "|---|---|---|", *rows)),
    )


def _roles(permission: str) -> Iterator[str]:
    return (role for role, given in ROLES.items() if permission in given or ALL in given)
