"""Who contributed what to one computation, in order and with its time. Costs nothing while nobody collects."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from entrepot.kernel.records import dataclass


@dataclass(frozen=True)
class TraceStep:
    """One hook implementation or provider call."""

    step: str
    plugin_id: str
    version: str
    account: str
    text: str
    milliseconds: float


_steps: ContextVar[list[TraceStep] | None] = ContextVar("entrepot_trace", default=None)
_version_of: ContextVar[Callable[[str], str]] = ContextVar("entrepot_trace_versions", default=lambda plugin_id: "")


@contextmanager
def collecting(versions: Callable[[str], str] | Mapping[str, str] | None = None) -> Iterator[list[TraceStep]]:
    """Everything that plugins contribute inside the block; nested blocks see their own steps only."""
    steps: list[TraceStep] = []
    look_up = versions if callable(versions) else (lambda plugin_id: (versions or {}).get(plugin_id, ""))
    tokens = _steps.set(steps), _version_of.set(look_up)
    try:
        yield steps
    finally:
        _steps.reset(tokens[0])
        _version_of.reset(tokens[1])


def note(step: str, *, plugin_id: str, started: float, text: str, account: str = "") -> None:
    """Append a step that began at ``time.perf_counter() == started``; without a collector nothing happens."""
    steps = _steps.get()
    if steps is None:
        return
    milliseconds = round((time.perf_counter() - started) * 1000, 3)
    steps.append(TraceStep(step, plugin_id, _version_of.get()(plugin_id), account, text, milliseconds))
