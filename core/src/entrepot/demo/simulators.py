"""Simulators of the loaded plugins: which there are, where they listen, and the accounts that reach them."""

from __future__ import annotations

import socket
from collections.abc import Container, Iterator, Mapping
from typing import Any

from entrepot.engine.registry import LoadedPlugin, Registry
from entrepot.engine.runtime import Runtime
from entrepot.sdk.errors import EntrepotError
from entrepot.sdk.manifest import Simulator

HOST = "127.0.0.1"
#: Where simulators look for free ports, above the shop's own.
_SEARCHED = 400


def simulators(registry: Registry) -> list[tuple[LoadedPlugin, Simulator]]:
    """Every simulator of every loaded plugin."""
    return [(plugin, simulator) for plugin in registry.plugins.values() for simulator in plugin.manifest.simulators]


def is_free(port: int) -> bool:
    """Whether nobody listens on this port of this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def choose_ports(registry: Registry, known: Mapping[str, int], *, above: int) -> dict[str, int]:
    """A port per simulator, by its module: the one of the last start, or another where that is taken now.

    The port after it is free too, for simulators that listen on two.
    """
    chosen: dict[str, int] = {}
    for _, simulator in simulators(registry):
        taken = {port + side for port in chosen.values() for side in (0, 1)} | {above}
        wanted = [known[simulator.module]] if simulator.module in known else []
        candidates = [*wanted, *range(above + 1, min(above + _SEARCHED, 65_534), 2)]
        pairs = (port for port in candidates if not {port, port + 1} & taken and is_free(port) and is_free(port + 1))
        port = next(pairs, None)
        if port is None:
            raise EntrepotError(
                f"No two free ports were found above {above} for '{simulator.label}'. Choose another --port."
            )
        chosen[simulator.module] = port
    return chosen


def config_at(simulator: Simulator, port: int) -> dict[str, str]:
    """The account's settings while the simulator listens on this port."""
    return {
        name: value.replace("{port}", str(port)).replace("{next_port}", str(port + 1))
        for name, value in simulator.config.items()
    }


def simulated_accounts(
    registry: Registry, ports: Mapping[str, int], known: Container[str] = ()
) -> Iterator[Mapping[str, Any]]:
    """An account for each provider of a plugin whose simulator is not ``known`` yet, written as in ``store.toml``."""
    for plugin, simulator in simulators(registry):
        if simulator.module in known or not simulator.config:
            continue
        for provider in plugin.brought.providers:
            yield {
                "kind": provider.kind,
                "provider": provider.id,
                "label": provider.label,
                "config": config_at(simulator, ports[simulator.module]),
                "position": 10,
            }


def follow_ports(runtime: Runtime, before: Mapping[str, int], now: Mapping[str, int]) -> None:
    """Point accounts that reach a simulator on its former port to the present one; leave all others alone."""
    for plugin, simulator in simulators(runtime.registry):
        former, present = before.get(simulator.module), now[simulator.module]
        if former in (None, present):
            continue
        moved = _difference(config_at(simulator, former), config_at(simulator, present))
        for account in runtime.accounts.export(plugin.id):
            config = account["config"]
            if all(str(config.get(name)) == old for name, (old, _) in moved.items()):
                new = {name: value for name, (_, value) in moved.items()}
                runtime.accounts.update(account["id"], config={**config, **new}, check=False)


def _difference(former: Mapping[str, str], present: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """{setting: (former value, present value)} of those that name the port."""
    return {name: (value, present[name]) for name, value in former.items() if value != present[name]}
