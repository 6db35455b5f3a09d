"""Running foreign code for a limited time.

Python cannot stop a thread. Work that exceeds its limit is left behind in a daemon thread: the caller goes on, the
thread ends when its code ends and never keeps the process alive. A plugin that hangs while holding a lock of the
interpreter (an extension module that never releases the GIL) cannot be limited this way; the boot marker names it after
two failed starts.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

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
    """A call under way in a thread of its own."""

    def __init__(self, call: Callable[[], Result], name: str = "limited") -> None:
        self._call = call
        self._result: list[Result] = []
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=f"entrepot-{name}", daemon=True)
        self._thread.start()

    def result(self, seconds: float) -> Result:
        """Wait at most so long; raises the call's error, TimedOut, or ProcessExit for what would end the process."""
        self._thread.join(max(seconds, 0))
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
