"""The one module that knows Flask-SQLAlchemy: model base, read session, unit of work."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    JSON,
    BigInteger,
    BindParameter,
    Connection,
    CursorResult,
    DateTime,
    Dialect,
    Engine,
    Executable,
    Insert,
    Integer,
    MetaData,
    bindparam,
    event,
    insert,
)
from sqlalchemy.orm import DeclarativeBase, Session, registry
from sqlalchemy.types import TypeDecorator

from entrepot.storage.writer import FairWriterLock


class UtcDateTime(TypeDecorator[datetime]):
    """Instants: aware UTC in Python, whatever the database keeps."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone. Instants come from the clock, in UTC.")
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


#: Ids that grow without bound; SQLite needs INTEGER for its rowid.
BigId = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    registry = registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={
            datetime: UtcDateTime,
            dict[str, Any]: JSON,
            dict[str, str]: JSON,
            list[Any]: JSON,
            list[str]: JSON,
        },
    )


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False}, disable_autonaming=True)

if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model

#: So long a PostgreSQL waits for the next statement of a transaction before it ends the connection.
IDLE_IN_TRANSACTION = "60s"
_open_work: ContextVar[Session | None] = ContextVar("entrepot_unit_of_work", default=None)
_EXTENSION = "entrepot_writer"
_CONNECTION = "entrepot_connection"
_AT_END = "entrepot_at_end"
_WRITE_ENGINE = "entrepot_write_engine"


def init_storage(app: Flask) -> None:
    """Bind the database that ``SQLALCHEMY_DATABASE_URI`` names to the app."""
    db.init_app(app)
    with app.app_context():
        engine = db.engine
    event.listen(engine, "begin", _begin)
    app.extensions[_WRITE_ENGINE] = engine.execution_options(entrepot_write=True)
    if engine.dialect.name != "sqlite":
        event.listen(engine, "connect", _configure_postgres)
        app.extensions[_EXTENSION] = nullcontext
        return
    event.listen(engine, "connect", _configure_sqlite)
    app.extensions[_EXTENSION] = _writer_lock(engine)


def reader() -> Session:
    """The session to read with: the open unit of work if there is one, all of it written, else the request's."""
    work = _open_work.get()
    if work is None:
        return db.session()
    write_appended(work)
    return work


def rows_of(prepared: Executable, **values: Any) -> CursorResult[Any]:
    """Rows of a statement that was built once, with values for its parameters; what is pending is seen by it.

    It costs a third of ``reader().execute``: nothing is built, and no entity is made.
    """
    return _run(reader(), prepared, values)


def _run(session: Session, prepared: Executable, values: Mapping[str, Any]) -> CursorResult[Any]:
    session.flush()
    return _connection(session).execute(prepared, values)


class Among:
    """A statement about some ids, built once for each number of them: to fill a list of any length into a statement
    costs more than most queries."""

    def __init__(self, build: Callable[[Sequence[BindParameter[Any]]], Executable]) -> None:
        self._sized = cache(lambda count: build([bindparam(f"among_{place}") for place in range(count)]))

    def rows(self, ids: Collection[Any], session: Session | None = None, **values: Any) -> CursorResult[Any]:
        """Rows for these ids, with values for the statement's other parameters; read as ``rows_of`` does."""
        places = _next_power_of_two(len(ids))
        listed = [*ids, *([next(iter(ids), None)] * (places - len(ids)))]
        asked = {f"among_{place}": id for place, id in enumerate(listed)}
        return _run(session or reader(), self._sized(places), {**asked, **values})


def _next_power_of_two(count: int) -> int:
    """So that few statements serve all numbers; the places that are left ask for one of the ids again."""
    return 1 << max(count - 1, 0).bit_length()


def _connection(session: Session) -> Connection:
    """The connection of the session's transaction; asking the session every time costs as much as a short query."""
    transaction = session.get_transaction()
    known = session.info.get(_CONNECTION)
    if known is not None and known[0] is transaction and session.is_active:
        found: Connection = known[1]
        return found
    found = session.connection()
    session.info[_CONNECTION] = (session.get_transaction(), found)
    return found


