"""Fresh databases for tests: SQLite files, or databases on the PostgreSQL server that ./dev test starts.

A test that uses `database_url` gets SQLite. Marked `@pytest.mark.databases` it runs once per database.
"""

from __future__ import annotations

import os
import sqlite3
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ADDRESS_VARIABLE = "ENTREPOT_TEST_POSTGRES"
NO_POSTGRES = (
    f"no PostgreSQL: {ADDRESS_VARIABLE} is not set. Remedy: ./dev test starts one where PostgreSQL is "
    "installed (apt-get install postgresql), or set it to a server that may be written to: "
    "postgresql://user:password@127.0.0.1:5432/postgres"
)
KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]

Prepare = Callable[[str], object]
DatabaseCopy = Callable[[str, Prepare], str]


class Databases(ABC):
    """One kind of database server, as tests need it: addresses of databases that nobody else uses."""

    def __init__(self) -> None:
        self._templates: dict[str, str] = {}

    @abstractmethod
    def create(self) -> str: ...

    @abstractmethod
    def copy(self, template: str) -> str: ...

    @abstractmethod
    def drop(self, url: str) -> None: ...

    def copy_of_template(self, name: str, prepare: Prepare) -> str:
        if name not in self._templates:
            url = self.create()
            prepare(url)
            self._templates[name] = url
        return self.copy(self._templates[name])


class SqliteFiles(Databases):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def create(self) -> str:
        return f"sqlite:///{self._folder / uuid.uuid4().hex}.sqlite3"

    def copy(self, template: str) -> str:
        url = self.create()
        source, target = sqlite3.connect(sqlite_path(template)), sqlite3.connect(sqlite_path(url))
        try:
            source.backup(target)
        finally:
            source.close()
            target.close()
        return url

    def drop(self, url: str) -> None:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{sqlite_path(url)}{suffix}").unlink(missing_ok=True)


class PostgresDatabases(Databases):
    def __init__(self, server: str) -> None:
        import psycopg

        super().__init__()
        self._server = server
        self._connection = psycopg.connect(server, autocommit=True)

    def create(self) -> str:
        return self._create("template0")

    def copy(self, template: str) -> str:
        self._disconnect_everyone(template)  # a database in use cannot be copied
        return self._create(postgres_name(template))

    def drop(self, url: str) -> None:
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", postgres_name(url))

    def close(self) -> None:
        for url in self._templates.values():
            self.drop(url)
        self._connection.close()

    def _disconnect_everyone(self, url: str) -> None:
        statement = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        self._connection.execute(statement, [postgres_name(url)])

    def _create(self, template: str) -> str:
        name = f"test_{uuid.uuid4().hex}"
        self._execute("CREATE DATABASE {} TEMPLATE {}", name, template)
        return urlsplit(self._server)._replace(path=f"/{name}").geturl()

    def _execute(self, statement: str, *names: str) -> None:
        from psycopg import sql

        self._connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def sqlite_path(url: str) -> str:
    return url.removeprefix("sqlite:///")


def postgres_name(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Also for fixtures that ask for the database while they are set up, like the testkit's ``shop``."""
    if metafunc.definition.get_closest_marker("databases") is None:
        return
    for fixture in ("database_url", "database_kind"):
        if fixture not in metafunc.fixturenames:
            metafunc.fixturenames.append(fixture)
    metafunc.parametrize("database_kind", KINDS, indirect=True, scope="module")


@pytest.fixture(scope="session")
def postgres_server() -> str:
    """Address of a PostgreSQL server that tests may write to."""
    if not (address := os.environ.get(ADDRESS_VARIABLE)):
        pytest.skip(NO_POSTGRES)
    return address


@pytest.fixture(scope="session")
def sqlite_databases(tmp_path_factory: pytest.TempPathFactory) -> SqliteFiles:
    return SqliteFiles(tmp_path_factory.mktemp("databases"))


@pytest.fixture(scope="session")
def postgres_databases(postgres_server: str) -> Iterator[PostgresDatabases]:
    databases = PostgresDatabases(postgres_server)
    yield databases
    databases.close()


@pytest.fixture(scope="module")
def database_kind(request: pytest.FixtureRequest) -> str:
    """`sqlite` or `postgresql`."""
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture(scope="module")
def databases(request: pytest.FixtureRequest, database_kind: str) -> Databases:
    name = "postgres_databases" if database_kind == "postgresql" else "sqlite_databases"
    found: Databases = request.getfixturevalue(name)
    return found


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """A fresh, empty database for this test."""
    url = databases.create()
    yield url
    databases.drop(url)


@pytest.fixture(scope="module")
def module_database_url(databases: Databases) -> Iterator[str]:
    """A fresh, empty database that the tests of one module share."""
    url = databases.create()
    yield url
    databases.drop(url)


@pytest.fixture
def database_copy(databases: Databases) -> Iterator[DatabaseCopy]:
    """`database_copy(name, prepare)`: a fresh copy of what prepare(url) filled, once per session and name."""
    copies: list[str] = []

    def copy(name: str, prepare: Prepare) -> str:
        copies.append(databases.copy_of_template(name, prepare))
        return copies[-1]

    yield copy
    for url in copies:
        databases.drop(url)
