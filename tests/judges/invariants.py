"""What must be true of a shop's tables at any moment, asked in plain SQL, with none of the shop's own code."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, create_engine, text

#: (what a row of the answer is, query). No row may come back.
BREACHES = (
    (
        "ledger entry that does not sum to zero",
        """SELECT entry_id, currency, SUM(amount) FROM ledger_posting
           GROUP BY entry_id, currency HAVING SUM(amount) <> 0""",
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
        "order line without a hold, a movement or a cancellation",
        """SELECT o.number, l.sku FROM order_line l JOIN orders o ON o.id = l.order_id
           JOIN variant v ON v.id = l.variant_id AND v.tracked
           WHERE l.quantity - l.cancelled > (SELECT COALESCE(SUM(r.quantity), 0) FROM reservation r
             WHERE r.order_line_id = l.id AND r.state IN ('held', 'consumed'))""",
    ),
    (
        "order without its fact in the outbox",
        """SELECT number FROM orders WHERE number NOT IN
           (SELECT {order_number} FROM fact WHERE kind = 'order_placed')""",
    ),
    (
        "order with two order_placed facts",
        """SELECT {order_number}, COUNT(*) FROM fact WHERE kind = 'order_placed'
           GROUP BY {order_number} HAVING COUNT(*) > 1""",
    ),
    (
        "order that owes something else than the ledger says",
        """SELECT o.number, o.total, SUM(p.amount) FROM orders o
           JOIN ledger_entry e ON e.order_id = o.id AND e.kind = 'order'
           JOIN ledger_posting p ON p.entry_id = e.id AND p.account = 'receivable'
           GROUP BY o.id, o.number, o.total HAVING o.total <> SUM(p.amount)""",
    ),
    ("attempt that gave back more than it took", "SELECT id FROM payment_attempt WHERE refunded > captured"),
    (
        "order that was paid twice",
        """SELECT order_id, COUNT(*) FROM payment_attempt WHERE state = 'captured' GROUP BY order_id
           HAVING COUNT(*) > 1""",
    ),
    ("cart that became two orders", "SELECT order_number, COUNT(*) FROM cart WHERE order_number <> '' "
     "GROUP BY order_number HAVING COUNT(*) > 1"),
)  # fmt: skip


def breaches(database_url: str, *, acknowledged: Collection[str] = ()) -> list[str]:
    """Sentences about what is wrong; ``acknowledged`` are order tokens that buyers were shown."""
    engine = create_engine(database_url)
    try:
        with engine.connect() as connection:
            return [*_broken(connection), *_lost(connection, acknowledged)]
    finally:
        engine.dispose()


def delivered(database_url: str) -> list[str]:
    """Facts that some consumer has not been given, once the worker had time."""
    engine = create_engine(database_url)
    try:
        with engine.connect() as connection:
            late = connection.execute(text("SELECT id, kind FROM fact WHERE NOT fanned_out")).all()
            open_ = connection.execute(
                text("SELECT consumer, state, error FROM fact_delivery WHERE state <> 'done'")
            ).all()
    finally:
        engine.dispose()
    return [f"fact never fanned out: {row}" for row in late] + [f"fact not delivered: {row}" for row in open_]


def orders_of(database_url: str) -> int:
    engine = create_engine(database_url)
    try:
        with engine.connect() as connection:
            return int(connection.execute(text("SELECT COUNT(*) FROM orders")).scalar_one())
    finally:
        engine.dispose()


def _broken(connection: Connection) -> list[str]:
    postgres = connection.dialect.name == "postgresql"
    order_number = "payload->>'order_number'" if postgres else "json_extract(payload, '$.order_number')"
    found = []
    for what, query in BREACHES:
        rows = connection.execute(text(query.format(order_number=order_number))).all()
        found += [f"{what}: {tuple(row)}" for row in rows[:5]]
    return found


def _lost(connection: Connection, acknowledged: Collection[str]) -> list[str]:
    known = set(connection.execute(text("SELECT token FROM orders")).scalars())
    return [f"a buyer was shown an order that does not exist: {token}" for token in acknowledged if token not in known]
