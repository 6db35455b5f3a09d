"""What others know of the shop, held against what it knows itself: the payment service, receivers of facts, files."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import DateTime, bindparam, create_engine, inspect, text

#: What waits for a moment that a judge does not want to wait for: pauses after failures, leases of the dead, polls.
_WAITING = (
    ("fact_delivery", "UPDATE fact_delivery SET next_at = :past WHERE state = 'due'"),
    ("queued_job", "UPDATE queued_job SET next_at = :past WHERE state = 'due'"),
    ("payment_attempt", "UPDATE payment_attempt SET next_check_at = :past WHERE next_check_at IS NOT NULL"),
    ("job_run", "UPDATE job_run SET lease_until = NULL, last_started = :past"),
)
_ATTEMPTS = "SELECT id, state, reference, captured, refunded, attention FROM payment_attempt"


def time_passes(database_url: str) -> None:
    """Let everything that waits be due now, as if hours had gone by."""
    engine = create_engine(database_url)
    past = bindparam("past", datetime.now(UTC) - timedelta(days=2), type_=DateTime(timezone=True))
    try:
        tables = set(inspect(engine).get_table_names())
        for table, change in _WAITING:
            if table in tables:
                with engine.begin() as connection:
                    connection.execute(text(change).bindparams(past))
    finally:
        engine.dispose()


def money_differs(database_url: str, payment_folder: Path) -> list[str]:
    """Payments of which the shop's books and the payment service's tell two stories."""
    known = _payments(payment_folder)
    engine = create_engine(database_url)
    try:
        with engine.connect() as connection:
            attempts = connection.execute(text(_ATTEMPTS)).all()
    finally:
        engine.dispose()
    ours = {attempt.reference: attempt for attempt in attempts if attempt.reference in known}
    found = [f"the payment service took {known[id]['captured']} for {id}, which no order knows"
             for id in known.keys() - ours.keys() if known[id]["captured"]]  # fmt: skip
    for reference, attempt in ours.items():
        found += _differences(attempt, known[reference])
    return found


def facts_missing(facts: Collection[str], received: Collection[str]) -> list[str]:
    """Facts that the outside system was never told of."""
    missing = set(facts) - set(received)
    return [f"a fact never reached its receiver: {id}" for id in sorted(missing)]


def half_written(folder: Path) -> list[str]:
    """Files of the data folder that end in the middle."""
    found = []
    for file in folder.rglob("*.json"):
        try:
            json.loads(file.read_text(encoding="utf-8"))
        except ValueError:
            found.append(f"half-written file: {file.relative_to(folder)} ({file.stat().st_size} bytes)")
    return found


def _payments(folder: Path) -> dict[str, dict[str, Any]]:
    with sqlite3.connect(folder / "sandbox.sqlite3") as database:
        return {id: json.loads(document) for id, document in database.execute("SELECT id, document FROM payments")}


def _differences(attempt: Any, payment: dict[str, Any]) -> Iterator[str]:
    refunded = sum(refund["amount"] for refund in payment["refunds"])
    theirs = {"captured": payment["captured"], "refunded": refunded}
    for what, amount in theirs.items():
        if getattr(attempt, what) != amount:
            yield (
                f"payment {attempt.id} ({attempt.state}) has {getattr(attempt, what)} {what}, "
                f"the payment service ({payment['status']}) {amount}"
            )
    if attempt.state in ("declined", "cancelled", "expired") and payment["status"] in ("captured", "authorized"):
        yield f"payment {attempt.id} is {attempt.state}, at the payment service it is {payment['status']}"
    if attempt.state == "declined" and payment["status"] == "open":
        yield f"payment {attempt.id} is declined, though nobody declined it: at the payment service it is open"
    reasons = [refund["reason"] for refund in payment["refunds"] if refund["reason"].startswith("mark-")]
    if len(reasons) != len(set(reasons)):
        yield f"payment {attempt.id} was refunded twice by one key: {sorted(reasons)}"
