"""Rows of the message log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select

from entrepot.notifications.models import Message
from entrepot.storage.session import reader

PAGE = 50


@dataclass(frozen=True)
class MessageRow:
    id: str
    kind: str
    recipient: str
    locale: str
    order_number: str
    state: str
    subject: str
    error: str
    created_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True)
class MessagePage:
    rows: tuple[MessageRow, ...]
    next_cursor: str


@dataclass(frozen=True)
class MessageText:
    """One message with its text and the account that sends it."""

    row: MessageRow
    body: str
    account_id: str
    reference: str


def messages_of_order(number: str) -> list[MessageRow]:
    """Oldest first."""
    return [_row(row) for row in reader().execute(_rows().where(Message.order_number == number).order_by(Message.id))]


def message_list(*, state: str = "", cursor: str = "", limit: int = PAGE) -> MessagePage:
    """Newest first: ids sort by the time they were made."""
    query = _rows().order_by(Message.id.desc())
    if state:
        query = query.where(Message.state == state)
    if cursor:
        query = query.where(Message.id < cursor)
    rows = reader().execute(query.limit(limit + 1)).all()
    return MessagePage(tuple(_row(row) for row in rows[:limit]), rows[limit - 1].id if len(rows) > limit else "")


def message_text(message_id: str) -> MessageText | None:
    columns = _rows().add_columns(Message.body, Message.account_id, Message.reference)
    row = reader().execute(columns.where(Message.id == message_id)).one_or_none()
    return MessageText(_row(row), row.body, row.account_id, row.reference) if row is not None else None


def _rows() -> Select[*tuple[Any, ...]]:
    return select(
        Message.id,
        Message.kind,
        Message.recipient,
        Message.locale,
        Message.order_number,
        Message.state,
        Message.subject,
        Message.error,
        Message.created_at,
        Message.sent_at,
    )


def _row(row: Row[Any]) -> MessageRow:
    return MessageRow(
        id=row.id,
        kind=row.kind,
        recipient=row.recipient,
        locale=row.locale,
        order_number=row.order_number,
        state=row.state,
        subject=row.subject,
        error=row.error,
        created_at=row.created_at,
        sent_at=row.sent_at,
    )
