"""Issuing documents: an invoice when an order is paid and shipped, a credit note for whatever is given back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from entrepot.documents import series
from entrepot.documents.content import (
    Content,
    Item,
    amount_item,
    corrections,
    invoice_items,
    legal_entity,
    number_of,
    parties,
)
from entrepot.documents.models import Document, Order, OrderEdit, PaymentAttempt, Refund
from entrepot.engine.runtime import Runtime
from entrepot.kernel.ids import new_id
from entrepot.kernel.money import Money
from entrepot.markets.queries import StoreView, store
from entrepot.orders.service import note
from entrepot.pricing.frozen import from_json
from entrepot.sdk.facts import FACTS, Fact, OrderEdited, OrderFact, ParcelShipped, PaymentCaptured, PaymentRefunded
from entrepot.storage.session import reader, unit_of_work

#: Refunds with such a key are documented by the return that caused them.
RETURN_KEY = "return-"
#: And refunds with such a key by the edit that caused them.
EDIT_KEY = "edit-"
_FACTS = (PaymentCaptured, ParcelShipped, PaymentRefunded, OrderEdited)


@dataclass(frozen=True)
class Draft:
    """A document that has no number yet."""

    kind: str
    order_id: int
    source: str
    locale: str
    content: Content


def handles(kind: str) -> bool:
    """Facts after which an invoice or a credit note may be due."""
    return issubclass(FACTS[kind], _FACTS)


def deliver(runtime: Runtime, fact: Fact) -> None:
    """Consumer of the outbox. Safe to repeat."""
    if isinstance(fact, OrderFact):
        issue_due(runtime, fact.order_number)


def issue_due(runtime: Runtime, order_number: str) -> None:
    """Issue what is due by now: the invoice, what edits changed since, a credit note per refund. Idempotent."""
    order = reader().scalars(select(Order).where(Order.number == order_number)).one_or_none()
    if order is None or not (_invoiced(order.id) or _invoice_is_due(store(), order)):
        return
    issue_invoice(runtime, order)
    _issue_corrections(runtime, order)
    for refund in _refunds(order.id):
        _credit_refund(runtime, order, refund)


def issue_invoice(runtime: Runtime, order: Order) -> str:
    """The invoice's number; the first call issues it."""
    quote = from_json(order.quote)
    content = Content(**_parties(order), order_number=order.number, items=invoice_items(quote))
    return issue(runtime, Draft("invoice", order.id, f"invoice {order.id}", order.locale, content))


def issue_credit_note(runtime: Runtime, order: Order, *, source: str, items: Sequence[Item], reason: str) -> str:
    """The credit note's number; the invoice it corrects is issued before it when there is none yet."""
    invoice = issue_invoice(runtime, order)
    content = Content(
        **_parties(order), order_number=order.number, items=tuple(items), refers_to=invoice, reason=reason
    )
    return issue(runtime, Draft("credit_note", order.id, source, order.locale, content))


def issue(runtime: Runtime, draft: Draft) -> str:
    """Give the document the next number of its series, in a short transaction of its own; the same source keeps its
    number. An abort gives the number back."""
    known = _number(reader(), draft.source)
    if known is not None:
        return known
    shop = store()
    now = runtime.clock.now()
    entity = legal_entity(shop.settings, shop.name)
    year = now.astimezone(ZoneInfo(str(shop.settings.get("time_zone") or "UTC"))).year
    with unit_of_work() as session:
        counter = series.locked(session, entity, draft.kind, year)
        known = _number(session, draft.source)
        if known is not None:
            return known
        counter.last += 1
        number = number_of(draft.kind, year, counter.last, shop.settings.get("document_prefixes") or {})
        session.add(
            Document(
                id=new_id(),
                legal_entity=entity,
                kind=draft.kind,
                year=year,
                position=counter.last,
                number=number,
                order_id=draft.order_id,
                source=draft.source,
                issued_at=now,
                locale=draft.locale,
                currency=draft.content.gross.currency,
                total=draft.content.gross.minor,
                content=draft.content.to_json(),
            )
        )
        note(session, runtime, draft.order_id, "system", f"{draft.kind}_issued", number=number)
        return number


def _invoice_is_due(shop: StoreView, order: Order) -> bool:
    """Setting ``invoice_when``: "shipped" (paid and on its way, the default) or "paid"."""
    if order.payment_state not in ("paid", "part_refunded", "refunded") or order.cancelled_at is not None:
        return False
    return shop.settings.get("invoice_when") == "paid" or order.fulfilment_state in ("shipped", "delivered")


def _invoiced(order_id: int) -> bool:
    return _number(reader(), f"invoice {order_id}") is not None


def _number(session: Session, source: str) -> str | None:
    return session.scalar(select(Document.number).where(Document.source == source))


def _issue_corrections(runtime: Runtime, order: Order) -> None:
    """What an edit changed after the invoice: a supplementary invoice for more, a credit note for less."""
    edits = select(OrderEdit).where(OrderEdit.order_id == order.id).order_by(OrderEdit.at.desc(), OrderEdit.id.desc())
    edit = reader().scalars(edits.limit(1)).one_or_none()
    if edit is None:
        return
    more, less = corrections(_documented(order.id), invoice_items(from_json(order.quote)))
    if less:
        issue_credit_note(runtime, order, source=f"edit {edit.id} less", items=less, reason=edit.reason)
    if more:
        refers_to = issue_invoice(runtime, order)
        content = Content(
            **_parties(order), order_number=order.number, items=more, refers_to=refers_to, reason=edit.reason
        )
        issue(runtime, Draft("invoice", order.id, f"edit {edit.id} more", order.locale, content))


def _documented(order_id: int) -> list[Item]:
    """What the invoice and the corrections after edits say together."""
    of_sale = (Document.source == f"invoice {order_id}") | Document.source.like("edit %")
    items = []
    for document in reader().scalars(select(Document).where(Document.order_id == order_id, of_sale)):
        sign = -1 if document.kind == "credit_note" else 1
        for item in Content.from_json(document.content).items:
            items.append(replace(item, quantity=item.quantity * sign, net=item.net * sign, tax=item.tax * sign))
    return items


def _refunds(order_id: int) -> Sequence[Refund]:
    """Refunds that have left and that neither a return nor an edit documents."""
    attempts = select(PaymentAttempt.id).where(PaymentAttempt.order_id == order_id)
    query = select(Refund).where(Refund.attempt_id.in_(attempts), Refund.state == "done").order_by(Refund.id)
    return [
        refund for refund in reader().scalars(query) if not refund.idempotency_key.startswith((RETURN_KEY, EDIT_KEY))
    ]


def _credit_refund(runtime: Runtime, order: Order, refund: Refund) -> None:
    item = amount_item(from_json(order.quote), Money(refund.amount, refund.currency))
    issue_credit_note(runtime, order, source=f"refund {refund.id}", items=[item], reason=refund.reason)


def _parties(order: Order) -> dict[str, Any]:
    shop = store()
    return parties(shop.settings, shop.name, order.billing_address)
