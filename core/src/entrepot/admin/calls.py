"""The latest calls to a provider, from the call record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from entrepot.engine.models import ProviderCall
from entrepot.storage.session import reader

MOST = 15


@dataclass(frozen=True)
class CallRow:
    """``outcome`` is "ok" or the code of a provider's error."""

    operation: str
    at: datetime
    milliseconds: int
    outcome: str
    error: str


def latest_calls(account_id: str) -> list[CallRow]:
    """Newest first."""
    query = (
        select(
            ProviderCall.operation,
            ProviderCall.at,
            ProviderCall.milliseconds,
            ProviderCall.outcome,
            ProviderCall.error,
        )
        .where(ProviderCall.account_id == account_id)
        .order_by(ProviderCall.id.desc())
        .limit(MOST)
    )
    return [CallRow(*row) for row in reader().execute(query)]
