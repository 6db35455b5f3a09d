"""The pytest plugin that comes with entrepot: markers now, heavier things only in the fixture that needs them."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("entrepot.testkit.conformance")


def pytest_configure(config: pytest.Config) -> None:
    marker = "covers(*ids): the requirements that this test proves, like covers('S1.14', 'G7')"
    config.addinivalue_line("markers", marker)
