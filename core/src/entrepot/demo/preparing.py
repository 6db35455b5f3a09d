"""Before the demo is served: tables up to date, store made, simulators' ports known to their accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from entrepot.cli.context import database
from entrepot.demo.folder import DemoFolder
from entrepot.demo.simulators import choose_ports, follow_ports, simulated_accounts, simulators
from entrepot.engine.plugin_migrations import migrations_of, upgrade_plugins
from entrepot.engine.registry import Registry
from entrepot.engine.runtime import Runtime, build_runtime
from entrepot.sdk.manifest import Simulator
from entrepot.sdk.packs import bind_reckoner
from entrepot.settings import Settings
from entrepot.storage import migrate
from entrepot.taxes.reckoner import Reckoner

#: Variables of the environment that would lead the demo to another store than its own.
_KEPT = frozenset(
    {
        "ENTREPOT_DEBUG",
        "ENTREPOT_PLUGINS",
        "ENTREPOT_PLUGIN_LOAD_SECONDS",
        "ENTREPOT_SAFE_MODE",
        "ENTREPOT_STRICT_PLUGINS",
    }
)


@dataclass(frozen=True)
class Stand:
    """A simulator and where it listens."""

    plugin_id: str
    simulator: Simulator
    port: int


@dataclass(frozen=True)
class Prepared:
    stands: tuple[Stand, ...]
    #: What somebody should know about plugins, each with its remedy.
    warnings: tuple[str, ...]


def demo_environment(environ: Mapping[str, str], folder: DemoFolder, base_url: str) -> dict[str, str]:
    """The environment of every process of the demo: nothing in it names another store or database."""
    own = {
        name: value
        for name, value in environ.items()
        if name != "DATABASE_URL" and (not name.startswith("ENTREPOT_") or name in _KEPT)
    }
    return {**own, "ENTREPOT_DATA_DIR": str(folder.path), "ENTREPOT_BASE_URL": base_url, "PYTHONUNBUFFERED": "1"}


def prepare(folder: DemoFolder, settings: Settings, *, shop_port: int) -> Prepared:
    """Bring the folder to where it can be served; quick when nothing changed since the last start."""
    with database(settings).app_context():
        bind_reckoner(Reckoner)
        runtime = build_runtime(settings, before_migration=True)
        _migrate(folder, runtime)
        ports = choose_ports(runtime.registry, folder.state.ports, above=shop_port)
        if folder.state.complete:
            _follow_changes(folder, runtime, ports)
        else:
            _seed(runtime, ports)
        folder.remember(complete=True, ports=ports)
        return Prepared(_stands(runtime.registry, ports), tuple(_warnings(runtime)))


def _migrate(folder: DemoFolder, runtime: Runtime) -> None:
    """Alembic is loaded only when revisions came or went since the last start."""
    installed = _revisions(runtime.registry)
    if folder.state.revisions == installed:
        return
    migrate.upgrade()
    failed = upgrade_plugins(runtime.registry, runtime.clock)
    folder.remember(revisions=() if failed else installed)


def _revisions(registry: Registry) -> tuple[str, ...]:
    """The files of all revisions that are installed."""
    owners = [migrate.CORE]
    owners += [migrations_of(plugin) for plugin in registry.plugins.values() if plugin.manifest.migrations]
    return tuple(f"{owner.owner}/{file.name}" for owner in owners for file in sorted(owner.folder.glob("*.py")))


def _seed(runtime: Runtime, ports: Mapping[str, int]) -> None:
    from entrepot.demo.seed import seed  # the whole shop is loaded for it, once in the folder's life
    from entrepot.orders.book import Orders
    from entrepot.payments.ports import bind_orders

    bind_orders(Orders)
    seed(runtime, ports)


def _follow_changes(folder: DemoFolder, runtime: Runtime, ports: Mapping[str, int]) -> None:
    """Ports that are others now, and plugins that came since the last start."""
    before = folder.state.ports
    follow_ports(runtime, before, ports)
    if set(ports) - set(before):
        from entrepot.demo.opening import create_accounts

        create_accounts(runtime, simulated_accounts(runtime.registry, ports, known=before))


def _stands(registry: Registry, ports: Mapping[str, int]) -> tuple[Stand, ...]:
    return tuple(Stand(plugin.id, simulator, ports[simulator.module]) for plugin, simulator in simulators(registry))


def _warnings(runtime: Runtime) -> Sequence[str]:
    registry = runtime.registry
    if registry.safe_mode_reason:
        return [f"Safe mode: {registry.safe_mode_reason}"]
    failed = [f"{plugin.id} is left out: {plugin.cause} {plugin.remedy}" for plugin in registry.failed.values()]
    missing = [kind for kind in ("payment", "carrier") if not registry.providers(kind)]
    if missing:
        failed.append(f"No {' and no '.join(missing)} plugin is installed. Remedy: pip install 'entrepot[starter]'")
    return [*failed, *_orphans(runtime)]


def _orphans(runtime: Runtime) -> Sequence[str]:
    """Accounts that an earlier release made for a plugin which is no more."""
    registry = runtime.registry
    known = registry.plugins.keys() | registry.failed.keys()
    lost = [account for account in runtime.accounts.list(enabled_only=False) if account.plugin_id not in known]
    return [
        f"The account '{account.label}' needs the plugin {account.plugin_id}, which is not installed. Remedy: install "
        "it, or make the demo anew with --fresh."
        for account in lost
    ]
