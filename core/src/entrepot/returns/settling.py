"""Settling a return: one confirmed plan drives stock, ledger, refunds and the credit note. Safe to repeat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from entrepot.documents.content import Item
from entrepot.documents.service import RETURN_KEY, issue_credit_note
from entrepot.engine.runtime import Runtime
from entrepot.inventory import stock
from entrepot.kernel.money import Money, total
from entrepot.ledger import service as ledger
from entrepot.orders.service import note
from entrepot.payments import refunds
from entrepot.pricing.frozen import from_json
from entrepot.returns import rules
from entrepot.returns.errors import ReturnError
from entrepot.returns.models import (
    Fulfilment,
    FulfilmentLine,
    Order,
    OrderLine,
    PaymentAttempt,
    Return,
    ReturnLine,
)
from entrepot.returns.plan import MoneyPlan, Terms, Wanted, money_plan, sale_of
from entrepot.returns.service import locked
from entrepot.sdk.facts import ReturnSettled
from entrepot.storage.outbox import record
from entrepot.storage.session import reader, unit_of_work


@dataclass(frozen=True)
class Decision:
    """What inspection says of one line: a resolution, and for what stays with us a grade."""

    resolution: str
    grade: str = "sellable"


@dataclass(frozen=True)
class Decisions:
    """Everything that is decided about a return before its plan is made."""

    lines: Mapping[str, Decision]
    fee_percent: Decimal = Decimal(0)
    shipping: bool = False


class PlanChanged(ReturnError):
    """Meanwhile the plan became another one than was confirmed."""

    def __init__(self, now: Money) -> None:
        super().__init__(f"Meanwhile the plan has changed: {now} would be given back. Look at it and confirm again.")


def preview(number: str, decisions: Decisions) -> MoneyPlan:
    """The plan that these decisions lead to, as of now; nothing is written."""
    session = reader()
    found = session.scalars(select(Return).where(Return.number == number)).one()
    return _plan(session, found, session.get_one(Order, found.order_id), decisions)


def settle(runtime: Runtime, number: str, decisions: Decisions, *, expected: Money, actor: str) -> None:
    """Carry out the plan that gives back ``expected``: stock, ledger and intended refunds in one commit, then the money
    and the credit note. Repeated, it goes on where it stopped. Raises PlanChanged."""
    with unit_of_work() as session:
        found, order = locked(session, number)
        if found.state == "received":
            plan = _plan(session, found, order, decisions)
            if plan.refund != expected:
                raise PlanChanged(plan.refund)
            _carry_out(session, runtime, found, order, plan, decisions, actor)
        elif found.state not in ("settling", "settled"):
            raise ReturnError(f"Return {number} is {found.state}. Mark it as received before it is settled.")
    finish(runtime, number, actor=actor)


def finish(runtime: Runtime, number: str, *, actor: str, otherwise: str = "") -> None:
    """Send the money and issue the credit note of a return that is being settled. Idempotent.

    ``otherwise`` says how the money went back where a provider declined to give it back.
    """
    found = reader().scalars(select(Return).where(Return.number == number)).one()
    if found.state != "settling":
        return
    sent = [refunds.send(runtime, refund_id) for refund_id in found.plan["refunds"]]
    declined = [refund for refund in sent if refund.state == "declined"]
    order = reader().get_one(Order, found.order_id)
    plan = MoneyPlan.from_json(found.plan)
    if not plan.refund.is_zero:
        reason = f"{'Withdrawal' if found.withdrawal else 'Return'} {number}"
        issue_credit_note(runtime, order, source=f"return {found.id}", items=_items(plan), reason=reason)
    _close(runtime, number, plan, [Money(refund.amount, refund.currency) for refund in declined], otherwise, actor)


def _close(
    runtime: Runtime, number: str, plan: MoneyPlan, declined: Sequence[Money], otherwise: str, actor: str
) -> None:
    with unit_of_work() as session:
        found, order = locked(session, number)
        if found.state != "settling":
            return
        missing = total(declined, order.currency)
        if declined and not otherwise.strip():
            found.attention = f"The provider declined to give {missing} back. Pay it another way and say how."
            return
        if declined:
            _book_otherwise(session, runtime, found, missing)
        found.state, found.attention, found.settled_at = "settled", "", runtime.clock.now()
        details = {"number": number, "amount": str(plan.refund), "otherwise": otherwise.strip()[:200]}
        note(
            session, runtime, order.id, actor, "return_settled", **{key: text for key, text in details.items() if text}
        )
        record(
            session,
            runtime.clock,
            ReturnSettled,
            order_number=order.number,
            return_number=number,
            refund=plan.refund,
        )


def _plan(session: Session, found: Return, order: Order, decisions: Decisions) -> MoneyPlan:
    lines = _lines(session, found)
    _check(lines, decisions)
    before = _refunded_before(session, found)
    wanted = [
        Wanted(line.order_line_id, line.quantity, before.get(line.order_line_id, 0))
        for line in lines
        if decisions.lines[line.order_line_id].resolution == "refund"
    ]
    fee = Decimal(0) if found.withdrawal else decisions.fee_percent
    sale = sale_of(from_json(order.quote), _order_line_ids(session, order.id))
    left = sum(amount for _, amount in _refundable(session, order.id))
    return money_plan(sale, wanted, Terms(fee, decisions.shipping or found.withdrawal), refundable=left)


def _check(lines: Sequence[ReturnLine], decisions: Decisions) -> None:
    for line in lines:
        decision = decisions.lines.get(line.order_line_id)
        if decision is None or decision.resolution not in rules.RESOLUTIONS or decision.grade not in rules.GRADES:
            raise ReturnError("Choose for every line what happens with it and in which state it is.")
    if not 0 <= decisions.fee_percent <= 100:
        raise ReturnError("The fee is a percentage between 0 and 100.")


def _refundable(session: Session, order_id: int) -> list[tuple[PaymentAttempt, int]]:
    """What is left of each payment, oldest first."""
    query = select(PaymentAttempt).where(PaymentAttempt.order_id == order_id).order_by(PaymentAttempt.id)
    rows = session.scalars(query.execution_options(populate_existing=True)).all()
    return [(row, row.captured - row.refunded - refunds.pending_amount(session, row.id)) for row in rows]


def _refunded_before(session: Session, found: Return) -> dict[str, int]:
    """{order line id: pieces} that other returns of the order gave money back for."""
    query = (
        select(ReturnLine.order_line_id, func.sum(ReturnLine.quantity))
        .join(Return, Return.id == ReturnLine.return_id)
        .where(Return.order_id == found.order_id, Return.id != found.id, ReturnLine.resolution == "refund")
        .group_by(ReturnLine.order_line_id)
    )
    return {line_id: int(pieces) for line_id, pieces in session.execute(query)}


def _carry_out(
    session: Session,
    runtime: Runtime,
    found: Return,
    order: Order,
    plan: MoneyPlan,
    decisions: Decisions,
    actor: str,
) -> None:
    """Everything inside the one transaction."""
    for line in _lines(session, found):
        decision = decisions.lines[line.order_line_id]
        line.resolution, line.grade = decision.resolution, decision.grade
        if decision.resolution == "refund":
            _restock(session, runtime, found, order, line, actor)
    _book(session, runtime, found, plan)
    intended = _intend(session, runtime, found, plan.refund, actor)
    found.plan = {**plan.to_json(), "refunds": intended}
    found.state = "settling"


def _intend(session: Session, runtime: Runtime, found: Return, amount: Money, actor: str) -> list[str]:
    """Refunds over the order's payments, the oldest first; their ids."""
    intended = []
    rest = amount.minor
    for attempt, left in _refundable(session, found.order_id):
        part = min(rest, left)
        if part > 0:
            key = f"{RETURN_KEY}{found.id}-{attempt.id}"
            reason = f"Return {found.number}"
            intended.append(refunds.intend(runtime, attempt.id, Money(part, amount.currency), reason, actor, key))
            rest -= part
    return intended


