"""How the kit says that a behaviour is missing: what is wrong, what real shops pay for it, how to mend it."""

from __future__ import annotations

import traceback
from typing import NoReturn

import pytest


def require(kept: object, mistake: str, *, costs: str, remedy: str) -> None:
    """Fail the running test unless ``kept`` is true."""
    if not kept:
        refuse(mistake, costs=costs, remedy=remedy)


def refuse(mistake: str, *, costs: str, remedy: str) -> NoReturn:
    """Fail the running test; not an Exception, so that no provider can swallow it."""
    pytest.fail(f"{mistake}\n  What it costs: {costs}\n  Remedy: {remedy}", pytrace=False)


def told(error: BaseException) -> str:
    """The error's type, text and the last line of code it came from."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({frames[-1].filename}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{place}"
