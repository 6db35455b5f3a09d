"""Calling hooks: every implementation on its own, so that a failing plugin costs only its own contribution."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, TypeVar, get_args, get_type_hints

import pluggy

from entrepot.engine import trace
from entrepot.engine.limits import described
from entrepot.kernel.records import dataclass
from entrepot.sdk.hooks import Contribution

_log = logging.getLogger("entrepot.plugin")
Default = TypeVar("Default")


@dataclass(frozen=True)
class Failure:
    """One implementation that raised or answered with the wrong type."""

    plugin_id: str
    hook: str
    error: Exception


@dataclass(frozen=True)
class Collected:
    """(plugin id, answer) in order of plugin ids, and who failed."""

    results: tuple[tuple[str, Any], ...]
    failures: tuple[Failure, ...]

    @property
    def items(self) -> tuple[Any, ...]:
        """The items of all answers, which are lists, in one row."""
        return tuple(item for _, answer in self.results for item in answer)


@dataclass(frozen=True)
class Implementation:
    """One plugin's function for one hook."""

    plugin_id: str
    function: Callable[..., Any]
    arguments: tuple[str, ...]

    def __call__(self, facts: dict[str, Any]) -> Any:
        return self.function(*(facts[name] for name in self.arguments))


class Dispatch:
    """The shop's side of all hooks. Order is by plugin id, whatever a plugin asks for."""

    def __init__(self, manager: pluggy.PluginManager) -> None:
        self._manager = manager
        self._known: dict[str, tuple[Implementation, ...]] = {}

    def implementations(self, hook: str) -> tuple[Implementation, ...]:
        """Who implements a hook; raises AttributeError for a hook that does not exist."""
        if hook not in self._known:
            implementations = [
                Implementation(found.plugin_name, found.function, tuple(found.argnames))
                for found in getattr(self._manager.hook, hook).get_hookimpls()
            ]
            self._known[hook] = tuple(sorted(implementations, key=lambda found: found.plugin_id))
        return self._known[hook]

    def collect(self, hook: str, **facts: Any) -> Collected:
        """Ask everybody. None is no contribution; an answer of another type than the hook's is a failure."""
        results: list[tuple[str, Any]] = []
        failures: list[Failure] = []
        for plugin_id, answer, error in self._answers(hook, facts):
            problem = error or _wrong_items(hook, answer)
            if problem is not None:
                failures.append(_reported(plugin_id, hook, problem))
            elif answer is not None:
                results.append((plugin_id, answer))
        return Collected(tuple(results), tuple(failures))

    def first(self, hook: str, default: Default, **facts: Any) -> Default:
        """The first answer that is not None and of the default's type; failing plugins are passed over."""
        for plugin_id, answer, error in self._answers(hook, facts):
            if answer is not None and default is not None and not isinstance(answer, type(default)):
                error = TypeError(f"{hook} must return {type(default).__name__}, not {type(answer).__name__}")
            if error is not None:
                _reported(plugin_id, hook, error)
            elif answer is not None:
                found: Default = answer
                return found
        return default

    def forget(self) -> None:
        """Look implementations up again, after a plugin was taken out."""
        self._known.clear()

    def _answers(self, hook: str, facts: dict[str, Any]) -> Iterator[tuple[str, Any, Exception | None]]:
        for implementation in self.implementations(hook):
            started = time.perf_counter()
            answer, error = _call(implementation, facts)
            trace.note(hook, plugin_id=implementation.plugin_id, started=started, text=_summary(answer, error))
            yield implementation.plugin_id, answer, error


def _call(implementation: Implementation, facts: dict[str, Any]) -> tuple[Any, Exception | None]:
    try:
        return implementation(facts), None
    except (Exception, SystemExit) as error:
        return None, described(error)


@cache
def _item_type(hook: str) -> type[Any] | None:
    """What the lists of a contribution hook hold; None for other hooks."""
    if hook not in vars(Contribution):
        return None
    item: type[Any] = get_args(get_type_hints(getattr(Contribution, hook))["return"])[0]
    return item


def _wrong_items(hook: str, answer: Any) -> TypeError | None:
    item = _item_type(hook)
    if item is None or answer is None:
        return None
    if isinstance(answer, list | tuple) and all(isinstance(one, item) for one in answer):
        return None
    return TypeError(f"{hook} must return a list of {item.__name__}, not {answer!r:.200}")


def _reported(plugin_id: str, hook: str, error: Exception) -> Failure:
    _log.error("Plugin %s, hook %s: its contribution is missing: %s", plugin_id, hook, error, exc_info=error)
    return Failure(plugin_id, hook, error)


def _summary(answer: Any, error: Exception | None) -> str:
    if error is not None:
        return f"failed: {error}"
    return f"{len(answer)} items" if isinstance(answer, list | tuple) else repr(answer)
