"""The demo's data folder: recognised by its mark, used by one demo at a time, emptied only of what the demo made."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import IO

from entrepot.sdk.errors import EntrepotError
from entrepot.settings import SECRET_KEY_FILE, SECRETS_KEY_FILE, create_data_dir

try:
    import fcntl
except ImportError:  # Windows: two demos in one folder are not told apart there
    fcntl = None  # type: ignore[assignment]

MARK = "entrepot-demo.json"
_LOCK = "demo.lock"
#: All that the demo writes. Templates and settings of the store's owner are not among it.
_MADE = ("entrepot.db*", "media", "simulators", "logs", "boot", SECRET_KEY_FILE, SECRETS_KEY_FILE)


class FolderRefused(EntrepotError):
    """A folder that the demo does not touch."""


@dataclass(frozen=True)
class State:
    """What the demo remembers from start to start."""

    #: The store was made to the end.
    complete: bool = False
    #: Port by module of the simulator.
    ports: Mapping[str, int] = field(default_factory=dict)
    #: Revisions that the database was brought to; other ones installed mean work to do.
    revisions: Sequence[str] = ()


class DemoFolder:
    """Where one demo keeps everything. Made by ``demo_folder``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.state = _read_state(path / MARK)

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    def simulator_folder(self, plugin_id: str) -> Path:
        return self.path / "simulators" / plugin_id

    def remember(self, **changes: object) -> None:
        """Change the state and write it down."""
        self.state = replace(self.state, **changes)  # type: ignore[arg-type]
        half = self.path / f"{MARK}.part"
        half.write_text(json.dumps(asdict(self.state), indent=1), encoding="utf-8")
        half.replace(self.path / MARK)

    def clear(self) -> None:
        """Remove what the demo made, and begin with new keys."""
        for pattern in _MADE:
            for found in self.path.glob(pattern):
                shutil.rmtree(found) if found.is_dir() else found.unlink()
        self.remember(complete=False, ports={}, revisions=())
        create_data_dir(self.path)


@contextmanager
def demo_folder(path: Path, *, fresh: bool) -> Iterator[DemoFolder]:
    """The folder, for this demo alone until the block ends; emptied when ``fresh`` or only half made.

    Raises FolderRefused for a folder that holds something else, or while another demo uses it.
    """
    _refuse_foreign(path)
    path.mkdir(parents=True, exist_ok=True)
    with _locked(path):
        folder = DemoFolder(path)
        if fresh or not folder.state.complete:
            folder.clear()
        yield folder


def _refuse_foreign(path: Path) -> None:
    if path.exists() and not path.is_dir():
        raise FolderRefused(f"{path} is a file. Choose a folder: --data FOLDER")
    present = {entry.name for entry in path.iterdir()} if path.exists() else set()
    if present - {_LOCK} and MARK not in present:
        raise FolderRefused(
            f"{path} holds other things than a demo store and is left alone. Choose an empty or new folder: "
            "--data FOLDER"
        )


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """The kernel frees the lock when this process ends, however it ends."""
    with (path / _LOCK).open("a+", encoding="ascii") as file:
        _lock(path, file)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _lock(path: Path, file: IO[str]) -> None:
    try:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.seek(0)
        raise FolderRefused(
            f"The demo in {path} is running already, as process {file.read() or 'unknown'}. Stop that one first, or "
            "choose another folder: --data FOLDER"
        ) from None


def _read_state(file: Path) -> State:
    """What was written down; the state of a new folder where that cannot be read."""
    try:
        written = json.loads(file.read_text(encoding="utf-8"))
        return State(bool(written["complete"]), dict(written["ports"]), tuple(written["revisions"]))
    except (OSError, ValueError, KeyError, TypeError):
        return State()
