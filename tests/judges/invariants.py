"""What must be true of a shop's tables at any moment, asked in plain SQL, with none of the shop's own code."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from sqlalchemy import Connection, create_engine, text

#: (what a row of the answer is, query). No row may come back.
BREACHES = (
    (
        "ledger entry that does not sum to zero",
        """SELECT entry_id, currency, SUM(amount) FROM ledger_posting
           GROUP BY entry_id, currency HAVING SUM(amount) <> 0""",
    ),
    (
        "order whose ledger does not sum to zero",
        """SELECT e.order_id, p.currency, SUM(p.amount) FROM ledger_entry e JOIN ledger_posting p ON p.entry_id = e.id
           GROUP BY e.order_id, p.currency HAVING SUM(p.amount) <> 0""",
    ),
    (
        "stock level that is not the sum of its movements",
        """SELECT l.variant_id, l.warehouse_id, l.on_hand, COALESCE(SUM(m.quantity), 0)
           FROM stock_level l LEFT JOIN stock_movement m
             ON m.variant_id = l.variant_id AND m.warehouse_id = l.warehouse_id
           GROUP BY l.variant_id, l.warehouse_id, l.on_hand HAVING l.on_hand <> COALESCE(SUM(m.quantity), 0)""",
    ),
    (
        "stock level whose reserved pieces are not what reservations hold",
        """SELECT l.variant_id, l.warehouse_id, l.reserved, COALESCE(SUM(r.quantity), 0)
           FROM stock_level l LEFT JOIN reservation r
             ON r.variant_id = l.variant_id AND r.warehouse_id = l.warehouse_id AND r.state = 'held'
           GROUP BY l.variant_id, l.warehouse_id, l.reserved HAVING l.reserved <> COALESCE(SUM(r.quantity), 0)""",
    ),
    ("stock level below zero", "SELECT * FROM stock_level WHERE reserved < 0 OR on_hand < reserved"),
    (
        "variant of which more or fewer pieces were shipped than its orders say",
        """SELECT v.id, COALESCE(s.pieces, 0), COALESCE(m.pieces, 0) FROM variant v
           LEFT JOIN (SELECT variant_id, SUM(shipped) AS pieces FROM order_line GROUP BY variant_id) s
             ON s.variant_id = v.id
           LEFT JOIN (SELECT variant_id, -SUM(quantity) AS pieces FROM stock_movement WHERE kind = 'shipped'
                      GROUP BY variant_id) m ON m.variant_id = v.id
           WHERE v.tracked AND COALESCE(s.pieces, 0) <> COALESCE(m.pieces, 0)""",
    ),
    (
        "order line whose holds are not what is left to ship of it",
        """SELECT o.number, l.sku FROM order_line l JOIN orders o ON o.id = l.order_id
           JOIN variant v ON v.id = l.variant_id AND v.tracked
           WHERE l.quantity - l.cancelled - l.shipped <> (SELECT COALESCE(SUM(r.quantity), 0) FROM reservation r
             WHERE r.order_line_id = l.id AND r.state IN ('held', 'awaited'))""",
    ),
    (
        "return that brought back more pieces than it has",
        """SELECT r.number, m.pieces FROM order_return r
           JOIN (SELECT reference, SUM(quantity) AS pieces FROM stock_movement WHERE kind = 'returned'
                 GROUP BY reference) m ON m.reference = 'return ' || r.number
           WHERE m.pieces > (SELECT SUM(quantity) FROM order_return_line WHERE return_id = r.id)""",
    ),
    (
        "order without its fact, or with two of them",
        """SELECT o.number, COUNT(f.id) FROM orders o
           LEFT JOIN fact f ON f.kind = 'order_placed' AND {order_number} = o.number
           GROUP BY o.number HAVING COUNT(f.id) <> 1""",
    ),
    (
        "cancelled order without its fact, or with two of them",
        """SELECT o.number, COUNT(f.id) FROM orders o
           LEFT JOIN fact f ON f.kind = 'order_cancelled' AND {order_number} = o.number
           WHERE o.cancelled_at IS NOT NULL GROUP BY o.number HAVING COUNT(f.id) <> 1""",
    ),
    (
        "captured payment without its fact, or with two of them",
        """SELECT a.id, COUNT(f.id) FROM payment_attempt a
           LEFT JOIN fact f ON f.kind IN ('payment_captured', 'payment_came_late') AND {attempt_id} = a.id
           WHERE a.captured > 0 GROUP BY a.id HAVING COUNT(f.id) <> 1""",
    ),
    (
        "refund without its fact, or with two of them",
        """SELECT r.id, COUNT(f.id) FROM refund r
           LEFT JOIN fact f ON f.kind = 'payment_refunded' AND {refund_id} = r.id
           WHERE r.state = 'done' GROUP BY r.id HAVING COUNT(f.id) <> 1""",
    ),
    (
        "parcel without its fact, or with two of them",
        """SELECT p.id, COUNT(f.id) FROM parcel p LEFT JOIN fact f ON f.kind = 'parcel_shipped' AND {parcel_id} = p.id
           GROUP BY p.id HAVING COUNT(f.id) <> 1""",
    ),
    (
        "order that owes something else than the ledger says",
        """SELECT o.number, o.total, SUM(p.amount) FROM orders o
           JOIN ledger_entry e ON e.order_id = o.id AND e.kind = 'order'
           JOIN ledger_posting p ON p.entry_id = e.id AND p.account = 'receivable'
           GROUP BY o.id, o.number, o.total HAVING o.total <> SUM(p.amount)""",
    ),
    (
        "payment whose captured money is not in the ledger",
        """SELECT a.order_id, SUM(a.captured), COALESCE(-MAX(b.amount), 0) FROM payment_attempt a
           LEFT JOIN (SELECT e.order_id, SUM(p.amount) AS amount FROM ledger_entry e
                      JOIN ledger_posting p ON p.entry_id = e.id AND p.account = 'receivable'
                      WHERE e.kind = 'capture' GROUP BY e.order_id) b ON b.order_id = a.order_id
           GROUP BY a.order_id HAVING SUM(a.captured) <> COALESCE(-MAX(b.amount), 0)""",
    ),
    ("attempt that gave back more than it took", "SELECT id FROM payment_attempt WHERE refunded > captured"),
    (
        "attempt whose refunds are not what it gave back",
        """SELECT a.id, a.refunded, COALESCE(SUM(r.amount), 0) FROM payment_attempt a
           LEFT JOIN refund r ON r.attempt_id = a.id AND r.state = 'done'
           GROUP BY a.id, a.refunded HAVING a.refunded <> COALESCE(SUM(r.amount), 0)""",
    ),
    (
        "order that was paid twice",
        """SELECT order_id, COUNT(*) FROM payment_attempt WHERE state = 'captured' GROUP BY order_id
           HAVING COUNT(*) > 1""",
    ),
    (
        "cancelled order whose money was kept, and nobody knows",
        """SELECT o.number, a.id, a.captured, a.refunded FROM orders o JOIN payment_attempt a ON a.order_id = o.id
           WHERE o.cancelled_at IS NOT NULL AND a.attention = '' AND a.captured - a.refunded >
             (SELECT COALESCE(SUM(r.amount), 0) FROM refund r WHERE r.attempt_id = a.id
              AND r.state IN ('created', 'pending', 'unknown'))""",
    ),
    (
        "cart that became two orders",
        """SELECT order_number, COUNT(*) FROM cart WHERE order_number <> ''
           GROUP BY order_number HAVING COUNT(*) > 1""",
    ),
    (
        "parcel that was shipped twice",
        "SELECT tracking_number, COUNT(*) FROM parcel WHERE tracking_number <> '' GROUP BY tracking_number "
        "HAVING COUNT(*) > 1",
    ),
    (
        "promotion that was used more often than it may be, or counts wrongly",
        """SELECT p.code, p.used, p.usage_limit, COUNT(r.order_id) FROM promotion p
           LEFT JOIN promotion_redemption r ON r.promotion_id = p.id AND r.released_at IS NULL
           GROUP BY p.id, p.code, p.used, p.usage_limit HAVING p.used <> COUNT(r.order_id) OR p.used > p.usage_limit""",
    ),
    (
        "series of documents with a gap",
        """SELECT s.legal_entity, s.kind, s.year, s.last, COUNT(d.id), MIN(d.position), MAX(d.position)
           FROM document_series s LEFT JOIN document d
             ON d.legal_entity = s.legal_entity AND d.kind = s.kind AND d.year = s.year
           GROUP BY s.legal_entity, s.kind, s.year, s.last
           HAVING COUNT(d.id) <> s.last OR (s.last > 0 AND (MIN(d.position) <> 1 OR MAX(d.position) <> s.last))""",
    ),
)

#: Once the shop had time to finish what was interrupted, no row may come back here either.
UNFINISHED = (
    ("fact that was never handed on", "SELECT seq, kind FROM fact WHERE NOT fanned_out"),
    ("fact that was not delivered", "SELECT fact_seq, consumer, state, error FROM fact_delivery WHERE state <> 'done'"),
    ("job that was not done", "SELECT id, state, error FROM queued_job WHERE state <> 'done'"),
    ("refund that stays open", "SELECT id, state, message FROM refund WHERE state IN ('created', 'unknown')"),
    (
        "paid and shipped order without invoice",
        """SELECT o.number FROM orders o WHERE o.cancelled_at IS NULL AND o.payment_state IN ('paid', 'part_refunded')
           AND o.fulfilment_state IN ('shipped', 'delivered') AND NOT EXISTS
             (SELECT 1 FROM document d WHERE d.order_id = o.id AND d.kind = 'invoice')""",
    ),
)

#: How every mark of a writer begins.
MARK = "mark-"
#: {kind of act: where its mark stands once}. The query gives every mark with the number of times that it stands there.
MARKED = {
    "stock movements": "SELECT reference, COUNT(*) FROM stock_movement WHERE kind <> 'adjusted' GROUP BY reference",
    "parcels": "SELECT tracking_number, COUNT(*) FROM parcel GROUP BY tracking_number",
    "refunds": "SELECT reason, COUNT(*) FROM refund GROUP BY reason",
    "withdrawals": "SELECT reason, COUNT(*) FROM order_return GROUP BY reason",
    "cancels by staff": "SELECT number, COUNT(*) FROM orders WHERE cancelled_at IS NOT NULL GROUP BY number",
}
_JSON = ("order_number", "attempt_id", "refund_id", "parcel_id")


def breaches(
    database_url: str,
    *,
    acknowledged: Mapping[str, int | None] | Collection[str] = (),
    marks: Mapping[str, Collection[str]] | None = None,
) -> list[str]:
    """Sentences about what is wrong. ``acknowledged`` are order tokens that buyers were shown, with their totals where
    these are known; ``marks`` are texts of which each names one act that was acknowledged."""
    engine = create_engine(database_url)
    try:
        with engine.connect() as connection:
            return [
                *_rows(connection, BREACHES),
                *_lost(connection, acknowledged),
                *_miscounted(connection, marks or {}),
                *_damaged(connection),
            ]
    finally:
        engine.dispose()


def unfinished(database_url: str) -> list[str]:
    """What a worker that had time should have finished."""
    engine = create_engine(database_url)
    try:
        with engine.connect() as connection:
            return list(_rows(connection, UNFINISHED))
    finally:
        engine.dispose()


def facts_of(database_url: str) -> set[str]:
    """The ids of all facts."""
    engine = create_engine(database_url)
    try:
        with engine.connect() as connection:
            return set(connection.execute(text("SELECT id FROM fact")).scalars())
    finally:
        engine.dispose()


def orders_of(database_url: str) -> int:
    engine = create_engine(database_url)
    try:
        with engine.connect() as connection:
            return int(connection.execute(text("SELECT COUNT(*) FROM orders")).scalar_one())
    finally:
        engine.dispose()


def _rows(connection: Connection, questions: tuple[tuple[str, str], ...]) -> Iterator[str]:
    read = "f.payload->>'{}'" if connection.dialect.name == "postgresql" else "json_extract(f.payload, '$.{}')"
    values = {name: read.format(name) for name in _JSON}
    for what, query in questions:
        yield from (f"{what}: {tuple(row)}" for row in connection.execute(text(query.format(**values))))


def _lost(connection: Connection, acknowledged: Mapping[str, int | None] | Collection[str]) -> Iterator[str]:
    totals = acknowledged if isinstance(acknowledged, Mapping) else dict.fromkeys(acknowledged)
    known = {row.token: row.total for row in connection.execute(text("SELECT token, total FROM orders"))}
    for token, total in totals.items():
        if token not in known:
            yield f"a buyer was shown an order that does not exist: {token}"
        elif total is not None and known[token] != total:
            yield f"a buyer was shown the total {total}, the order {token} has {known[token]}"
    for email, count in connection.execute(
        text("SELECT email, COUNT(*) FROM orders GROUP BY email HAVING COUNT(*) > 1")
    ):
        yield f"one purchase became {count} orders: {email}"


def _miscounted(connection: Connection, marks: Mapping[str, Collection[str]]) -> Iterator[str]:
    for kind, query in MARKED.items():
        counts = {mark: int(count) for mark, count in connection.execute(text(query))}
        acknowledged = marks.get(kind, ())
        yield from (f"{kind}: {mark} was acknowledged and is not there" for mark in acknowledged if mark not in counts)
        yield from (
            f"{kind}: {mark} has {count} effects"
            for mark, count in counts.items()
            if mark.startswith(MARK) and count > 1
        )


def _damaged(connection: Connection) -> Iterator[str]:
    """The file itself, and what points at nothing in it."""
    if connection.dialect.name != "sqlite":
        return
    for check in ("integrity_check", "foreign_key_check"):
        rows = connection.execute(text(f"PRAGMA {check}")).all()
        yield from (f"damaged database: {tuple(row)}" for row in rows[:5] if tuple(row) != ("ok",))