def _restock(session: Session, runtime: Runtime, found: Return, order: Order, line: ReturnLine, actor: str) -> None:
    """Back on the shelf of the warehouse that sent it; what cannot be sold again leaves the stock at once."""
    sold = session.get_one(OrderLine, line.order_line_id)
    quoted = from_json(order.quote).lines[sold.position]
    if sold.variant_id is None or not quoted.tracked:
        return
    warehouse_id = session.execute(
        select(Fulfilment.warehouse_id)
        .join(FulfilmentLine, FulfilmentLine.fulfilment_id == Fulfilment.id)
        .where(FulfilmentLine.order_line_id == line.order_line_id, FulfilmentLine.shipped > 0)
        .order_by(Fulfilment.id)
        .limit(1)
    ).scalar_one()
    moves = [("returned", line.quantity)] + ([("damaged", -line.quantity)] if line.grade != "sellable" else [])
    for kind, quantity in moves:
        stock.move(
            session,
            variant_id=sold.variant_id,
            warehouse_id=warehouse_id,
            kind=kind,
            quantity=quantity,
            reference=f"return {found.number}",
            actor=actor,
            at=runtime.clock.now(),
        )


def _book(session: Session, runtime: Runtime, found: Return, plan: MoneyPlan) -> None:
    """The sale taken back, against what is owed to the buyer; what was given back earlier settles a part of that."""
    goods, shipping, fee, earlier = (plan.sum(kind) for kind in ("goods", "shipping", "fee", "earlier"))
    ledger.book(
        session,
        order_id=found.order_id,
        kind="return",
        source=f"return {found.id}",
        at=runtime.clock.now(),
        postings=[
            ("revenue", goods.net),
            ("shipping", shipping.net),
            ("tax", plan.tax - earlier.tax),
            ("restocking", fee.net),
            ("refunds", earlier.gross - plan.refund),
        ],
    )


def _book_otherwise(session: Session, runtime: Runtime, found: Return, amount: Money) -> None:
    ledger.book(
        session,
        order_id=found.order_id,
        kind="refund",
        source=f"otherwise {found.id}",
        at=runtime.clock.now(),
        postings=[("refunds", amount), ("bank", -amount)],
    )


def _items(plan: MoneyPlan) -> list[Item]:
    return [Item(row.kind, row.text, row.quantity, row.net, row.tax) for row in plan.rows]


def _lines(session: Session, found: Return) -> Sequence[ReturnLine]:
    query = (
        select(ReturnLine)
        .join(OrderLine, OrderLine.id == ReturnLine.order_line_id)
        .where(ReturnLine.return_id == found.id)
        .order_by(OrderLine.position)
    )
    return session.scalars(query).all()


def _order_line_ids(session: Session, order_id: int) -> list[str]:
    query = select(OrderLine.id).where(OrderLine.order_id == order_id).order_by(OrderLine.position)
    return list(session.scalars(query))
