"""A fair lock for SQLite's single writer: first come, first served, across threads and processes."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: one process serves, and SQLite's own busy timeout covers the rest
    fcntl = None  # type: ignore[assignment]


class FairWriterLock:
    """``with lock():`` lets one writer in at a time. The kernel frees it when a process dies.

    Threads queue in order of arrival; between processes the kernel's queue of ``flock`` waiters does the same.
    ``path`` None means that no other process shares the database.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._busy = False

    @contextmanager
    def __call__(self) -> Iterator[None]:
        self._take_turn()
        try:
            with self._across_processes():
                yield
        finally:
            self._pass_on()

    def _take_turn(self) -> None:
        with self._guard:
            if not self._busy:
                self._busy = True
                return
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        turn.acquire()

    def _pass_on(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._busy = False

    @contextmanager
    def _across_processes(self) -> Iterator[None]:
        if self._path is None or fcntl is None:
            yield
            return
        with self._path.open("a") as file:  # closing releases the lock
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
