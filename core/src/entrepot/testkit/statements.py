"""Which SQL reaches the database: what budgets of queries are kept by."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from entrepot.storage.session import db, reader


class Statement(str):
    """SQL as it was sent, with the values of its parameters."""

    values: Any


class Statements(list[Statement]):
    """SQL in the order in which it was sent."""

    @property
    def writes(self) -> list[Statement]:
        return [statement for statement in self if not statement.lstrip().upper().startswith(("SELECT", "WITH"))]


@contextmanager
def recorded() -> Iterator[Statements]:
    """``with recorded() as statements:`` what the app's database is asked meanwhile."""
    statements = Statements()

    def keep(_connection: object, _cursor: object, sent: str, values: object, *_rest: object) -> None:
        statement = Statement(sent)
        statement.values = values
        statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", keep)
    try:
        yield statements
    finally:
        event.remove(db.engine, "before_cursor_execute", keep)


def plan_of(statement: Statement) -> str:
    """The database's plan, as it is for large tables: PostgreSQL reads small ones whole unless it must not."""
    connection = reader().connection()
    if connection.dialect.name == "sqlite":
        found = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", statement.values)
    else:
        for expensive in ("seqscan", "bitmapscan", "sort"):
            connection.exec_driver_sql(f"SET LOCAL enable_{expensive} = off")
        found = connection.exec_driver_sql(f"EXPLAIN {statement}", statement.values)
    return "\n".join(" ".join(map(str, row)) for row in found)
