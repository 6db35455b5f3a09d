"""Series of documents and the documents in them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from entrepot.orders.models import Order as Order
from entrepot.orders.models import OrderEdit as OrderEdit
from entrepot.payments.models import PaymentAttempt as PaymentAttempt
from entrepot.payments.models import Refund as Refund
from entrepot.storage.session import Model


class DocumentSeries(Model):
    """The last number given out per legal entity, kind and year."""

    __tablename__ = "document_series"

    legal_entity: Mapped[str] = mapped_column(String(120), primary_key=True)
    #: invoice or credit_note
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(default=0)

    __table_args__ = (CheckConstraint("last >= 0", name="last"),)


class Document(Model):
    """An issued document, never changed afterwards. ``source`` is unique: no event is documented twice."""

    __tablename__ = "document"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    legal_entity: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(20))
    year: Mapped[int]
    position: Mapped[int]
    number: Mapped[str] = mapped_column(String(60), index=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    source: Mapped[str] = mapped_column(String(120), unique=True)
    issued_at: Mapped[datetime]
    locale: Mapped[str] = mapped_column(String(12))
    currency: Mapped[str] = mapped_column(String(3))
    total: Mapped[int] = mapped_column(BigInteger)
    #: entrepot.documents.content.Content as JSON
    content: Mapped[dict[str, Any]]

    __table_args__ = (UniqueConstraint("legal_entity", "kind", "year", "position", name="uq_document_series"),)
