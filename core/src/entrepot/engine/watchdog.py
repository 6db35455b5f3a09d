"""Ends what loops in a thread that must not be left behind: an exception is thrown into it from outside."""

from __future__ import annotations

import ctypes
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

#: How often it is looked who is overdue.
_EVERY_S = 0.25


class Overdue(BaseException):
    """Thrown into code that took too long. No Exception, so that a plugin's ``except Exception`` lets it pass."""


class _Watched:
    def __init__(self, seconds: float) -> None:
        self.thread = threading.get_ident()
        self.ends = time.monotonic() + seconds
        self.is_told = False


_lock = threading.Lock()
_watched: set[_Watched] = set()
_dog: list[threading.Thread] = []


@contextmanager
def watching(seconds: float) -> Iterator[None]:
    """Have Overdue thrown into the block when it takes longer; it leaves the block only from inside."""
    entry = _Watched(seconds)
    with _lock:
        _watched.add(entry)
        if not _dog:
            _dog.append(threading.Thread(target=_look, name="entrepot-watchdog", daemon=True))
            _dog[0].start()
    try:
        yield
    finally:
        _release(entry)


def _release(entry: _Watched) -> None:
    try:
        with _lock:
            _watched.discard(entry)
        if entry.is_told:  # it is on its way until this thread runs some more of Python, and must arrive nowhere else
            for _ in range(1_000):
                pass
    except Overdue:
        _watched.discard(entry)


def _look() -> None:
    while True:
        time.sleep(_EVERY_S)
        now = time.monotonic()
        with _lock:
            for entry in list(_watched):
                if now >= entry.ends and not entry.is_told:
                    entry.is_told = True
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(entry.thread), ctypes.py_object(Overdue))


def _begin_anew() -> None:
    """Threads do not live on in a forked process."""
    global _lock
    _lock = threading.Lock()
    _watched.clear()
    _dog.clear()


os.register_at_fork(after_in_child=_begin_anew)
