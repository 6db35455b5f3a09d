"""Reading credits: by code at checkout, by list and one by one in the back office."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, exists, or_, select
from sqlalchemy.orm import Session, aliased

from entrepot.credit import rules
from entrepot.credit.errors import CreditNotFound, CreditRefused
from entrepot.credit.models import Credit, CreditMovement
from entrepot.kernel.money import Money
from entrepot.storage.session import reader

PAGE = 50


@dataclass(frozen=True)
class CreditView:
    """``state`` is active, empty, expired or blocked."""

    id: str
    kind: str
    code_end: str
    issued: Money
    balance: Money
    state: str
    expires_at: datetime | None
    email: str
    reason: str
    issued_at: datetime
    issued_by: str

    @property
    def label(self) -> str:
        return f"•••• {self.code_end}"


@dataclass(frozen=True)
class SoldCard:
    """A gift card that an order's line sold."""

    id: str
    line_id: str
    code_end: str
    issued: Money
    balance: Money
    voided: bool
    expires_at: datetime | None

    @property
    def state(self) -> str:
        """``unused``, ``used`` or ``taken_back``."""
        return "taken_back" if self.voided else "unused" if self.balance == self.issued else "used"


@dataclass(frozen=True)
class MovementView:
    kind: str
    amount: Money
    at: datetime
    actor: str
    order_id: int | None


def usable(code: str, currency: str, now: datetime) -> rules.Usable:
    """The credit with this code; raises CreditRefused with the reason when it cannot pay in the currency now."""
    row = reader().execute(select(Credit.__table__).where(Credit.code_digest == rules.digest(code))).one_or_none()
    if row is None:
        raise CreditRefused("unknown")
    state = _state(row, now)
    if state != "active":
        raise CreditRefused(state, end=row.code_end)
    if row.currency != currency:
        raise CreditRefused("currency", end=row.code_end, currency=row.currency)
    return _usable(row)


def due(credit_ids: Collection[str], amount: Money, now: datetime) -> rules.Due:
    """What these credits pay of the amount as things are now. Without credits nothing is asked of the database."""
    if not credit_ids:
        return rules.Due((), amount)
    rows = reader().execute(select(Credit.__table__).where(Credit.id.in_(list(credit_ids)))).all()
    return rules.share([_usable(row) for row in rows if _state(row, now) == "active"], amount)


def credit_view(credit_id: str, now: datetime) -> CreditView:
    """One credit; raises CreditNotFound."""
    row = reader().execute(select(Credit.__table__).where(Credit.id == credit_id)).one_or_none()
    if row is None:
        raise CreditNotFound(credit_id)
    return _view(row, now)


def views(credit_ids: Collection[str], now: datetime) -> tuple[CreditView, ...]:
    """These credits, in the order in which they were asked for; unknown ones are left out."""
    if not credit_ids:
        return ()
    rows = {row.id: row for row in reader().execute(select(Credit.__table__).where(Credit.id.in_(list(credit_ids))))}
    return tuple(_view(rows[id], now) for id in credit_ids if id in rows)


def credit_list(now: datetime, *, q: str = "", limit: int = PAGE) -> tuple[CreditView, ...]:
    """Newest first; ``q`` is a whole code, its last four characters, or an e-mail address."""
    query = select(Credit.__table__).order_by(Credit.id.desc()).limit(limit)
    if q.strip():
        query = query.where(_matches(q.strip()))
    return tuple(_view(row, now) for row in reader().execute(query))


def movements(credit_id: str) -> Sequence[MovementView]:
    """Everything that happened to the credit, oldest first."""
    query = (
        select(CreditMovement, Credit.currency)
        .join(Credit, Credit.id == CreditMovement.credit_id)
        .where(CreditMovement.credit_id == credit_id)
        .order_by(CreditMovement.id)
    )
    return [
        MovementView(row.kind, Money(row.amount, currency), row.at, row.actor, row.order_id)
        for row, currency in reader().execute(query)
    ]


def sold_cards(session: Session, order_id: int) -> tuple[SoldCard, ...]:
    """The gift cards that the order sold, in the order of their making."""
    return tuple(
        SoldCard(
            id=row.id,
            line_id=rules.line_of(row.idempotency_key),
            code_end=row.code_end,
            issued=Money(row.issued, row.currency),
            balance=Money(row.balance, row.currency),
            voided=row.voided,
            expires_at=row.expires_at,
        )
        for row in session.execute(_sold(), {"order": order_id})
    )


@cache
def _sold() -> Select[Any]:
    """Built once: every page of an order asks it, and most orders sold none."""
    void = aliased(CreditMovement)
    voided = exists().where(void.credit_id == Credit.id, void.kind == "voided")
    return (
        select(Credit.__table__, voided.label("voided"))
        .join(CreditMovement, CreditMovement.credit_id == Credit.id)
        .where(CreditMovement.order_id == bindparam("order"), CreditMovement.kind == "issued")
        .where(Credit.idempotency_key.startswith(rules.SOLD))
        .order_by(Credit.id)
    )


def sold_card(session: Session, order_id: int, credit_id: str) -> SoldCard:
    """One of them; raises CreditNotFound."""
    for card in sold_cards(session, order_id):
        if card.id == credit_id:
            return card
    raise CreditNotFound(credit_id)


def sold_and_valid(session: Session, order_id: int) -> int:
    """Minor units of what the order sold as gift cards and did not take back."""
    return sum(card.issued.minor for card in sold_cards(session, order_id) if not card.voided)


def _matches(q: str) -> ColumnElement[bool]:
    return or_(
        Credit.code_digest == rules.digest(q), Credit.code_end == rules.written(q)[-4:], Credit.email == q.lower()
    )


def _state(row: Any, now: datetime) -> str:
    if row.blocked:
        return "blocked"
    if row.expires_at is not None and row.expires_at <= now:
        return "expired"
    return "active" if row.balance else "empty"


def _usable(row: Any) -> rules.Usable:
    return rules.Usable(row.id, row.kind, row.code_end, Money(row.balance, row.currency), row.expires_at)


def _view(row: Any, now: datetime) -> CreditView:
    return CreditView(
        id=row.id,
        kind=row.kind,
        code_end=row.code_end,
        issued=Money(row.issued, row.currency),
        balance=Money(row.balance, row.currency),
        state=_state(row, now),
        expires_at=row.expires_at,
        email=row.email,
        reason=row.reason,
        issued_at=row.issued_at,
        issued_by=row.issued_by,
    )
