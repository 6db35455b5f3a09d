"""Running foreign code for a limited time.

Python cannot stop a thread. Work that exceeds its limit is left behind in a daemon thread: the caller goes on, the
thread ends when its code ends and never keeps the process alive. A plugin that hangs while holding a lock of the
interpreter (an extension module that never releases the GIL) cannot be limited this way; the boot marker names it after
two failed starts.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextvars import Context
from queue import SimpleQueue
from typing import Generic, TypeVar

from entrepot.engine import watchdog

Result = TypeVar("Result")


class TimedOut(Exception):
    """The work did not end within its limit and was left behind."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"did not finish within {seconds:g} seconds")


class ProcessExit(Exception):
    """The work tried to end the process: sys.exit(), or another exception that is no error."""

    def __init__(self, error: BaseException) -> None:
        detail = str(error)
        super().__init__(f"tried to end the process: {type(error).__name__}{f'({detail})' if detail else ''}")


class Limited(Generic[Result]):
    """A call under way in a thread that does nothing else meanwhile."""

    def __init__(self, call: Callable[[], Result], name: str = "limited") -> None:
        self._call = call
        self._result: list[Result] = []
        self._error: BaseException | None = None
        self._running = threading.Lock()
        self._running.acquire()
        _idle_worker().give(self._run, f"entrepot-{name}")

    def result(self, seconds: float) -> Result:
        """Wait at most so long; raises the call's error, TimedOut, or ProcessExit for what would end the process."""
        if self._running.acquire(timeout=max(seconds, 0)):
            self._running.release()
        if self._result:
            return self._result[0]
        if self._error is None:
            raise TimedOut(seconds)
        raise described(self._error)

    def _run(self) -> None:
        try:
            self._result.append(self._call())
        except BaseException as error:
            self._error = error
        finally:
            self._running.release()


class Here(Generic[Result]):
    """A call that was carried out in the caller's own thread, for work that waits for nobody: no thread is changed.

    A loop in plain Python is ended by an exception that is thrown into it. What blocks outside of Python is not: only
    code that promises to answer at once may be called this way.
    """

    def __init__(self, call: Callable[[], Result], seconds: float) -> None:
        self._result: list[Result] = []
        self._error: BaseException | None = None
        try:
            with watchdog.watching(seconds):
                self._result.append(Context().run(call))
        except BaseException as error:
            self._error = error

    def result(self, seconds: float) -> Result:
        """What the call returned; raises its error, TimedOut, or ProcessExit for what would end the process."""
        if self._result:
            return self._result[0]
        assert self._error is not None  # one of the two is there
        if isinstance(self._error, watchdog.Overdue):
            raise TimedOut(seconds)
        raise described(self._error)


class _Worker:
    """A daemon thread that takes one call after another, each in a fresh context."""

    def __init__(self) -> None:
        self._calls: SimpleQueue[tuple[Callable[[], None], str]] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def give(self, call: Callable[[], None], name: str) -> None:
        self._calls.put((call, name))

    def _work(self) -> None:
        while True:
            call, self._thread.name = self._calls.get()
            Context().run(call)
            if len(_idle) >= MOST_IDLE:
                return
            del call
            _idle.append(self)


#: Starting a thread costs several times what a call to one that waits does.
_idle: list[_Worker] = []
MOST_IDLE = 32
os.register_at_fork(after_in_child=_idle.clear)  # threads do not live on in a forked process


def _idle_worker() -> _Worker:
    try:
        return _idle.pop()
    except IndexError:
        return _Worker()


def run_limited(call: Callable[[], Result], seconds: float, name: str = "limited") -> Result:
    """Run the call and wait for it; see ``Limited.result``."""
    return Limited(call, name).result(seconds)


def described(error: BaseException) -> Exception:
    """The error, or ProcessExit around what is not meant to be caught."""
    if isinstance(error, Exception):
        return error
    exit_ = ProcessExit(error)
    exit_.__cause__ = error
    return exit_
