"""Everything that one confirmed plan changes inside its transaction: stock, books, refunds, credit and new orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from entrepot.credit import service as credit
from entrepot.documents.service import RETURN_KEY
from entrepot.engine.runtime import Runtime
from entrepot.inventory import allocation, stock, warehousing
from entrepot.inventory.queries import warehouses
from entrepot.kernel.address import Address
from entrepot.kernel.money import Money
from entrepot.ledger import service as ledger
from entrepot.markets.queries import known_store
from entrepot.orders import service as orders
from entrepot.payments import own, refunds
from entrepot.payments.rows import OWN_ACCOUNTS
from entrepot.pricing.frozen import from_json
from entrepot.pricing.rules import Quote
from entrepot.returns import replacing, rules
from entrepot.returns.errors import NothingToSend
from entrepot.returns.models import (
    Fulfilment,
    FulfilmentLine,
    Order,
    OrderLine,
    PaymentAttempt,
    Refund,
    Return,
    ReturnLine,
)
from entrepot.returns.plan import MoneyPlan
from entrepot.returns.rows import lines_of

#: The place for goods that are not ours: they are repaired there, or wait for the way back to the buyer.
HELD_FOR_BUYERS = "repair"


def carry_out(
    session: Session,
    runtime: Runtime,
    found: Return,
    order: Order,
    plan: MoneyPlan,
    exchange: Quote | None,
    actor: str,
) -> None:
    """Book the plan. Raises NothingToSend when goods of an exchange are sold out; nothing is written then."""
    quote = from_json(order.quote)
    for line in lines_of(session, found):
        if line.resolution in rules.TAKEN_BACK:
            _restock(session, runtime, found, quote, line, actor)
    _book(session, runtime, found, plan)
    parts = _parts(session, order, plan)
    done: dict[str, Any] = {
        "refunds": [
            refunds.intend(runtime, attempt_id, amount, f"Return {found.number}", actor, _key(found, "", attempt_id))
            for attempt_id, amount in parts[""]
        ],
        "orders": _send_back(session, runtime, found, order, quote, actor),
    }
    for into in ("store_credit", "exchange"):
        for attempt_id, amount in parts[into]:
            refunds.move(
                runtime,
                attempt_id,
                amount=amount,
                into=into,
                reason=f"Return {found.number}",
                actor=actor,
                idempotency_key=_key(found, into, attempt_id),
            )
    if not plan.store_credit.is_zero:
        done["credit"] = _issue_credit(runtime, found, order, plan.store_credit, actor)
    if exchange is not None:
        done["orders"]["exchange"] = _replace(session, runtime, found, order, plan, exchange)
    found.plan = {**plan.to_json(), **done}
    found.state = "settling"


def refundable(session: Session, order_id: int) -> list[tuple[PaymentAttempt, int]]:
    """What is left of each payment: gift cards and store credit first, then the oldest."""
    query = select(PaymentAttempt).where(PaymentAttempt.order_id == order_id).order_by(PaymentAttempt.id)
    rows = session.scalars(query.execution_options(populate_existing=True)).all()
    credits_first = sorted(rows, key=lambda row: row.account_id not in OWN_ACCOUNTS)
    return [(row, _left(session, row)) for row in credits_first]


def _left(session: Session, row: PaymentAttempt) -> int:
    return max(row.captured - row.refunded - row.disputed - refunds.pending_amount(session, row.id), 0)


def pay_otherwise(runtime: Runtime, declined: Refund, how: str, actor: str) -> None:
    """Count money as given back from the bank that the provider would not give back."""
    refunds.move(
        runtime,
        declined.attempt_id,
        amount=Money(declined.amount, declined.currency),
        into="bank",
        reason=how[:200],
        actor=actor,
        idempotency_key=f"{RETURN_KEY}bank-{declined.id}",
    )


def _key(found: Return, into: str, attempt_id: str) -> str:
    return f"{RETURN_KEY}{into}{found.id}-{attempt_id}"


def _parts(session: Session, order: Order, plan: MoneyPlan) -> dict[str, list[tuple[str, Money]]]:
    """{where it goes: [(payment, amount)]}: the refund takes the first payments, what stays in the shop the rest."""
    left = [(row.id, amount) for row, amount in refundable(session, order.id)]
    parts: dict[str, list[tuple[str, Money]]] = {}
    for into, wanted in (("", plan.refund), ("store_credit", plan.store_credit), ("exchange", plan.exchanged)):
        parts[into], rest, after = [], wanted.minor, []
        for attempt_id, amount in left:
            part = min(rest, amount)
            if part > 0:
                parts[into].append((attempt_id, Money(part, order.currency)))
            rest -= max(part, 0)
            after.append((attempt_id, amount - max(part, 0)))
        left = after
    return parts


def _issue_credit(runtime: Runtime, found: Return, order: Order, amount: Money, actor: str) -> str:
    """The id of the store credit that the buyer is given; the books have its other side from the refund."""
    asked = credit.Issue(
        "store_credit",
        amount,
        f"return {found.id}",
        reason=f"Return {found.number}",
        email=order.email,
        paid_from="",
        order_id=order.id,
    )
    return credit.issue(runtime, asked, actor=actor)


def _replace(session: Session, runtime: Runtime, found: Return, order: Order, plan: MoneyPlan, exchange: Quote) -> str:
    """The number of the order that replaces the goods; it waits for what the buyer owes, if anything."""
    place = replacing.placement(runtime, order, channel="exchange", return_number=found.number)
    try:
        placed = orders.create_order(session, runtime, exchange, place)
    except allocation.OutOfStock as error:
        raise NothingToSend(error.sku, error.available) from error
    if not plan.exchanged.is_zero:
        own.pay_by_exchange(session, runtime, order_id=placed.id, amount=plan.exchanged, return_number=found.number)
    return placed.number


def _send_back(
    session: Session, runtime: Runtime, found: Return, order: Order, quote: Quote, actor: str
) -> dict[str, str]:
    """{channel: order number} of the orders that bring repaired and rejected goods back to the buyer."""
    numbers = {}
    for resolution, channel in rules.SENT_BACK.items():
        lines = [line for line in lines_of(session, found) if line.resolution == resolution]
        if lines:
            numbers[channel] = _send_back_lines(session, runtime, found, order, quote, lines, channel, actor)
    return numbers


def _send_back_lines(
    session: Session,
    runtime: Runtime,
    found: Return,
    order: Order,
    quote: Quote,
    lines: Sequence[ReturnLine],
    channel: str,
    actor: str,
) -> str:
    """Book the goods into the place for what is not ours, and order them out of it at no charge."""
    held_at = _held_for_buyers(session, runtime)
    pieces: dict[int, int] = {}
    for line in lines:
        sold = session.get_one(OrderLine, line.order_line_id)
        pieces[sold.position] = line.quantity
        if sold.variant_id is not None and quote.lines[sold.position].tracked:
            _move(session, runtime, found, actor, sold.variant_id, held_at, {"returned": line.quantity})
    free = replacing.free_quote(runtime, order, quote, pieces)
    place = replacing.placement(runtime, order, channel=channel, return_number=found.number, held_at=held_at)
    return orders.create_order(session, runtime, free, place).number


def _held_for_buyers(session: Session, runtime: Runtime) -> int:
    """The id of that place: the setting ``returns.held_at`` names its code; it sells nothing, so nothing else leaves
    from it."""
    code = str((known_store().settings.get("returns") or {}).get("held_at") or HELD_FOR_BUYERS)
    known = {warehouse.code: warehouse for warehouse in warehouses()}
    if code in known:
        return known[code].id
    first = next((warehouse for warehouse in known.values() if warehouse.active), None)
    address = Address.from_dict(first.address) if first else Address("")
    return warehousing.save_warehouse(
        runtime, code=code, name="Repairs and goods of buyers", address=address, priority=1000, active=False
    )


def _restock(session: Session, runtime: Runtime, found: Return, quote: Quote, line: ReturnLine, actor: str) -> None:
    """Back on the shelf of the warehouse that sent it; what cannot be sold again leaves the stock at once."""
    sold = session.get_one(OrderLine, line.order_line_id)
    if sold.variant_id is None or not quote.lines[sold.position].tracked:
        return
    warehouse_id = session.execute(
        select(Fulfilment.warehouse_id)
        .join(FulfilmentLine, FulfilmentLine.fulfilment_id == Fulfilment.id)
        .where(FulfilmentLine.order_line_id == line.order_line_id, FulfilmentLine.shipped > 0)
        .order_by(Fulfilment.id)
        .limit(1)
    ).scalar_one()
    moves = {"returned": line.quantity} | ({"damaged": -line.quantity} if line.grade != "sellable" else {})
    _move(session, runtime, found, actor, sold.variant_id, warehouse_id, moves)


def _move(
    session: Session,
    runtime: Runtime,
    found: Return,
    actor: str,
    variant_id: int,
    warehouse_id: int,
    moves: Mapping[str, int],
) -> None:
    for kind, quantity in moves.items():
        stock.move(
            session,
            variant_id=variant_id,
            warehouse_id=warehouse_id,
            kind=kind,
            quantity=quantity,
            reference=f"return {found.number}",
            actor=actor,
            at=runtime.clock.now(),
        )


def _book(session: Session, runtime: Runtime, found: Return, plan: MoneyPlan) -> None:
    """The sale taken back, against what is owed to the buyer; what was given back earlier settles a part of that."""
    goods, shipping, fee, earlier, duty = (plan.sum(kind) for kind in ("goods", "shipping", "fee", "earlier", "duty"))
    ledger.book(
        session,
        order_id=found.order_id,
        kind="return",
        source=f"return {found.id}",
        at=runtime.clock.now(),
        postings=[
            ("revenue", goods.net),
            ("shipping", shipping.net),
            ("duties", duty.gross),
            ("tax", plan.tax - earlier.tax),
            ("restocking", fee.net),
            ("refunds", earlier.gross - plan.credited),
        ],
    )
