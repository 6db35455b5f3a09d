"""Orders: made once from a quote, cancelled with everything that follows."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from entrepot.credit.queries import sold_and_valid
from entrepot.engine.runtime import Runtime
from entrepot.inventory import allocation, reservations
from entrepot.kernel.address import Address
from entrepot.kernel.ids import new_id, new_token, order_number
from entrepot.kernel.money import Money, total
from entrepot.kernel.texts import folded_email
from entrepot.ledger import service as ledger
from entrepot.markets.queries import known_store
from entrepot.orders import finding, rules
from entrepot.orders.errors import NotAllowed, OrderError, OrderNotFound
from entrepot.orders.models import Fulfilment, Order, OrderEvent, OrderLine
from entrepot.orders.models import Sequence as Counter
from entrepot.orders.planning import plan_fulfilments
from entrepot.payments import own, refunds
from entrepot.payments import queries as payment_queries
from entrepot.payments import service as payments
from entrepot.pricing import redemptions
from entrepot.pricing.frozen import to_json
from entrepot.pricing.rules import Quote, QuoteLine
from entrepot.sdk.errors import EntrepotError
from entrepot.sdk.facts import OrderCancelled, OrderPlaced
from entrepot.sdk.tax import GIFT_CARD
from entrepot.storage.outbox import record
from entrepot.storage.session import append_at_end, insert_row, insert_rows, reader, unit_of_work

FIRST_NUMBER = 1000
#: The ledger's account of gift cards that are sold and not issued yet.
CARDS_DUE = "gift_cards_due"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OrderRef:
    """A placed order, named three ways."""

    id: int
    number: str
    token: str


@dataclass(frozen=True)
class Placement:
    """Who orders, where it goes, and the key that makes the request repeatable."""

    email: str
    shipping_address: Address
    billing_address: Address
    idempotency_key: str
    request_digest: str
    hold_until: datetime
    channel: str = "shop"
    external_id: str | None = None
    number_prefix: str = ""
    #: The warehouse that keeps exactly these goods already; None: allocation chooses.
    held_at: int | None = None
    actor: str = "buyer"
    #: When it was placed elsewhere; None: now.
    placed_at: datetime | None = None
    #: What the buyer was promised, with its version.
    policies: Mapping[str, Any] = field(default_factory=dict)


def create_order(session: Session, runtime: Runtime, quote: Quote, placement: Placement) -> OrderRef:
    """Turn a quote into an order inside the caller's transaction: stock, numbers, lines, ledger, fact.

    Raises inventory's OutOfStock; nothing is written then, because the caller's transaction ends.
    """
    line_ids = [new_id() for _ in quote.lines]
    allocated = allocation.allocate(
        session,
        runtime,
        only_at=placement.held_at,
        lines=[(id, line.variant_id, line.quantity) for id, line in zip(line_ids, quote.lines, strict=True)],
        expires_at=None if quote.total.is_zero else placement.hold_until,
        destination=placement.shipping_address.country,
        strategy=allocation.strategy_named(known_store().settings.get("allocation_strategy")),
    )
    order = _insert_order(session, runtime, quote, placement)
    insert_rows(session, OrderLine, _line_rows(order.id, quote, line_ids))
    pieces = [(id, line.quantity, line.shipment) for id, line in zip(line_ids, quote.lines, strict=True)]
    plan_fulfilments(session, runtime, order.id, pieces, allocated.held)
    _book_order(session, order.id, quote)
    note(session, runtime, order.id, placement.actor, "placed", total=str(quote.total), channel=placement.channel)
    if allocated.reasons:
        note(session, runtime, order.id, "system", "allocated", why=" ".join(allocated.reasons))
    record(
        session,
        runtime.clock,
        OrderPlaced,
        order_number=order.number,
        total=quote.total,
        market=quote.market,
        locale=quote.locale,
    )
    return order


def cancel(runtime: Runtime, number: str, *, reason: str, actor: str) -> None:
    """Cancel an order of which nothing has left: frees its stock and gives back or releases its money.

    Money that a provider cannot give back at this moment stays visible on the order as an open refund.
    """
    with unit_of_work() as session:
        order = lock(session, number)
        if order.cancelled_at is not None:
            return
        if sold_and_valid(session, order.id):
            raise NotAllowed.has_gift_cards(number)
        if order.fulfilment_state != "unfulfilled":
            raise NotAllowed.parcel_has_left(number)
        close(session, runtime, order, reason, actor)
        intended = intend_refunds(session, runtime, order.id, reason, actor)
    _give_back(runtime, order.id, intended, actor)


def cancel_unpaid(runtime: Runtime, *, limit: int = 100) -> int:
    """Cancel orders whose hold on the stock has run out without money. Returns how many."""
    numbers = (
        reader()
        .scalars(
            select(Order.number)
            .where(Order.status == "to_pay", Order.hold_until < runtime.clock.now())
            .order_by(Order.id)
            .limit(limit)
        )
        .all()
    )
    for number in numbers:
        with unit_of_work() as session:
            order = lock(session, number)
            if order.status == "to_pay" and not payment_queries.held_by_providers(session, order.id):
                close(session, runtime, order, "Not paid in time", "system")
                order.lapsed = True
    return len(numbers)


def note(session: Session, runtime: Runtime, order_id: int, actor: str, kind: str, **detail: str) -> None:
    """Append to the order's timeline."""
    row = {"order_id": order_id, "at": runtime.clock.now(), "actor": actor, "kind": kind, "detail": detail}
    append_at_end(session, OrderEvent, row)


