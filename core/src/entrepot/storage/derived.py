"""Files made from other files and kept from one start to the next: compiled templates, merged translations.

Whoever can write here can run code in the shop. So the folder is for the owner of the process alone, and one that
belongs to somebody else, or that others may write to, is left unused.
"""

from __future__ import annotations

import os
import stat
import tempfile
from functools import cached_property
from hashlib import sha256
from pathlib import Path

FOLDER = "cache"


class DerivedFiles:
    """May be deleted at any time. What cannot be kept or read is made anew, so that nothing here ever raises."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir

    def read(self, name: str, *, made_from: str) -> bytes | None:
        """What was kept under the name, if it was made from exactly this."""
        if self._folder is None:
            return None
        try:
            mark, _, content = (self._folder / _file_name(name)).read_bytes().partition(b"\n")
        except OSError:
            return None
        return content if mark == _mark(made_from) else None

    def write(self, name: str, content: bytes, *, made_from: str) -> None:
        """Keep it, in place of what an earlier version left under the name."""
        if self._folder is None:
            return
        try:
            with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as file:
                file.write(_mark(made_from) + b"\n" + content)
            Path(file.name).replace(self._folder / _file_name(name))
        except OSError:
            return

    @cached_property
    def _folder(self) -> Path | None:
        folder = self._data_dir / FOLDER
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            found = folder.lstat()
        except OSError:  # no data folder, or a read-only one
            return None
        return folder if stat.S_ISDIR(found.st_mode) and _is_private(found) else None


def _is_private(found: os.stat_result) -> bool:
    if os.name != "posix":
        return True
    return found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _file_name(name: str) -> str:
    return sha256(name.encode()).hexdigest()[:40]


def _mark(made_from: str) -> bytes:
    return sha256(made_from.encode()).hexdigest().encode()
