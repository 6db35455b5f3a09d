"""Where a serving process starts. Nothing that a start makes is garbage, so nobody looks for garbage meanwhile."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from entrepot.settings import Settings


def served_app(settings: Settings | None = None) -> Flask:
    """The shop, for a process that does nothing else.

    What was made up to here is left out of every later search for garbage: that takes a tenth of a start, and would
    write into the memory that forked processes share.
    """
    gc.disable()
    try:
        from entrepot.app import create_app

        app = create_app(settings)
        gc.freeze()
        return app
    finally:
        gc.enable()
