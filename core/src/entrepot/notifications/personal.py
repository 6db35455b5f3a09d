"""What the log of messages holds about a person."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from entrepot.kernel.clock import Clock
from entrepot.notifications.models import Message
from entrepot.storage.session import reader


def export(email: str) -> list[dict[str, Any]]:
    """Every message to this address, as plain values."""
    columns = select(Message.kind, Message.subject, Message.body, Message.created_at)
    rows = reader().execute(columns.where(func.lower(Message.recipient) == email).order_by(Message.id))
    return [{**row._mapping, "created_at": row.created_at.isoformat()} for row in rows]


def erase(session: Session, email: str, alias: str, clock: Clock) -> None:
    """That something was sent stays known; to whom and what it said does not."""
    session.execute(
        update(Message)
        .where(func.lower(Message.recipient) == email)
        .values(recipient=alias, subject="", body="")
        .execution_options(synchronize_session=False)
    )
