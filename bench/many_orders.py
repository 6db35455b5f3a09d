"""Very many orders, quickly: a real one is copied by the database itself, under other numbers, names and states."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, text

from support.store import StoreOnDisk

#: Of a hundred orders so many have each status, the commonest last.
STATES = (
    ("to_pay", "unpaid", "unfulfilled", 1),
    ("to_ship", "paid", "unfulfilled", 3),
    ("shipped", "paid", "shipped", 6),
    ("delivered", "paid", "delivered", 10),
    ("cancelled", "unpaid", "unfulfilled", 15),
    ("completed", "paid", "delivered", 100),
)
#: The order with the id n was placed n minutes later.
FIRST_PLACED = datetime(2024, 1, 1, tzinfo=UTC)
FAMILIES, GIVEN = 5000, 400
BATCH = 100_000
_SYLLABLES = ("an", "ber", "chi", "dor", "el", "fri", "gu", "han", "is", "jo", "kel", "li", "mar", "no", "ot", "pe")


def multiply(store: StoreOnDisk, template: str, orders: int, seed: int) -> list[tuple[str, str]]:
    """Have so many orders, copies of the one with this number; some (given name, family name) that occur."""
    from entrepot.storage.session import db

    chance = random.Random(seed)
    given, families = _names(chance, GIVEN, 2), _names(chance, FAMILIES, 3)
    with store.opened(), db.engine.connect() as connection, _hurried(connection):
        with connection.begin():
            _write_names(connection, given, families)
            first = int(connection.execute(text("SELECT max(id) FROM orders")).scalar_one())
        for start in range(first + 1, first + orders, BATCH):
            with connection.begin():
                _copy(connection, template, start, min(start + BATCH, first + orders) - 1)
        with connection.begin():
            connection.execute(text("DROP TABLE bench_name"))
    with store.opened(), db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # What PostgreSQL does by itself within a minute or so.
        connection.execute(text("VACUUM ANALYZE" if connection.dialect.name == "postgresql" else "ANALYZE"))
    return [(chance.choice(given), chance.choice(families)) for _ in range(50)]


@contextmanager
def _hurried(connection: Connection) -> Iterator[None]:
    """SQLite writes without waiting for the disk, with much of the file in memory: a crash costs this run only."""
    if connection.dialect.name != "sqlite":
        yield
        return
    raw = connection.connection.dbapi_connection
    assert raw is not None
    raw.execute("PRAGMA synchronous=OFF")
    raw.execute("PRAGMA cache_size=-2000000")
    yield
    raw.execute("PRAGMA synchronous=FULL")
    raw.execute("PRAGMA cache_size=-16384")


def _names(chance: random.Random, count: int, syllables: int) -> list[str]:
    found: dict[str, None] = {}
    while len(found) < count:
        found["".join(chance.choices(_SYLLABLES, k=syllables)) + chance.choice(("a", "er", "o", "sen"))] = None
    return list(found)


def _write_names(connection: Connection, given: list[str], families: list[str]) -> None:
    connection.execute(text("CREATE TABLE bench_name (place INTEGER PRIMARY KEY, given TEXT, family TEXT)"))
    rows = [{"p": p, "g": given[p % len(given)], "f": family} for p, family in enumerate(families)]
    connection.execute(text("INSERT INTO bench_name VALUES (:p, :g, :f)"), rows)


def _copy(connection: Connection, template: str, first: int, last: int) -> None:
    from entrepot.orders.models import Order, OrderLine
    from entrepot.payments.models import PaymentAttempt

    bounds: dict[str, Any] = {"first": first, "last": last, "template": template}
    number = "CAST(1000000 + n AS TEXT)"
    email = "b.given || '.' || b.family || (n % 97) || '@example.com'"
    address = '\'{"name": "\' || b.given || \' \' || b.family || \'", "country": "DE", "city": "Hamburg"}\''
    is_sqlite = connection.dialect.name == "sqlite"
    address = address if is_sqlite else f"CAST({address} AS JSON)"
    state = {name: _by_share([(row[place], row[3]) for row in STATES]) for place, name in enumerate(_STATE_COLUMNS)}
    order = {
        "id": "n", "number": number, "token": "'token-' || n", "idempotency_key": "'key-' || n", "email": email,
        "shipping_address": address, "billing_address": address, "external_id": "NULL",
        "placed_at": _SQLITE_MOMENT if is_sqlite else _POSTGRES_MOMENT, **state,
    }  # fmt: skip
    series = _SQLITE_SERIES if is_sqlite else _POSTGRES_SERIES
    names = f"JOIN bench_name b ON b.place = (n * 7919) % {FAMILIES}"
    one = "(SELECT id FROM orders WHERE number = :template)"
    copies = (
        (Order, order, f"orders t {names} WHERE t.number = :template"),
        (OrderLine, {"id": "'line-' || n", "order_id": "n"}, f"order_line t WHERE t.order_id = {one}"),
        (
            PaymentAttempt,
            {"id": "'pay-' || n", "order_id": "n", "idempotency_key": "'pay-' || n", "reference": "'ref-' || n"},
            f"payment_attempt t WHERE t.order_id = {one}",
        ),
    )
    for model, changed, source in copies:
        columns = [column.name for column in model.__table__.columns]
        values = ", ".join(changed.get(name, f't."{name}"') for name in columns)
        quoted = ", ".join(f'"{name}"' for name in columns)
        chosen = series.format(select=f"SELECT {values} FROM series CROSS JOIN {source}")
        connection.execute(text(f'INSERT INTO "{model.__tablename__}" ({quoted}) {chosen}'), bounds)
    for word in (number, email, "b.given", "b.family"):
        chosen = f"SELECT n, {word} FROM series {names}"
        statement = f"INSERT INTO order_word (order_id, word) {series.format(select=chosen)} {_UNLESS_KNOWN}"
        connection.execute(text(statement), {"first": first, "last": last})


_STATE_COLUMNS = ("status", "payment_state", "fulfilment_state")
_SQLITE_SERIES = (
    "WITH RECURSIVE series(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM series WHERE n < :last) {select}"
)
_POSTGRES_SERIES = "WITH series(n) AS (SELECT generate_series(CAST(:first AS BIGINT), CAST(:last AS BIGINT))) {select}"
_SQLITE_MOMENT = f"strftime('%Y-%m-%d %H\\:%M\\:%f000', '{FIRST_PLACED:%Y-%m-%d}', '+' || n || ' minutes')"
_POSTGRES_MOMENT = f"CAST('{FIRST_PLACED:%Y-%m-%d} 00\\:00Z' AS TIMESTAMPTZ) + n * INTERVAL '1 minute'"
_UNLESS_KNOWN = "WHERE true ON CONFLICT DO NOTHING"


def _by_share(values: list[tuple[str, int]]) -> str:
    cases = " ".join(f"WHEN (n * 31) % 100 < {share} THEN '{value}'" for value, share in values)
    return f"CASE {cases} END"
