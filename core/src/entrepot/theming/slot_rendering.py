"""Rendering slots: each block on its own, so that no plugin can break a page."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from entrepot.sdk.slots import SlotBlock
from entrepot.theming.errors import SlotError, SlowSlotBlock
from entrepot.theming.slots import SlotRegistry, check_values

#: Called with the plugin id, the slot and the error; what it raises is logged and goes no further.
OnFailure = Callable[[str, str, BaseException], None]

_logger = logging.getLogger(__name__)
_open_slots: ContextVar[tuple[str, ...]] = ContextVar("open_slots", default=())


def log_failure(plugin_id: str, slot: str, error: BaseException) -> None:
    """The plain way to report a block: a line in the log."""
    _logger.warning("Plugin '%s' failed in slot '%s': %s: %s", plugin_id, slot, type(error).__name__, error)


class SlotRenderer:
    """``slot()`` in templates. A failing block shows nothing, a slow one is shown; both are reported."""

    def __init__(
        self,
        registry: SlotRegistry,
        environment: Environment,
        *,
        on_failure: OnFailure = log_failure,
        budget_s: float = 0.05,
        monotonic: Callable[[], float] = time.perf_counter,
        strict: bool = False,
    ) -> None:
        self._registry = registry
        self._environment = environment
        self._on_failure = on_failure
        self._budget_s = budget_s
        self._monotonic = monotonic
        self._strict = strict

    def slot(self, name: str, /, **values: Any) -> Markup:
        """The slot's blocks, one after the other; in debug a wrong name or value raises SlotError."""
        if self._strict:
            check_values(name, values)
        blocks = self._registry.blocks(name)
        return Markup("").join(self._isolated(block, values) for block in blocks) if blocks else Markup("")

    def _isolated(self, block: SlotBlock, values: Mapping[str, Any]) -> Markup:
        started = self._monotonic()
        try:
            shown = self._render(block, values)
        except (Exception, SystemExit) as error:
            self._report(block, error)
            return Markup("")
        took = self._monotonic() - started
        if took > self._budget_s:
            problem = f"'{block.template}' took {took * 1000:.0f} ms of its {self._budget_s * 1000:.0f} ms."
            self._report(block, SlowSlotBlock(f"{problem} Prepare its values before the page is rendered."))
        return shown

    def _render(self, block: SlotBlock, values: Mapping[str, Any]) -> Markup:
        if block.slot in _open_slots.get():
            raise SlotError(
                f"'{block.template}' stands in slot '{block.slot}' and opens it again. Remove the inner slot."
            )
        token = _open_slots.set((*_open_slots.get(), block.slot))
        try:
            context = values if block.context is None else block.context(values)
            return Markup(self._environment.get_template(block.template).render(context))
        finally:
            _open_slots.reset(token)

    def _report(self, block: SlotBlock, error: BaseException) -> None:
        try:
            self._on_failure(block.plugin_id, block.slot, error)
        except Exception:
            _logger.exception("Reporting a failure of plugin '%s' in slot '%s' failed", block.plugin_id, block.slot)
