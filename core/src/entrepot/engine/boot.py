"""Safe mode: a start that died while plugins were loaded leaves a marker; after two of them the shop starts without.

Each start has a file of its own, so that several processes may start at once: a marker counts as a failed start when
its process is gone. It names the plugin being imported, which tells who ended the process without a word (os._exit, a
crash).
"""

from __future__ import annotations

import os
import socket
import uuid
from pathlib import Path

from entrepot.settings import Settings

FAILED_STARTS_ALLOWED = 2


class Boot:
    """One start of the shop: ``loading`` is told of every plugin, ``finished()`` once the app stands."""

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.data_dir / "boot"
        self._host = socket.gethostname()
        self._marker = self._folder / f"{self._host}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._failed = self._failed_starts()
        self.safe_mode_reason = self._reason(settings)
        self._watched = settings.automatic_safe_mode and not self.safe_mode_reason

    def loading(self, plugin_id: str) -> None:
        """Note which plugin is imported next ("" after the last): a start that ends from now on counts as failed."""
        if not self._watched:
            return
        try:
            self._folder.mkdir(exist_ok=True)
            self._marker.write_text(plugin_id)
        except OSError:  # no data folder, or a read-only one: the shop only has no automatic safe mode
            return

    def finished(self) -> None:
        """The start went well: forget this marker and, unless safe mode stays on, those of failed starts."""
        self._marker.unlink(missing_ok=True)
        if not self.safe_mode_reason:
            for marker in self._failed:
                marker.unlink(missing_ok=True)

    def _failed_starts(self) -> list[Path]:
        if not self._folder.is_dir():
            return []
        mine = [marker for marker in self._folder.iterdir() if marker.name.startswith(f"{self._host}-")]
        return sorted(marker for marker in mine if not _is_running(marker))

    def _reason(self, settings: Settings) -> str:
        if settings.safe_mode:
            return "ENTREPOT_SAFE_MODE=1 is set. Remove it to load plugins again."
        if len(self._failed) < FAILED_STARTS_ALLOWED or not settings.automatic_safe_mode:
            return ""
        suspects = sorted({name for marker in self._failed if (name := _text(marker))})
        suspicion = f" while loading {', '.join(suspects)}" if suspects else ""
        return (
            f"The last {len(self._failed)} starts did not finish{suspicion}, so plugins are left out. "
            "Disable the culprit (entrepot plugin disable ID), or try again as it is: entrepot plugin retry"
        )


def forget_failed_starts(settings: Settings) -> None:
    """Leave safe mode that was entered by itself, for the next start."""
    folder = settings.data_dir / "boot"
    for marker in folder.iterdir() if folder.is_dir() else ():
        marker.unlink(missing_ok=True)


def _is_running(marker: Path) -> bool:
    pid = int(marker.name.rsplit("-", 2)[1])
    if pid == os.getpid():  # in a container every start may have the same number
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
