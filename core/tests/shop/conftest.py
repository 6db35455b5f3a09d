"""Visitors of a small shop, and what their pages ask of the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from entrepot.storage.session import db
from entrepot.testkit.small_shop import SmallShop

from .visits import Visitor


class Statements(list[str]):
    """SQL that reached the database, in order."""

    @property
    def writes(self) -> list[str]:
        return [statement for statement in self if not statement.lstrip().upper().startswith(("SELECT", "WITH"))]


Record = Callable[[], AbstractContextManager[Statements]]


@pytest.fixture
def new_visitor(web_shop: SmallShop) -> Callable[[], Visitor]:
    """Another browser, without cookies."""

    def open_browser() -> Visitor:
        return Visitor(web_shop.app, web_shop.app.response_class, use_cookies=True)

    return open_browser


@pytest.fixture
def visitor(new_visitor: Callable[[], Visitor]) -> Visitor:
    return new_visitor()


@pytest.fixture
def recorded(web_shop: SmallShop) -> Record:
    """`with recorded() as statements:` what was executed meanwhile."""

    @contextmanager
    def record() -> Iterator[Statements]:
        statements = Statements()

        def keep(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if not statement.startswith("BEGIN"):
                statements.append(statement)

        event.listen(db.engine, "before_cursor_execute", keep)
        try:
            yield statements
        finally:
            event.remove(db.engine, "before_cursor_execute", keep)

    return record
