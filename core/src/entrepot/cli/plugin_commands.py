"""``entrepot x``: commands that plugins bring, inside the running shop's app context."""

from __future__ import annotations

import logging
from typing import Any

import click

from entrepot.cli.context import settings_of, shop
from entrepot.sdk.jobs import JobContext


class PluginCommands(click.Group):
    """One group per loaded plugin; the shop is built once, when the first command is looked up."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(self._groups(ctx))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return self._groups(ctx).get(cmd_name)

    def _groups(self, ctx: click.Context) -> dict[str, click.Group]:
        if "groups" not in ctx.meta:
            runtime = ctx.with_resource(shop(settings_of(ctx)))
            ctx.meta["groups"] = {
                plugin_id: _group(plugin_id, commands, runtime)
                for plugin_id, commands in runtime.registry.commands.items()
            }
        groups: dict[str, click.Group] = ctx.meta["groups"]
        return groups


@click.group(cls=PluginCommands)
def x() -> None:
    """Commands that plugins bring: entrepot x PLUGIN COMMAND."""


def _group(plugin_id: str, commands: tuple[click.Command, ...], runtime: Any) -> click.Group:
    context = JobContext(runtime.clock, runtime.shop, logging.getLogger(f"entrepot.plugin.{plugin_id}"))

    @click.group(plugin_id, help=f"Commands of {plugin_id}.")
    @click.pass_context
    def group(ctx: click.Context) -> None:
        ctx.obj = context  # @click.pass_obj gives a command the same JobContext that jobs get

    for command in commands:
        group.add_command(command)
    return group