def note_return_state(session: Session, runtime: Runtime, order_id: int, state: str, actor: str) -> None:
    """How the order's returns stand together, one of ``rules.RETURN_STATES``; told in the timeline when it changes.

    Called by the returns slice inside the transaction that changed a return; repeated: no change.
    """
    if state not in rules.RETURN_STATES:
        raise OrderError(f"'{state}' is no state of returns. Use one of {', '.join(rules.RETURN_STATES)}.")
    order = session.get_one(Order, order_id)
    if order.return_state == state:
        return
    note(session, runtime, order_id, actor, "return_state", before=order.return_state, after=state)
    order.return_state = state


def lock(session: Session, number: str) -> Order:
    """The order's row, held until the transaction ends."""
    query = select(Order).where(Order.number == number).with_for_update().execution_options(populate_existing=True)
    order = session.scalars(query).one_or_none()
    if order is None:
        raise OrderNotFound(number)
    return order


def refresh_status(order: Order) -> None:
    """Project the states beneath to the status that the buyer sees."""
    order.status = rules.status(state_of(order))


def state_of(order: Order) -> rules.OrderState:
    return rules.OrderState(
        payment=order.payment_state,
        fulfilment=order.fulfilment_state,
        cancelled=order.cancelled_at is not None,
        completed=order.completed_at is not None,
    )


def _insert_order(session: Session, runtime: Runtime, quote: Quote, placement: Placement) -> OrderRef:
    number = order_number(_next_number(session), placement.number_prefix)
    token, paid = new_token(), "paid" if quote.total.is_zero else "unpaid"
    values = {
        "number": number,
        "token": token,
        "idempotency_key": placement.idempotency_key,
        "request_digest": placement.request_digest,
        "status": rules.status(rules.OrderState(paid, "unfulfilled")),
        "payment_state": paid,
        "market": quote.market,
        "locale": quote.locale,
        "currency": quote.currency,
        "total": quote.total.minor,
        "email": folded_email(placement.email),
        "shipping_address": placement.shipping_address.as_dict(),
        "billing_address": placement.billing_address.as_dict(),
        "quote": to_json(quote),
        "policies": dict(placement.policies),
        "shipping_account_id": quote.shipping.account_id if quote.shipping else "",
        "channel": placement.channel,
        "external_id": placement.external_id,
        "hold_until": placement.hold_until,
        "placed_at": placement.placed_at or runtime.clock.now(),
    }
    ref = OrderRef(insert_row(session, Order, values), number, token)
    finding.remember(session, ref.id, number, placement.email, placement.shipping_address.name)
    return ref


def _next_number(session: Session) -> int:
    """The next number of the one counter; its row stays locked until the transaction ends."""
    value = session.connection().execute(_counting).scalar()
    if value is None:
        session.add(Counter(name="order", value=FIRST_NUMBER))
        session.flush()
        return FIRST_NUMBER
    return int(value)


_counter = Counter.__table__.c
_counting = (
    update(Counter.__table__)  # type: ignore[arg-type]  # a mapped class has a Table
    .where(_counter.name == "order")
    .values(value=_counter.value + 1)
    .returning(_counter.value)
)


