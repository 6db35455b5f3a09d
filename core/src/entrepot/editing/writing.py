"""Writing an edit inside one transaction: lines, stock, fulfilments, ledger, timeline, fact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from entrepot.editing.models import Order, OrderEdit, OrderLine
from entrepot.editing.repricing import Part, Repriced
from entrepot.editing.rules import Edit, KnownAttempt, MoneyPlan
from entrepot.engine.runtime import Runtime
from entrepot.inventory import allocation, reservations
from entrepot.kernel.ids import new_id
from entrepot.kernel.money import Money
from entrepot.ledger import service as ledger
from entrepot.markets.queries import known_store
from entrepot.orders.fulfilment import project
from entrepot.orders.planning import Part as Place
from entrepot.orders.planning import plan_fulfilments, take_out
from entrepot.orders.service import CARDS_DUE, line_values, note, sold_as_cards
from entrepot.payments import rules as payment_rules
from entrepot.pricing.frozen import from_json, to_json
from entrepot.pricing.rules import Quote, QuoteLine
from entrepot.sdk.facts import OrderEdited
from entrepot.storage.outbox import record


@dataclass(frozen=True)
class Draft:
    """An edit that was agreed to, and by whom; nothing of it is written yet."""

    id: str
    edit: Edit
    repriced: Repriced
    money: MoneyPlan
    actor: str
    key: str
    digest: str


def write(session: Session, runtime: Runtime, order: Order, attempts: Sequence[KnownAttempt], draft: Draft) -> None:
    """Everything but the refunds; ``order`` is locked. Raises inventory's OutOfStock, and nothing is written then."""
    before = from_json(order.quote)
    quote = draft.repriced.quote
    session.add(_edit_row(runtime, order, before, draft))
    charged_before = Money(order.charged, order.currency)
    line_ids = _write_lines(session, runtime, order, draft)
    order.quote, order.total, order.charged = to_json(quote), quote.total.minor, draft.money.charged.minor
    order.shipping_account_id = quote.shipping.account_id if quote.shipping else ""
    if draft.edit.address is not None:
        order.shipping_address = draft.edit.address.as_dict()
    states = [each.state for each in attempts]
    order.payment_state = payment_rules.payment_state(draft.money.charged, states)
    project(session, order)
    _keep_stock(session, order, line_ids)
    _book(session, runtime, order, before, draft, charged_before=charged_before)
    _tell(session, runtime, order, before, draft, states)


def _edit_row(runtime: Runtime, order: Order, before: Quote, draft: Draft) -> OrderEdit:
    return OrderEdit(
        id=draft.id,
        order_id=order.id,
        at=runtime.clock.now(),
        actor=draft.actor,
        reason=draft.edit.reason,
        difference=(draft.repriced.quote.total - before.total).minor,
        differences=[row.to_json() for row in draft.repriced.differences],
        money=draft.money.to_json(),
        quote_before=order.quote,
        address_before=order.shipping_address,
        idempotency_key=draft.key,
        request_digest=draft.digest,
    )


def _write_lines(session: Session, runtime: Runtime, order: Order, draft: Draft) -> list[str]:
    """Lines, their stock and their fulfilments; the ids of all lines that are left."""
    priced = iter(draft.repriced.quote.lines)
    moved: list[str] = [part.id for part in draft.repriced.parts if part.id and _is_moved(part)]
    open_ones = take_out(session, order.id, moved) if moved else _open_fulfilments(session, order)
    reservations.release(session, runtime, order_line_ids=moved)
    wanted: list[tuple[str, QuoteLine]] = []
    line_ids: list[str] = []
    for part in draft.repriced.parts:
        if part.edited is None:
            session.execute(delete(OrderLine).where(OrderLine.id == part.id))
            continue
        line = next(priced)
        id = part.id or new_id()
        values = line_values(line, len(line_ids))
        line_ids.append(id)
        if part.id:
            row = session.get_one(OrderLine, id)
            for name, value in values.items():
                setattr(row, name, value if name != "variant_id" else row.variant_id)
        else:
            session.execute(insert(OrderLine), [{"id": id, "order_id": order.id, **values}])
        if _is_moved(part):
            wanted.append((id, line))
    session.flush()
    _allocate(session, runtime, order, wanted, open_ones)
    return line_ids


def _is_moved(part: Part) -> bool:
    """Whether the stock that is held for the line changes."""
    return part.bought is None or part.edited is None or part.bought.quantity != part.edited.quantity


def _open_fulfilments(session: Session, order: Order) -> dict[Place, str]:
    return take_out(session, order.id, [])


def _allocate(
    session: Session,
    runtime: Runtime,
    order: Order,
    wanted: Sequence[tuple[str, QuoteLine]],
    open_ones: dict[Place, str],
) -> None:
    if not wanted:
        return
    allocated = allocation.allocate(
        session,
        runtime,
        lines=[(id, line.variant_id, line.quantity) for id, line in wanted],
        expires_at=order.hold_until,
        destination=str(order.shipping_address.get("country", "")),
        strategy=allocation.strategy_named(known_store().settings.get("allocation_strategy")),
    )
    pieces = [(id, line.quantity, line.shipment) for id, line in wanted]
    plan_fulfilments(session, runtime, order.id, pieces, allocated.held, open_ones=open_ones)
    if allocated.reasons:
        note(session, runtime, order.id, "system", "allocated", why=" ".join(allocated.reasons))


def _keep_stock(session: Session, order: Order, line_ids: Sequence[str]) -> None:
    """Of an order for which money is certain nothing lapses, also while a difference is still owed."""
    if order.payment_state != "unpaid":
        reservations.confirm(session, order_line_ids=line_ids)


def _book(
    session: Session, runtime: Runtime, order: Order, before: Quote, draft: Draft, *, charged_before: Money
) -> None:
    """What the buyer owes more or less; what was paid and is not owed any more is owed to the buyer."""
    after = draft.repriced.quote
    owed = draft.money.charged - charged_before
    cards = sold_as_cards(before) - sold_as_cards(after)
    ledger.book(
        session,
        order_id=order.id,
        kind="edit",
        source=f"edit {draft.id}",
        at=runtime.clock.now(),
        postings=[
            ("receivable", owed),
            ("refunds", after.total - before.total - owed),
            ("revenue", before.net_goods - after.net_goods - cards),
            (CARDS_DUE, cards),
            ("shipping", before.net_shipping - after.net_shipping),
            ("tax", before.tax - after.tax),
            ("duties", _duties(before) - _duties(after)),
        ],
    )


def _tell(
    session: Session,
    runtime: Runtime,
    order: Order,
    before: Quote,
    draft: Draft,
    states: Sequence[payment_rules.AttemptState],
) -> None:
    difference = draft.repriced.quote.total - before.total
    note(session, runtime, order.id, draft.actor, "edited", reason=draft.edit.reason, difference=str(difference))
    record(
        session,
        runtime.clock,
        OrderEdited,
        order_number=order.number,
        edit_id=draft.id,
        difference=difference,
        total=draft.repriced.quote.total,
        owing=payment_rules.owing(draft.money.charged, states),
        reason=draft.edit.reason,
    )


def _duties(quote: Quote) -> Money:
    return quote.total - quote.net_goods - quote.net_shipping - quote.tax
