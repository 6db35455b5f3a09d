"""Facts become messages: one per notifier account and recipient, in the order's language, with a log and a resend."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from entrepot.credit.service import code_of
from entrepot.customers.personal import is_erased
from entrepot.engine.runtime import Runtime
from entrepot.kernel.ids import new_id
from entrepot.kernel.money import Money
from entrepot.markets.queries import store
from entrepot.notifications.models import Message
from entrepot.order_import.queries import is_imported
from entrepot.orders import gift_cards
from entrepot.orders import queries as orders
from entrepot.payments import queries as payments
from entrepot.returns.queries import return_view
from entrepot.sdk.errors import EntrepotError, ProviderRejected
from entrepot.sdk.facts import FACTS, Fact, GiftCardsIssued, OrderFact
from entrepot.sdk.notifiers import Delivery, Notification, Notifier
from entrepot.sdk.provider import Provider
from entrepot.sdk.readmodels import OrderView
from entrepot.storage.outbox import read
from entrepot.storage.session import reader, unit_of_work

DEADLINE_S = 20.0
#: What buyers of another channel hear from that channel: of an imported order they are told of its parcels.
TOLD_ELSEWHERE = frozenset({"order_placed", "payment_captured", "payment_refunded", "order_cancelled"})


@dataclass(frozen=True)
class MailedCard:
    """A gift card as a message hands it over."""

    amount: Money
    code: str
    expires_at: datetime | None


class MessageNotFound(EntrepotError):
    def __init__(self, message_id: str) -> None:
        super().__init__(f"There is no message {message_id}. Reload the list.")


def handles(kind: str) -> bool:
    """Facts about orders are what people are told of."""
    return issubclass(FACTS[kind], OrderFact)


def deliver(runtime: Runtime, fact: Fact) -> None:
    """Send the fact to the buyer by every notifier of the market that has a message for it.

    Safe to repeat: a message that was sent is not sent again. Raises when a notifier is unavailable, so that the fact's
    delivery is repeated later.
    """
    if not isinstance(fact, OrderFact):
        return
    order = orders.order_view(number=fact.order_number)
    if order is None or is_erased(order.email):
        return
    if fact.kind in TOLD_ELSEWHERE and is_imported(order.number):
        return
    accounts = [account.id for account in runtime.accounts.list("notifier", order.market)]
    handles = runtime.guard.call_many(
        accounts, "handles", lambda provider: _notifier(provider).handles(fact.kind), deadline_s=1, returns=bool
    )
    for account_id, wanted in handles.results.items():
        if wanted:
            _send(runtime, _message(runtime, fact, order, account_id), fact, order)


def resend(runtime: Runtime, message_id: str) -> None:
    """Send a logged message once more, whatever became of it before."""
    row = reader().get(Message, message_id)
    if row is None:
        raise MessageNotFound(message_id)
    fact = read(reader(), row.fact_id)
    order = orders.order_view(number=row.order_number)
    if fact is None or order is None:
        raise EntrepotError("What this message told of is no longer stored. Write to the buyer by hand.")
    _set(message_id, state="due", error="")
    _send(runtime, message_id, fact, order)


def _message(runtime: Runtime, fact: OrderFact, order: OrderView, account_id: str) -> str:
    """The id of the fact's message in the log, made on the first try."""
    with unit_of_work() as session:
        known = session.scalar(
            select(Message.id).where(
                Message.fact_id == fact.id, Message.account_id == account_id, Message.recipient == order.email
            )
        )
        if known is not None:
            return known
        message = Message(
            id=new_id(),
            fact_id=fact.id,
            account_id=account_id,
            kind=fact.kind,
            recipient=order.email,
            locale=order.locale,
            order_number=order.number,
            created_at=runtime.clock.now(),
        )
        session.add(message)
        return message.id


def _send(runtime: Runtime, message_id: str, fact: Fact, order: OrderView) -> None:
    row = reader().execute(select(Message.__table__).where(Message.id == message_id)).one()
    if row.state != "due":
        return
    notification = Notification(message_id, row.kind, row.recipient, row.locale, _context(runtime, fact, order))
    try:
        delivery = runtime.guard.call(
            row.account_id,
            "send",
            lambda provider: _notifier(provider).send(notification),
            deadline_s=DEADLINE_S,
            returns=Delivery,
        )
    except ProviderRejected as error:
        _set(message_id, state="failed", error=str(error))
        return
    except EntrepotError as error:
        _set(message_id, error=str(error))
        raise
    _set(
        message_id,
        state="sent",
        reference=delivery.reference[:200],
        subject=delivery.subject[:300],
        body=without_codes(delivery.body, notification.context["cards"]),
        error="",
        sent_at=runtime.clock.now(),
    )


def _context(runtime: Runtime, fact: Fact, order: OrderView) -> dict[str, Any]:
    """The read models that templates use; see ``sdk.notifiers.Notification``."""
    parcel_id = getattr(fact, "parcel_id", "")
    open_attempts = [attempt for attempt in _attempts(order) if attempt.instructions and attempt.state == "pending"]
    return {
        "fact": fact,
        "order": order,
        "shop_name": store().name,
        "order_url": f"{runtime.settings.base_url.rstrip('/')}/order/{order.token}",
        "parcel": next((parcel for parcel in order.parcels if parcel.id == parcel_id), None),
        "amount": getattr(fact, "amount", None),
        "instructions": open_attempts[-1].instructions if open_attempts else (),
        "cards": _cards(runtime, fact),
        **_of_return(fact),
    }


def _cards(runtime: Runtime, fact: Fact) -> tuple[MailedCard, ...]:
    """The gift cards that a message hands over; their codes are taken out of what is kept of it."""
    if not isinstance(fact, GiftCardsIssued):
        return ()
    sold = [card for card in gift_cards.cards_of(fact.order_number) if card.state != "taken_back"]
    return tuple(MailedCard(card.issued, code_of(runtime, card.id), card.expires_at) for card in sold)


def without_codes(body: str, cards: Iterable[MailedCard]) -> str:
    """The text of a message as it is kept: whoever reads the log cannot spend the buyer's cards."""
    for card in cards:
        body = body.replace(card.code, f"•••• {card.code[-4:]}")
    return body


def _of_return(fact: Fact) -> dict[str, Any]:
    """What a message about a return tells. The code of a store credit is not among it: messages are kept."""
    number = getattr(fact, "return_number", "")
    return {"returned": return_view(number)} if number else {}


def _attempts(order: OrderView) -> list[payments.AttemptView]:
    known = orders.id_of(order.number)
    return payments.attempts(known) if known is not None else []


def _set(message_id: str, **values: Any) -> None:
    with unit_of_work() as session:
        row = _row(session, message_id)
        for name, value in values.items():
            setattr(row, name, value)


def _row(session: Session, message_id: str) -> Message:
    row = session.get(Message, message_id)
    if row is None:
        raise MessageNotFound(message_id)
    return row


def _notifier(provider: Provider) -> Notifier:
    if not isinstance(provider, Notifier):
        raise TypeError(f"{provider!r} is no notifier")
    return provider