def _line_rows(order_id: int, quote: Quote, line_ids: Sequence[str]) -> list[dict[str, object]]:
    return [
        {"id": line_id, "order_id": order_id, **line_values(line, position)}
        for position, (line_id, line) in enumerate(zip(line_ids, quote.lines, strict=True))
    ]


def line_values(line: QuoteLine, position: int) -> dict[str, object]:
    """The columns of an order's line that its quote decides."""
    return {
        "variant_id": line.variant_id,
        "position": position,
        "sku": line.sku,
        "name": line.name,
        "options": line.options,
        "quantity": line.quantity,
        "unit_price": line.unit_price.minor,
        "total": line.total.minor,
        "tax": line.tax.minor,
        "hs_code": line.hs_code,
        "origin_country": line.origin_country,
        "weight_g": line.weight_g,
        "image_path": line.image_path,
        "product_slug": line.product_slug,
        "gift_card": line.tax_category == GIFT_CARD,
    }


def _book_order(session: Session, order_id: int, quote: Quote) -> None:
    """What the buyer owes, against what it is owed for."""
    duties = quote.total - quote.net_goods - quote.net_shipping - quote.tax
    cards = sold_as_cards(quote)
    ledger.book(
        session,
        order_id=order_id,
        kind="order",
        source=f"order {order_id}",
        at=quote.created_at,
        postings=[
            ("receivable", quote.total),
            ("revenue", cards - quote.net_goods),
            (CARDS_DUE, -cards),
            ("shipping", -quote.net_shipping),
            ("tax", -quote.tax),
            ("duties", -duties),
        ],
    )


def sold_as_cards(quote: Quote) -> Money:
    """What is paid for gift cards: owed to who will hold them, no revenue."""
    return total((line.net for line in quote.lines if line.tax_category == GIFT_CARD), quote.currency)


def close(session: Session, runtime: Runtime, order: Order, reason: str, actor: str) -> None:
    """Cancel inside the open transaction: stock, fulfilments, ledger, status, fact."""
    lines = session.scalars(select(OrderLine).where(OrderLine.order_id == order.id)).all()
    reservations.release(session, runtime, order_line_ids=[line.id for line in lines])
    redemptions.release(session, order_id=order.id, at=runtime.clock.now())
    for line in lines:
        line.cancelled = line.quantity - line.shipped
    session.execute(update(Fulfilment).where(Fulfilment.order_id == order.id).values(state="cancelled"))
    order.cancelled_at = runtime.clock.now()
    refresh_status(order)
    open_amount = Money(order.charged, order.currency) - payment_queries.captured(session, order.id, order.currency)
    ledger.book(
        session,
        order_id=order.id,
        kind="cancellation",
        source=f"cancel {order.id} {order.cancelled_at.isoformat()}",
        at=runtime.clock.now(),
        postings=[("cancelled", open_amount), ("receivable", -open_amount)],
    )
    own.give_back(session, runtime, order_id=order.id, reason=reason, actor=actor)
    note(session, runtime, order.id, actor, "cancelled", reason=reason)
    record(session, runtime.clock, OrderCancelled, order_number=order.number, reason=reason)


def intend_refunds(session: Session, runtime: Runtime, order_id: int, reason: str, actor: str) -> list[str]:
    """Write down in the cancelling transaction what has to be given back: should the process die, the poll does it."""
    intended = []
    for attempt in payment_queries.attempts(order_id):
        left = attempt.refundable - Money(refunds.pending_amount(session, attempt.id), attempt.amount.currency)
        if left.minor > 0:
            intended.append(refunds.intend(runtime, attempt.id, left, reason, actor, f"cancel-{attempt.id}"))
    return intended


def _give_back(runtime: Runtime, order_id: int, intended: Sequence[str], actor: str) -> None:
    """After the commit: each provider is asked on its own, and one that fails does not hold up the others."""
    steps: list[Callable[[], object]] = [partial(refunds.send, runtime, refund_id) for refund_id in intended]
    steps += [
        partial(payments.give_up, runtime, attempt.id, actor=actor)
        for attempt in payment_queries.attempts(order_id)
        if attempt.state in ("authorized", "pending", "created", "unknown")
    ]
    for step in steps:
        try:
            step()
        except EntrepotError as error:
            _log.warning("Order %s: money was not given back or released: %s", order_id, error)
