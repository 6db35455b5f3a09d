"""Slots: a plugin's place in a page, instead of a template override."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from entrepot.kernel.records import dataclass


@dataclass(frozen=True)
class SlotBlock:
    """A template of the plugin, rendered where the slot stands. A block that fails renders as nothing and is reported.

    ``context`` is pure: it gets the values that the slot passes and returns the template's context; without it the
    template gets those values themselves. ``docs/reference/slots.md`` lists the slots and what they pass.
    """

    slot: str
    template: str
    order: int = 100
    context: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None
    #: Filled in by the registry.
    plugin_id: str = ""
