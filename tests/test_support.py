"""The shared fixtures do what they promise: fresh databases, real servers, a real browser."""

from __future__ import annotations

import socket
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.databases import DatabaseCopy, sqlite_path
from support.servers import RunningServer

if TYPE_CHECKING:
    from playwright.sync_api import Page

FILES_SERVER = [sys.executable, "-m", "http.server", "{port}", "--bind", "127.0.0.1"]
TABLES = {"sqlite": "SELECT name FROM sqlite_master", "postgresql": "SELECT tablename FROM pg_tables"}


def execute(url: str, statement: str) -> list[tuple[object, ...]]:
    if url.startswith("sqlite:"):
        connection = sqlite3.connect(sqlite_path(url))
    else:
        psycopg = pytest.importorskip("psycopg")
        connection = psycopg.connect(url)
    try:
        cursor = connection.execute(statement)
        rows = cursor.fetchall() if cursor.description else []
        connection.commit()
        return rows
    finally:
        connection.close()


def make_table(url: str) -> None:
    execute(url, "CREATE TABLE goods (name varchar)")


@pytest.mark.databases
@pytest.mark.parametrize("turn", [1, 2])
def test_database_is_fresh_for_each_test(database_url: str, database_kind: str, turn: int) -> None:
    assert database_url.startswith(f"{database_kind}:")
    assert ("goods",) not in execute(database_url, TABLES[database_kind])
    make_table(database_url)


@pytest.mark.databases
def test_database_copies_start_alike_and_stay_apart(database_copy: DatabaseCopy) -> None:
    prepared: list[str] = []

    def prepare(url: str) -> None:
        prepared.append(url)
        make_table(url)

    one, other = database_copy("goods", prepare), database_copy("goods", prepare)
    execute(one, "INSERT INTO goods VALUES ('tea')")
    assert execute(one, "SELECT name FROM goods") == [("tea",)]
    assert execute(other, "SELECT name FROM goods") == []
    assert len(prepared) == 1


@pytest.fixture(scope="module")
def filled_module_database(module_database_url: str) -> str:
    make_table(module_database_url)
    return module_database_url


@pytest.mark.databases
def test_module_database_is_apart_from_the_one_of_the_test(
    filled_module_database: str, database_url: str, database_kind: str
) -> None:
    assert ("goods",) in execute(filled_module_database, TABLES[database_kind])
    assert ("goods",) not in execute(database_url, TABLES[database_kind])


def test_database_without_the_mark_is_sqlite(database_url: str) -> None:
    assert database_url.startswith("sqlite:")


def test_server_answers_and_ends_with_the_test(start_server: Callable[..., RunningServer], tmp_path: Path) -> None:
    server = start_server(FILES_SERVER, folder=tmp_path)
    assert "GET /" in server.log_text()
    server.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port), timeout=5).close()


def test_server_that_dies_shows_its_log(start_server: Callable[..., RunningServer]) -> None:
    with pytest.raises(AssertionError, match="out of rum"):
        start_server([sys.executable, "-c", "raise SystemExit('out of rum')"])


PAGE = "<title>Quay</title><noscript>plain</noscript><p>水手</p><script>document.title = 'Harbour'</script>"


@pytest.fixture
def address(start_server: Callable[..., RunningServer], tmp_path: Path) -> str:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "index.html").write_text(PAGE, encoding="utf-8")
    return start_server(FILES_SERVER, folder=folder).url


def test_browser_runs_scripts(page: Page, address: str) -> None:
    page.goto(address)
    assert page.title() == "Harbour"


def test_browser_without_javascript_shows_the_plain_page(page_without_javascript: Page, address: str) -> None:
    page_without_javascript.goto(address)
    assert page_without_javascript.title() == "Quay"
    assert page_without_javascript.get_by_text("plain").is_visible()


def test_phone_is_as_wide_as_a_phone(phone_page: Page, address: str) -> None:
    phone_page.goto(address)
    assert phone_page.evaluate("window.screen.width") == 390


def test_browser_reaches_this_machine_only(page: Page) -> None:
    with pytest.raises(Exception, match="ERR_NAME_NOT_RESOLVED"):
        page.goto("http://example.com/")
