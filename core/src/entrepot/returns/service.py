"""A return's life: asked for, approved, received, settled by a confirmed money plan. Every step can be repeated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from entrepot.engine.runtime import Runtime
from entrepot.kernel.ids import new_id
from entrepot.markets.queries import store
from entrepot.orders.service import lock, note, note_return_state
from entrepot.policies.promises import policy_for
from entrepot.policies.rules import Policy
from entrepot.returns import rules
from entrepot.returns.errors import NothingChosen, ReturnError, ReturnNotFound, TooLate, TooMany
from entrepot.returns.models import Order, OrderLine, Parcel, Return, ReturnLine
from entrepot.sdk.facts import ReturnApproved, ReturnDeclined, ReturnReceived, ReturnRequested
from entrepot.storage.outbox import record
from entrepot.storage.session import unit_of_work

LONGEST_REASON = 2000


@dataclass(frozen=True)
class Request:
    """What a buyer asks for: pieces per order line, whether by the right of withdrawal, and what they would like."""

    quantities: Mapping[str, int]
    reason: str
    withdrawal: bool
    idempotency_key: str
    wish: str = "refund"


def request(runtime: Runtime, order_number: str, asked: Request, *, actor: str) -> str:
    """Ask to send pieces back; the return's number. The same key gives the same return.

    Raises TooLate with the rule, NothingChosen, TooMany. A withdrawal needs no approval.
    """
    with unit_of_work() as session:
        order = lock(session, order_number)
        known = session.scalar(select(Return.number).where(Return.idempotency_key == asked.idempotency_key))
        if known is not None:
            return known
        policy = policy_for(order.policies, store().settings, order.market)
        _check_time(session, runtime, order, policy, asked.withdrawal)
        chosen = _checked_quantities(session, order, asked.quantities)
        found = _new_return(session, runtime, order, policy, asked)
        session.add(found)
        session.flush()
        session.add_all(ReturnLine(return_id=found.id, order_line_id=id, quantity=n) for id, n in chosen.items())
        kind = "withdrawal_received" if asked.withdrawal else "return_requested"
        note(session, runtime, order.id, actor, kind, number=found.number, reason=found.reason[:200])
        record(
            session,
            runtime.clock,
            ReturnRequested,
            order_number=order.number,
            return_number=found.number,
            withdrawal=asked.withdrawal,
        )
        if found.state == "approved" and not found.withdrawal:
            record(session, runtime.clock, ReturnApproved, order_number=order.number, return_number=found.number)
        project(session, runtime, order.id, actor)
        return found.number


def approve(runtime: Runtime, number: str, *, actor: str) -> None:
    """The buyer may send the goods."""

    def step(session: Session, found: Return, order: Order) -> None:
        found.state = "approved"
        note(session, runtime, order.id, actor, "return_approved", number=number)
        record(session, runtime.clock, ReturnApproved, order_number=order.number, return_number=number)
        project(session, runtime, order.id, actor)

    _step(number, "approve", "approved", step)


def decline(runtime: Runtime, number: str, *, answer: str, actor: str) -> None:
    """Refuse the request; ``answer`` is what the buyer reads. A withdrawal is a right and cannot be declined."""
    if not answer.strip():
        raise ReturnError("Write down why the return is declined. The buyer reads it.")

    def step(session: Session, found: Return, order: Order) -> None:
        if found.withdrawal:
            raise ReturnError(f"Return {number} is a withdrawal. It is the buyer's right: receive and settle it.")
        found.state, found.answer = "declined", answer.strip()[:LONGEST_REASON]
        note(session, runtime, order.id, actor, "return_declined", number=number, reason=answer.strip()[:200])
        record(session, runtime.clock, ReturnDeclined, order_number=order.number, return_number=number)
        project(session, runtime, order.id, actor)

    _step(number, "decline", "declined", step)


def receive(runtime: Runtime, number: str, *, actor: str) -> None:
    """The goods have arrived and wait for inspection."""

    def step(session: Session, found: Return, order: Order) -> None:
        found.state, found.received_at = "received", runtime.clock.now()
        note(session, runtime, order.id, actor, "return_received", number=number)
        record(session, runtime.clock, ReturnReceived, order_number=order.number, return_number=number)
        project(session, runtime, order.id, actor)

    _step(number, "receive", "received", step)


def locked(session: Session, number: str) -> tuple[Return, Order]:
    """The return and its order, held until the transaction ends."""
    order_number = session.scalar(
        select(Order.number).join(Return, Return.order_id == Order.id).where(Return.number == number)
    )
    if order_number is None:
        raise ReturnNotFound(number)
    order = lock(session, order_number)
    query = select(Return).where(Return.number == number).execution_options(populate_existing=True)
    return session.scalars(query).one(), order


def project(session: Session, runtime: Runtime, order_id: int, actor: str) -> None:
    """Tell the order how its returns stand together, after one of them changed."""
    session.flush()
    shipped = session.scalar(select(func.sum(OrderLine.shipped)).where(OrderLine.order_id == order_id)) or 0
    query = (
        select(Return.state, ReturnLine.quantity)
        .join(ReturnLine, ReturnLine.return_id == Return.id)
        .where(Return.order_id == order_id)
    )
    lines = [(state, quantity) for state, quantity in session.execute(query)]
    note_return_state(session, runtime, order_id, rules.return_state(int(shipped), lines), actor)


def held_pieces(session: Session, order_id: int) -> dict[str, int]:
    """{order line id: pieces} of every return that was not declined."""
    query = (
        select(ReturnLine.order_line_id, func.sum(ReturnLine.quantity))
        .join(Return, Return.id == ReturnLine.return_id)
        .where(Return.order_id == order_id, Return.state.not_in(rules.CLOSED_WITHOUT))
        .group_by(ReturnLine.order_line_id)
    )
    return {line_id: int(pieces) for line_id, pieces in session.execute(query)}


def window_of(session: Session, order: Order, policy: Policy) -> rules.Window:
    """Until when pieces of the order may come back."""
    deliveries = session.scalars(select(Parcel.delivered_at).where(Parcel.order_id == order.id)).all()
    return rules.window(policy, order.shipping_address.get("country", ""), deliveries)


def _step(number: str, action: str, after: str, step: Callable[[Session, Return, Order], None]) -> None:
    """One move of the machine; made again it changes nothing, out of turn it is refused."""
    with unit_of_work() as session:
        found, order = locked(session, number)
        if found.state == after:
            return
        if action not in rules.allowed_actions(found.state):
            raise ReturnError(f"Return {number} is {found.state}, so this step is not possible. Reload the page.")
        step(session, found, order)


def _check_time(session: Session, runtime: Runtime, order: Order, policy: Policy, withdrawal: bool) -> None:
    window = window_of(session, order, policy)
    if window.allows(runtime.clock.now(), withdrawal=withdrawal):
        return
    if withdrawal and not window.withdrawal:
        raise ReturnError("The law of the country of delivery has no withdrawal. Ask for a return instead.")
    until = window.withdrawal_until if withdrawal else window.returns_until
    raise TooLate(policy.withdrawal_days if withdrawal else policy.days, until.date().isoformat() if until else "")


def _checked_quantities(session: Session, order: Order, asked: Mapping[str, int]) -> dict[str, int]:
    """What was chosen, if as many pieces have left and are not on their way back already."""
    chosen = {line_id: quantity for line_id, quantity in asked.items() if quantity}
    if not chosen:
        raise NothingChosen
    lines = {line.id: line for line in session.scalars(select(OrderLine).where(OrderLine.order_id == order.id))}
    held = held_pieces(session, order.id)
    for line_id, quantity in chosen.items():
        line = lines.get(line_id)
        if line is None:
            raise NothingChosen
        left = line.shipped - held.get(line_id, 0)
        if not 0 < quantity <= left:
            raise TooMany(line.name, left)
    return chosen


def _new_return(session: Session, runtime: Runtime, order: Order, policy: Policy, asked: Request) -> Return:
    count = session.scalar(select(func.count()).select_from(Return).where(Return.order_id == order.id)) or 0
    at_once = asked.withdrawal or policy.auto_approve
    return Return(
        id=new_id(),
        number=f"{order.number}-R{count + 1}",
        order_id=order.id,
        withdrawal=asked.withdrawal,
        state="approved" if at_once else "requested",
        reason=asked.reason.strip()[:LONGEST_REASON],
        wish=asked.wish if asked.wish in rules.WISHES else "refund",
        policy=policy.as_dict(),
        requested_at=runtime.clock.now(),
        idempotency_key=asked.idempotency_key,
    )
