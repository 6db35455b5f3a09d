"""Jobs, permissions and other small things that a plugin registers."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from entrepot.kernel.clock import Clock
from entrepot.kernel.records import dataclass
from entrepot.sdk.readmodels import ShopReader


@dataclass(frozen=True)
class JobContext:
    """What a job's run is given."""

    clock: Clock
    shop: ShopReader
    log: logging.Logger


@dataclass(frozen=True)
class Job:
    """Periodic work, run by the worker: one run at a time, each failure logged and counted against the plugin."""

    name: str
    every: timedelta
    run: Callable[[JobContext], None]


@dataclass(frozen=True)
class Permission:
    """Something a member of staff may be allowed to do; the id starts with the plugin's id and a dot."""

    id: str
    label: str


@dataclass(frozen=True)
class MenuItem:
    """A link in the back office's navigation. ``group``: sell, stock, ship, customers, settings."""

    group: str
    label: str
    url: str
    permission: str


@dataclass(frozen=True)
class Notice:
    """A sentence for the buyer or for staff, with its weight: info, warning or error."""

    level: str
    text: str
