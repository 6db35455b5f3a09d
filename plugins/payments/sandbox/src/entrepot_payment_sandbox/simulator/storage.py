"""What the simulator remembers: one SQLite file, so that payments and webhooks survive a restart."""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from entrepot_payment_sandbox.simulator.payment import Payment, Refused

_TABLES = """
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS payments (id TEXT PRIMARY KEY, document TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS answers (
    path TEXT NOT NULL, idempotency_key TEXT NOT NULL, body_hash TEXT NOT NULL, answer TEXT NOT NULL,
    PRIMARY KEY (path, idempotency_key)
);
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY, event_id TEXT NOT NULL, type TEXT NOT NULL, payment_id TEXT NOT NULL, url TEXT NOT NULL,
    body TEXT NOT NULL, status TEXT NOT NULL, due REAL NOT NULL, attempts INTEGER NOT NULL, answer TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS arrivals (payment_id TEXT PRIMARY KEY, due REAL NOT NULL);
"""


@dataclass(frozen=True)
class Delivery:
    """One webhook on its way. Statuses: pending, sending, delivered, failed, held, lost."""

    id: int
    event_id: str
    type: str
    payment_id: str
    url: str
    body: str
    status: str
    due: float
    attempts: int
    answer: str


class Store:
    """One connection behind one lock: simple, and every step is all or nothing."""

    def __init__(self, folder: Path, *, seed: str = "") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._database = sqlite3.connect(folder / "sandbox.sqlite3", check_same_thread=False, isolation_level=None)
        self._database.row_factory = sqlite3.Row
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.executescript(_TABLES)
        # What was being sent when the last process ended may not have arrived.
        self._database.execute("UPDATE deliveries SET status = 'pending' WHERE status = 'sending'")
        self._seed = self._keep_seed(seed or secrets.token_hex(4))

    def close(self) -> None:
        with self._lock:
            self._database.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; other threads wait. Inner ones belong to the outermost."""
        with self._lock:
            if self._database.in_transaction:
                yield
                return
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")

    def new_id(self, prefix: str) -> str:
        """The next id: unlike those of other data folders, and the same again for the same seed."""
        with self.transaction():
            number = int(self.setting("last_number", 0)) + 1
            self.set_setting("last_number", number)
        return f"{prefix}_{self._seed}_{number:06d}"

    def setting(self, name: str, default: Any) -> Any:
        row = self._one("SELECT value FROM settings WHERE name = ?", name)
        return json.loads(row["value"]) if row else default

    def set_setting(self, name: str, value: Any) -> None:
        self._run("INSERT OR REPLACE INTO settings VALUES (?, ?)", name, json.dumps(value))

    def payment(self, payment_id: str) -> Payment:
        """Raises Refused when there is none."""
        row = self._one("SELECT document FROM payments WHERE id = ?", payment_id)
        if row is None:
            raise Refused("not_found", f"There is no payment '{payment_id}'.")
        return Payment.from_document(json.loads(row["document"]))

    def save(self, payment: Payment) -> None:
        self._run("INSERT OR REPLACE INTO payments VALUES (?, ?)", payment.id, json.dumps(payment.document))

    def latest_payments(self, limit: int = 50) -> list[Payment]:
        rows = self._all("SELECT document FROM payments ORDER BY rowid DESC LIMIT ?", limit)
        return [Payment.from_document(json.loads(row["document"])) for row in rows]

    def answer_to(self, path: str, key: str, body: bytes) -> dict[str, Any] | None:
        """What was answered to this key before; raises Refused when it came with another body."""
        row = self._one("SELECT * FROM answers WHERE path = ? AND idempotency_key = ?", path, key)
        if row is None:
            return None
        if row["body_hash"] != _body_hash(body):
            raise Refused("idempotency_conflict", f"Idempotency-Key '{key}' was used with another body. Use a new key.")
        return dict(json.loads(row["answer"]))

    def keep_answer(self, path: str, key: str, body: bytes, answer: Mapping[str, Any]) -> None:
        self._run("INSERT INTO answers VALUES (?, ?, ?, ?)", path, key, _body_hash(body), json.dumps(answer))

    def add_delivery(self, delivery: Delivery) -> None:
        self._run(
            "INSERT INTO deliveries (event_id, type, payment_id, url, body, status, due, attempts, answer)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, 0, '')",
            *(delivery.event_id, delivery.type, delivery.payment_id, delivery.url, delivery.body),
            *(delivery.status, delivery.due),
        )

    def deliveries(self, payment_id: str = "", status: str = "") -> list[Delivery]:
        """In the order in which they were made."""
        rows = self._all(
            "SELECT * FROM deliveries WHERE ? IN ('', payment_id) AND ? IN ('', status) ORDER BY id",
            *(payment_id, status),
        )
        return [Delivery(**row) for row in rows]

    def claim(self, *, now: float, payment_id: str = "", status: str = "pending") -> Delivery | None:
        """Take the first one that is due, so that nobody else sends it."""
        with self.transaction():
            row = self._one(
                "SELECT * FROM deliveries WHERE status = ? AND due <= ? AND ? IN ('', payment_id)"
                " ORDER BY due, id LIMIT 1",
                *(status, now, payment_id),
            )
            if row is None:
                return None
            delivery = replace(Delivery(**row), status="sending")
            self.update_delivery(delivery)
            return delivery

    def update_delivery(self, delivery: Delivery) -> None:
        self._run(
            "UPDATE deliveries SET status = ?, due = ?, attempts = ?, answer = ? WHERE id = ?",
            *(delivery.status, delivery.due, delivery.attempts, delivery.answer, delivery.id),
        )

    def release(self, *, now: float, payment_id: str = "") -> None:
        """Whatever is held back, for a while or for good, is due now."""
        self._run(
            "UPDATE deliveries SET status = 'pending', due = ?"
            " WHERE status IN ('held', 'pending') AND ? IN ('', payment_id)",
            *(now, payment_id),
        )

    def expect_arrival(self, payment_id: str, *, due: float) -> None:
        self._run("INSERT OR REPLACE INTO arrivals VALUES (?, ?)", payment_id, due)

    def take_arrivals(self, *, now: float, payment_id: str = "") -> list[str]:
        """Payments whose bank transfer is due; each is returned once."""
        with self.transaction():
            rows = self._all(
                "SELECT payment_id FROM arrivals WHERE due <= ? AND ? IN ('', payment_id) ORDER BY due",
                *(now, payment_id),
            )
            arrived = [str(row["payment_id"]) for row in rows]
            for each in arrived:
                self._run("DELETE FROM arrivals WHERE payment_id = ?", each)
        return arrived

    def next_due(self) -> float | None:
        """When the next webhook or bank transfer is due."""
        row = self._one(
            "SELECT min(due) AS due FROM (SELECT due FROM deliveries WHERE status = 'pending'"
            " UNION ALL SELECT due FROM arrivals)"
        )
        return row["due"] if row else None

    def _keep_seed(self, seed: str) -> str:
        with self.transaction():
            kept = str(self.setting("seed", seed))
            self.set_setting("seed", kept)
        return kept

    def _run(self, statement: str, *values: Any) -> None:
        with self._lock:
            self._database.execute(statement, values)

    def _one(self, statement: str, *values: Any) -> sqlite3.Row | None:
        with self._lock:
            row: sqlite3.Row | None = self._database.execute(statement, values).fetchone()
            return row

    def _all(self, statement: str, *values: Any) -> list[sqlite3.Row]:
        with self._lock:
            return self._database.execute(statement, values).fetchall()


def _body_hash(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
