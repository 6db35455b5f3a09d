"""Runs a conformance class in this process and tells which behaviours failed, and with which words."""

from __future__ import annotations

from typing import Any

import pytest


def behaviours(examined: type) -> list[str]:
    """Names of all behaviours of a conformance class."""
    return sorted(name for name in dir(examined) if name.startswith("test_"))


def failures(examined: type) -> dict[str, str]:
    """Failed behaviours with their messages; skipped ones count as kept."""
    messages = {name: _failure(examined, name) for name in behaviours(examined)}
    return {name: message for name, message in messages.items() if message}


def _failure(examined: type, name: str) -> str:
    examiner: Any = examined()
    behaviour = getattr(examiner, name)
    try:
        examiner.setup_method(behaviour)
        behaviour()
    except pytest.skip.Exception:
        return ""
    except (Exception, pytest.fail.Exception) as error:
        return str(error) or type(error).__name__
    finally:
        examiner.teardown_method()
    return ""
