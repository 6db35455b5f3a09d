"""Issuing, blocking and expiring credits. Spending one is part of placing an order: see ``spending``."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from entrepot.credit import rules
from entrepot.credit.errors import CardUsed, CreditError, CreditNotFound, NothingToIssue
from entrepot.credit.models import Credit, CreditMovement
from entrepot.engine.runtime import Runtime
from entrepot.kernel.ids import new_id
from entrepot.kernel.money import Money
from entrepot.ledger import service as ledger
from entrepot.markets.queries import store
from entrepot.sdk.facts import CreditIssued
from entrepot.storage.outbox import record
from entrepot.storage.secrets import SecretsBox
from entrepot.storage.session import reader, unit_of_work

#: What pays for a credit: the shop's good will, or money that came in by another way.
SOURCES = ("goodwill", "bank")


@dataclass(frozen=True)
class Issue:
    """What is to be issued. ``paid_from`` is one of SOURCES; empty where the caller books the other side itself.

    ``expires_at`` defaults to the store's setting for the kind.
    """

    kind: str
    amount: Money
    idempotency_key: str
    reason: str = ""
    email: str = ""
    paid_from: str = "goodwill"
    expires_at: datetime | None = None
    order_id: int | None = None


def issue(runtime: Runtime, asked: Issue, *, actor: str) -> str:
    """Make a credit; its id. The same key gives the same credit. Joins an open unit of work."""
    if asked.amount.minor <= 0:
        raise NothingToIssue(asked.amount)
    if asked.kind not in rules.KINDS or asked.paid_from not in ("", *SOURCES):
        raise CreditError("Choose a gift card or store credit, and what pays for it.")
    with unit_of_work() as session:
        known = session.scalars(select(Credit).where(Credit.idempotency_key == asked.idempotency_key)).one_or_none()
        if known is not None:
            return _same(known, asked)
        credit = _new(runtime, asked, actor)
        session.add(credit)
        session.flush()
        move(session, credit, "issued", asked.amount.minor, f"issue {credit.id}", runtime, actor, asked.order_id)
        if asked.paid_from:
            owed = [(asked.paid_from, asked.amount), (rules.ACCOUNTS[asked.kind], -asked.amount)]
            now = runtime.clock.now()
            ledger.book(
                session, order_id=asked.order_id, kind="credit", source=f"issue {credit.id}", at=now, postings=owed
            )
        record(session, runtime.clock, CreditIssued, credit_id=credit.id, credit_kind=asked.kind, amount=asked.amount)
        return credit.id


def void(session: Session, runtime: Runtime, credit_id: str, *, order_id: int, actor: str) -> None:
    """Take back a credit that nobody has used; the caller books it. Raises CardUsed. Joins the caller's transaction.

    One conditional statement: whoever spends it at the same moment, one of the two is refused.
    """
    taken = session.execute(
        update(Credit)
        .where(Credit.id == credit_id, Credit.balance == Credit.issued)
        .values(balance=0, blocked=True)
        .returning(Credit.id)
    ).one_or_none()
    credit = session.get_one(Credit, credit_id, populate_existing=True)
    issued = Money(credit.issued, credit.currency)
    if taken is None:
        raise CardUsed(credit.code_end, spent=issued - Money(credit.balance, credit.currency), issued=issued)
    move(session, credit, "voided", -credit.issued, f"void {credit_id}", runtime, actor, order_id)


def block(runtime: Runtime, credit_id: str, *, blocked: bool) -> None:
    """Stop a credit, or let it be spent again. The balance stays. Idempotent."""
    with unit_of_work() as session:
        changed = session.execute(
            update(Credit).where(Credit.id == credit_id).values(blocked=blocked).returning(Credit.id)
        ).one_or_none()
        if changed is None:
            raise CreditNotFound(credit_id)


def expire(runtime: Runtime, *, limit: int = 500) -> int:
    """Take what has expired out of the books, as income from credits that nobody spent. Returns how many."""
    now = runtime.clock.now()
    over = select(Credit.id).where(Credit.expires_at <= now, Credit.balance > 0).order_by(Credit.id).limit(limit)
    expired = list(reader().scalars(over))
    for credit_id in expired:
        with unit_of_work() as session:
            _expire(session, runtime, credit_id, now)
    return len(expired)


def code_of(runtime: Runtime, credit_id: str) -> str:
    """The code as its owner reads it; raises CreditNotFound."""
    row = reader().execute(select(Credit.sealed_with, Credit.sealed_code).where(Credit.id == credit_id)).one_or_none()
    if row is None:
        raise CreditNotFound(credit_id)
    return rules.grouped(str(_box(runtime).open(row.sealed_with, row.sealed_code)["code"]))


def move(
    session: Session,
    credit: Credit,
    kind: str,
    amount: int,
    source: str,
    runtime: Runtime,
    actor: str,
    order_id: int | None,
) -> None:
    """Append a movement; the balance is the caller's to change in the same transaction."""
    at = runtime.clock.now()
    session.add(
        CreditMovement(
            credit_id=credit.id, kind=kind, amount=amount, at=at, actor=actor[:120], order_id=order_id, source=source
        )
    )


def _new(runtime: Runtime, asked: Issue, actor: str) -> Credit:
    code = "".join(secrets.choice(rules.ALPHABET) for _ in range(rules.CODE_LENGTH))
    now = runtime.clock.now()
    sealed_with, sealed = _box(runtime).seal({"code": code})
    return Credit(
        id=new_id(),
        kind=asked.kind,
        code_digest=rules.digest(code),
        code_end=code[-4:],
        sealed_with=sealed_with,
        sealed_code=sealed,
        currency=asked.amount.currency,
        issued=asked.amount.minor,
        balance=asked.amount.minor,
        expires_at=asked.expires_at or rules.expiry(store().settings, asked.kind, now),
        email=asked.email.strip().lower(),
        reason=asked.reason.strip()[:500],
        issued_at=now,
        issued_by=actor[:120],
        idempotency_key=asked.idempotency_key,
    )


def _same(known: Credit, asked: Issue) -> str:
    if (known.kind, known.issued, known.currency) != (asked.kind, asked.amount.minor, asked.amount.currency):
        raise CreditError("This request was sent before with other contents. Reload the page and try again.")
    return known.id


def _expire(session: Session, runtime: Runtime, credit_id: str, now: datetime) -> None:
    query = select(Credit).where(Credit.id == credit_id).with_for_update().execution_options(populate_existing=True)
    credit = session.scalars(query).one()
    if credit.balance == 0 or credit.expires_at is None or credit.expires_at > now:
        return
    lost = Money(credit.balance, credit.currency)
    count = session.query(CreditMovement).where(CreditMovement.credit_id == credit_id).count()
    source = f"expire {credit_id} {count}"
    credit.balance = 0
    move(session, credit, "expired", -lost.minor, source, runtime, "system", None)
    postings = [(rules.ACCOUNTS[credit.kind], lost), ("breakage", -lost)]
    ledger.book(session, order_id=None, kind="credit_expired", source=source, at=now, postings=postings)


def _box(runtime: Runtime) -> SecretsBox:
    return SecretsBox(list(runtime.settings.secrets_keys))
