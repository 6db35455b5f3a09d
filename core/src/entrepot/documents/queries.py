"""Reading documents: the list beside an order, and one as it is printed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from entrepot.documents.content import Content
from entrepot.documents.models import Document
from entrepot.kernel.money import Money
from entrepot.orders.models import Order
from entrepot.storage.session import reader


@dataclass(frozen=True)
class DocumentRow:
    kind: str
    number: str
    issued_at: datetime
    total: Money


@dataclass(frozen=True)
class DocumentView:
    """Everything that is printed."""

    kind: str
    number: str
    issued_at: datetime
    locale: str
    content: Content


def documents_of(order_id: int) -> tuple[DocumentRow, ...]:
    """The order's documents, oldest first."""
    columns = select(Document.kind, Document.number, Document.issued_at, Document.total, Document.currency)
    rows = reader().execute(columns.where(Document.order_id == order_id).order_by(Document.id))
    return tuple(DocumentRow(row.kind, row.number, row.issued_at, Money(row.total, row.currency)) for row in rows)


def document_of(order_number: str, number: str) -> DocumentView | None:
    """One document of one order; None when there is none."""
    query = (
        select(Document)
        .join(Order, Order.id == Document.order_id)
        .where(Order.number == order_number, Document.number == number)
    )
    row = reader().scalars(query).first()
    if row is None:
        return None
    return DocumentView(row.kind, row.number, row.issued_at, row.locale, Content.from_json(row.content))