def insert_rows(
    session: Session, model: type[Base], rows: Mapping[str, Any] | Sequence[Mapping[str, Any]]
) -> CursorResult[Any]:
    """Append rows as they are, after what is pending; half the cost of entities that nobody looks at again."""
    session.flush()
    return _connection(session).execute(_insert_into(model), rows)


def insert_row(session: Session, model: type[Base], row: Mapping[str, Any]) -> Any:
    """Append one row; the id that the database gave it."""
    key = insert_rows(session, model, row).inserted_primary_key
    assert key is not None  # one row was inserted, by a statement that gives its key
    return key[0]


def append_at_end(session: Session, model: type[Base], row: Mapping[str, Any]) -> None:
    """Append a row that its own transaction hardly ever reads: those of a unit of work are written by one statement.

    That is at its end, or when ``reader`` is asked for; who reads with a session of his own calls ``write_appended``
    first. Inside a savepoint it is written at once, so that it is taken back with it.
    """
    if session is _open_work.get() and not session.in_nested_transaction():
        session.info.setdefault(_AT_END, {}).setdefault(model, []).append(row)
    else:
        insert_rows(session, model, row)


def write_appended(session: Session) -> None:
    """Write what was appended to a unit of work so far; inside a savepoint it waits, for that may be taken back."""
    if session.in_nested_transaction():
        return
    for model, rows in session.info.pop(_AT_END, {}).items():
        insert_rows(session, model, rows)


@cache
def _insert_into(model: type[Base]) -> Insert:
    return insert(model.__table__)  # type: ignore[arg-type]  # a mapped class has a Table


def release_reader() -> None:
    """End the request's read transaction, so that nothing stays open while the network is asked."""
    if _open_work.get() is None:
        db.session.rollback()


def close_connections() -> None:
    """Forget the open connections: a process forked from this one must make its own."""
    db.session.remove()
    db.engine.dispose()


def in_unit_of_work() -> bool:
    return _open_work.get() is not None


@contextmanager
def unit_of_work() -> Iterator[Session]:
    """One write transaction: commits at the end, rolls back on any exception.

    Entered again inside itself it joins the open one, so that a use case which calls another is still one commit.
    """
    joined = _open_work.get()
    if joined is not None:
        yield joined
        return
    db.session.rollback()  # a snapshot taken before this write would hide it from the rest of the request
    with _writer()(), Session(_write_engine(), expire_on_commit=False) as session:
        token = _open_work.set(session)
        try:
            yield session
            write_appended(session)
            session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            _open_work.reset(token)
            db.session.rollback()  # so that what is read next shows this write, whatever was read meanwhile


def dialect_name() -> str:
    return db.engine.dialect.name


def _write_engine() -> Engine:
    from flask import current_app

    engine: Engine = current_app.extensions[_WRITE_ENGINE]
    return engine


def _writer() -> Callable[[], AbstractContextManager[Any]]:
    from flask import current_app

    writer: Callable[[], AbstractContextManager[Any]] = current_app.extensions[_EXTENSION]
    return writer


def _writer_lock(engine: Engine) -> Callable[[], AbstractContextManager[Any]]:
    """SQLite lets one writer in; a fair queue in front of it keeps anybody from meeting "database is locked"."""
    path = engine.url.database
    if not path or path == ":memory:":
        return FairWriterLock(None)
    return FairWriterLock(Path(f"{path}.writer"))


def _configure_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions are begun by _begin, not guessed by the driver
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=10000",
        "cache_size=-16384",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _configure_postgres(connection: Any, _record: object) -> None:
    """A process that froze, or that the network lost, must not hold its row locks for ever."""
    connection.autocommit = True
    connection.execute(f"SET idle_in_transaction_session_timeout = '{IDLE_IN_TRANSACTION}'")
    connection.autocommit = False


def _begin(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    # A reader that turns writer half-way fails at once under WAL, so writers say so from the start.
    writes = connection.get_execution_options().get("entrepot_write")
    raw = connection.connection.dbapi_connection
    assert raw is not None  # it was checked out for this transaction
    raw.execute("BEGIN IMMEDIATE" if writes else "BEGIN")
