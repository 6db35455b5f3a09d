"""Gift cards that an order sells: issued once it is paid, taken back while nobody has spent them."""

from __future__ import annotations

from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from entrepot.credit import queries as credits
from entrepot.credit import rules
from entrepot.credit import service as credit
from entrepot.engine.runtime import Runtime
from entrepot.kernel.money import Money, total
from entrepot.ledger import service as ledger
from entrepot.orders import fulfilment
from entrepot.orders.errors import OrderNotFound
from entrepot.orders.models import Fulfilment, FulfilmentLine, Order, OrderLine
from entrepot.orders.service import CARDS_DUE, lock, note, refresh_status
from entrepot.payments import queries as payments
from entrepot.payments import refunds
from entrepot.payments.rows import OWN_ACCOUNTS
from entrepot.sdk.facts import GiftCardsIssued, OrderCompleted
from entrepot.storage.outbox import record
from entrepot.storage.session import reader, unit_of_work


def issue(session: Session, runtime: Runtime, order: Order) -> None:
    """Make a card of every piece that was sold as one, worth what was paid for it. Called again, it makes none twice.

    Part of the transaction that learnt that the order is paid.
    """
    lines = session.scalars(select(OrderLine).where(OrderLine.order_id == order.id, OrderLine.gift_card)).all()
    due = [line for line in lines if line.shipped + line.cancelled < line.quantity]
    if not due:
        return
    issued = [worth for line in due for worth in _issue_line(session, runtime, order, line)]
    _handed_over(session, order, due)
    if not issued:
        return
    amount = total(issued, order.currency)
    note(session, runtime, order.id, "system", "gift_cards_issued", amount=str(amount))
    record(session, runtime.clock, GiftCardsIssued, order_number=order.number, amount=amount, cards=len(issued))
    _complete_without_goods(session, runtime, order)


def take_back(runtime: Runtime, number: str, credit_id: str, *, reason: str, actor: str) -> None:
    """Void a card that nobody has used and give its money back; repeated, nothing happens twice.

    Raises CreditNotFound for a card that the order did not sell, CardUsed for one that was spent in part or whole.
    """
    with unit_of_work() as session:
        order = lock(session, number)
        card = credits.sold_card(session, order.id, credit_id)
        intended = _intended(session, card) if card.voided else _void(session, runtime, order, card, reason, actor)
    for refund_id in intended:
        refunds.send(runtime, refund_id)


def cards_of(number: str) -> tuple[credits.SoldCard, ...]:
    """The cards that the order sold, in the order of their making. Raises OrderNotFound."""
    order_id = reader().scalar(select(Order.id).where(Order.number == number))
    if order_id is None:
        raise OrderNotFound(number)
    return credits.sold_cards(reader(), order_id)


def _issue_line(session: Session, runtime: Runtime, order: Order, line: OrderLine) -> list[Money]:
    pieces = line.quantity - line.cancelled
    worth = Money(line.total, order.currency).allocate([1] * pieces)
    made = [(at, each) for at, each in enumerate(worth) if at >= line.shipped and each.minor > 0]
    for at, each in made:
        key = rules.sold_key(line.id, at)
        asked = credit.Issue("gift_card", each, key, email=order.email, paid_from="", order_id=order.id)
        credit_id = credit.issue(runtime, asked, actor="system")
        owed = [(CARDS_DUE, each), (rules.ACCOUNTS["gift_card"], -each)]
        _book(session, runtime, order, f"sold {credit_id}", owed)
    return [each for _, each in made]


def _handed_over(session: Session, order: Order, lines: list[OrderLine]) -> None:
    """Nothing is left to send of these lines."""
    for line in lines:
        line.shipped = line.quantity - line.cancelled
    parts = session.scalars(select(FulfilmentLine).where(FulfilmentLine.order_line_id.in_([line.id for line in lines])))
    touched = set()
    for part in parts:
        part.shipped = part.quantity
        touched.add(part.fulfilment_id)
    session.flush()
    for fulfilment_id in touched:
        whole = session.scalars(select(FulfilmentLine).where(FulfilmentLine.fulfilment_id == fulfilment_id)).all()
        if all(part.shipped == part.quantity for part in whole):
            session.get_one(Fulfilment, fulfilment_id).state = "shipped"
    fulfilment.project(session, order)


def _complete_without_goods(session: Session, runtime: Runtime, order: Order) -> None:
    """An order of nothing but cards is done: no parcel will ever arrive."""
    goods = select(OrderLine.id).where(OrderLine.order_id == order.id, ~OrderLine.gift_card).limit(1)
    if order.completed_at is not None or session.scalar(goods) is not None:
        return
    order.completed_at = runtime.clock.now()
    refresh_status(order)
    note(session, runtime, order.id, "system", "completed")
    record(session, runtime.clock, OrderCompleted, order_number=order.number)


def _void(
    session: Session, runtime: Runtime, order: Order, card: credits.SoldCard, reason: str, actor: str
) -> list[str]:
    """Take the card and its line out of everything; the ids of the refunds to be sent."""
    credit.void(session, runtime, card.id, order_id=order.id, actor=actor)
    given_up = [(rules.ACCOUNTS["gift_card"], card.issued), (CARDS_DUE, -card.issued)]
    _book(session, runtime, order, f"void {card.id}", given_up)
    _not_handed_over(session, card.line_id)
    fulfilment.project(session, order)
    note(session, runtime, order.id, actor, "gift_card_taken_back", amount=str(card.issued), reason=reason)
    return _refund(session, runtime, order, card, reason, actor)


def _not_handed_over(session: Session, line_id: str) -> None:
    line = session.get_one(OrderLine, line_id)
    line.shipped, line.cancelled = line.shipped - 1, line.cancelled + 1
    part = session.scalars(select(FulfilmentLine).where(FulfilmentLine.order_line_id == line_id)).first()
    if part is not None and part.quantity > 1:
        part.quantity, part.shipped = part.quantity - 1, part.shipped - 1
    elif part is not None:
        session.delete(part)


def _refund(
    session: Session, runtime: Runtime, order: Order, card: credits.SoldCard, reason: str, actor: str
) -> list[str]:
    """The card's worth out of what is left of the payments: what other cards paid first, then the oldest.

    Less where the buyer's bank took money back already: nobody gets it twice.
    """
    left, intended = card.issued, []
    attempts = sorted(payments.attempts(order.id), key=lambda attempt: attempt.account_id not in OWN_ACCOUNTS)
    intend = partial(refunds.intend, runtime, reason=reason, actor=actor)
    for attempt in attempts:
        on_its_way = Money(refunds.pending_amount(session, attempt.id), order.currency)
        part = min(left, attempt.refundable - on_its_way)
        if part.minor > 0:
            intended.append(intend(attempt.id, part, key=f"{rules.void_key(card.id)}-{attempt.id}"))
            left -= part
    return intended


def _intended(session: Session, card: credits.SoldCard) -> list[str]:
    return refunds.with_key_of(session, rules.void_key(card.id))


def _book(session: Session, runtime: Runtime, order: Order, source: str, postings: list[ledger.Posting]) -> None:
    ledger.book(session, order_id=order.id, kind="credit", source=source, at=runtime.clock.now(), postings=postings)
