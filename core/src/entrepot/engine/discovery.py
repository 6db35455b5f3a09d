"""Installed plugins: found by entry point without being imported, then imported one by one behind a guard."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from functools import cached_property
from types import ModuleType
from typing import Any

from stevedore.named import NamedExtensionManager

from entrepot.engine.entry_points import installed
from entrepot.engine.failures import FailedPlugin, PluginRefused, explain, traceback_text
from entrepot.engine.limits import run_limited
from entrepot.kernel.records import dataclass
from entrepot.sdk.errors import PluginError

GROUP = "entrepot.plugins"


@dataclass(frozen=True)
class Found:
    """An installed plugin that nobody has imported. Facts of its distribution are read when asked for."""

    id: str
    module: str
    entry_point: Any

    @property
    def distribution(self) -> str:
        return self._facts[0]

    @property
    def version(self) -> str:
        return self._facts[1]

    @property
    def license(self) -> str:
        return self._facts[2]

    @property
    def requires(self) -> tuple[str, ...]:
        """Distributions that it needs, as its metadata names them."""
        return self._facts[3]

    @cached_property
    def _facts(self) -> tuple[str, str, str, tuple[str, ...]]:
        distribution = getattr(self.entry_point, "dist", None)
        if distribution is None:
            return self.module.partition(".")[0], "", "", ()
        metadata = distribution.metadata
        licence = metadata.get("License-Expression") or metadata.get("License") or ""
        return metadata["Name"], distribution.version, licence, tuple(distribution.requires or ())


@dataclass(frozen=True)
class Scan:
    """What is installed: plugins by id, and those whose id two distributions claim."""

    found: dict[str, Found]
    failed: dict[str, FailedPlugin]


def scan(entry_points: Iterable[Any] | None = None) -> Scan:
    """Everything installed, sorted by id. Of distributions that claim the same id none is found, and all are named."""
    claims: dict[str, list[Found]] = defaultdict(list)
    for entry_point in installed(GROUP) if entry_points is None else entry_points:
        claims[entry_point.name].append(Found(entry_point.name, entry_point.value, entry_point))
    found = {id: claim[0] for id, claim in sorted(claims.items()) if len(claim) == 1}
    return Scan(found, {id: _claimed_twice(id, claim) for id, claim in sorted(claims.items()) if len(claim) > 1})


def load(
    found: Iterable[Found],
    *,
    seconds: float,
    before: Callable[[str], None] = lambda plugin_id: None,
) -> tuple[dict[str, ModuleType], dict[str, FailedPlugin]]:
    """Import plugins, each on its own: (modules, failures) by id. Nothing that a plugin does escapes."""
    by_id = {plugin.id: plugin for plugin in found}
    failed: dict[str, FailedPlugin] = {}

    def note(manager: object, entry_point: Any, error: BaseException) -> None:
        cause = error.error if isinstance(error, _ImportFailed) else PluginError(str(error))
        failed[entry_point.name] = failure(by_id[entry_point.name], "import", cause)

    guarded = [_Guarded(plugin, seconds, before) for plugin in by_id.values()]
    extensions: Iterable[Any] = _Plugins(guarded, on_load_failure_callback=note)
    return {extension.name: extension.plugin for extension in extensions}, failed


def failure(plugin: Found, stage: str, error: Exception) -> FailedPlugin:
    """The error as a row of the list that staff read."""
    cause, remedy = explain(plugin.id, stage, error)
    return FailedPlugin(
        id=plugin.id,
        cause=cause,
        remedy=remedy,
        distribution=plugin.distribution,
        version=plugin.version,
        traceback=traceback_text(error),
    )


class _Guarded:
    """An entry point whose loading cannot stop the shop: limited in time, and failing with an Exception only."""

    def __init__(self, plugin: Found, seconds: float, before: Callable[[str], None]) -> None:
        self.name = plugin.id
        self.value = plugin.module
        self.group = GROUP
        self._plugin = plugin
        self._seconds = seconds
        self._before = before

    def load(self) -> ModuleType:
        self._before(self.name)
        try:
            return self._module()
        except Exception as error:
            raise _ImportFailed(error) from error

    def _module(self) -> ModuleType:
        module = run_limited(self._plugin.entry_point.load, self._seconds, f"import-{self.name}")
        if isinstance(module, ModuleType):
            return module
        raise PluginRefused(
            f"Its entry point names a {type(module).__name__}, not a module.",
            f'Write {self.name} = "{self._plugin.module.partition(":")[0]}" in its pyproject.toml.',
        )


class _ImportFailed(Exception):
    """Carries an import's error past stevedore, which would let an AssertionError stop the shop."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


class _Plugins(NamedExtensionManager[Any]):
    """stevedore's manager over entry points that were counted and guarded beforehand."""

    def __init__(self, guarded: Collection[_Guarded], **options: Any) -> None:
        self._guarded = list(guarded)
        names = [entry_point.name for entry_point in self._guarded]
        super().__init__(GROUP, names, on_missing_entrypoints_callback=None, **options)

    def list_entry_points(self) -> list[Any]:
        return self._guarded


def _claimed_twice(plugin_id: str, claims: list[Found]) -> FailedPlugin:
    names = sorted({claim.distribution for claim in claims})
    return FailedPlugin(
        id=plugin_id,
        cause=f"Several installed distributions claim this id: {', '.join(names)}. None of them was loaded.",
        remedy=f"Uninstall all but one, for example: pip uninstall {names[-1]}",
        distribution=", ".join(names),
    )
