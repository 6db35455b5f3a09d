"""The pytest plugin that comes with entrepot: markers now, heavier things only in the fixture that needs them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from entrepot.testkit.small_shop import SmallShop

pytest.register_assert_rewrite("entrepot.testkit.conformance")


def pytest_configure(config: pytest.Config) -> None:
    marker = "covers(*ids): the requirements that this test proves, like covers('S1.14', 'G7')"
    config.addinivalue_line("markers", marker)


@pytest.fixture
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SmallShop]:
    """A small shop on ``database_url`` if the project has that fixture, else on a SQLite file of its own."""
    from entrepot.testkit.small_shop import small_shop

    with small_shop(_database_url(request, tmp_path), tmp_path) as opened:
        yield opened


@pytest.fixture
def web_shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SmallShop]:
    """The same with its pages: ``web_shop.app.test_client()``."""
    from entrepot.testkit.small_shop import small_shop

    with small_shop(_database_url(request, tmp_path), tmp_path, web=True) as opened:
        yield opened


def _database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    try:
        url: str = request.getfixturevalue("database_url")
    except pytest.FixtureLookupError:
        return f"sqlite:///{tmp_path / 'shop.db'}"
    return url
