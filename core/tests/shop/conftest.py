"""Visitors of a small shop."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from entrepot.testkit.small_shop import SmallShop

from .visits import Visitor


@pytest.fixture
def new_visitor(web_shop: SmallShop) -> Callable[[], Visitor]:
    """Another browser, without cookies."""

    def open_browser() -> Visitor:
        return Visitor(web_shop.app, web_shop.app.response_class, use_cookies=True)

    return open_browser


@pytest.fixture
def visitor(new_visitor: Callable[[], Visitor]) -> Visitor:
    return new_visitor()
