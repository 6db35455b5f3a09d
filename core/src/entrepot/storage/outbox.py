"""Recording facts in the open transaction."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy.orm import Session

from entrepot.kernel.clock import Clock
from entrepot.kernel.ids import new_id
from entrepot.sdk.facts import Fact
from entrepot.storage.models import FactRow

AnyFact = TypeVar("AnyFact", bound=Fact)


def record(session: Session, clock: Clock, fact_type: type[AnyFact], **values: Any) -> AnyFact:
    """Append a fact to the outbox; it becomes visible with the transaction's commit and never without it."""
    fact = fact_type(id=new_id(), at=clock.now(), **values)
    session.add(FactRow(id=fact.id, kind=fact.kind, at=fact.at, payload=fact.payload()))
    return fact
