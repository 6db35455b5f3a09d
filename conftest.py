"""What the tests of every package share; the fixtures themselves live in tests/support."""

from __future__ import annotations

import re

import pytest

pytest_plugins = ["support.databases", "support.browsers", "support.servers"]

REQUIREMENT = re.compile(r"(S\d+\.\d+|G\d+)")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for marker in item.iter_markers("covers"):
            refuse_unknown_requirements(item, marker)


def refuse_unknown_requirements(item: pytest.Item, marker: pytest.Mark) -> None:
    wrong = [name for name in marker.args if not (isinstance(name, str) and REQUIREMENT.fullmatch(name))]
    if wrong or not marker.args:
        raise pytest.UsageError(
            f"{item.nodeid}: covers{marker.args!r} names no requirement. Write it like covers('S1.14', 'G7')."
        )
