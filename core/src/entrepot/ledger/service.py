"""Booking: every entry sums to zero per currency and no event is booked twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from entrepot.kernel.money import Money
from entrepot.ledger.models import LedgerEntry, LedgerPosting, LedgerValuation
from entrepot.storage.session import insert_row, insert_rows, reader

Posting = tuple[str, Money]


class Unbalanced(AssertionError):
    """A programming error: the postings of an entry do not sum to zero."""


def book(
    session: Session, *, order_id: int | None, kind: str, source: str, at: datetime, postings: Sequence[Posting]
) -> None:
    """Append one entry. Debits are positive, credits negative. Postings of zero are left out."""
    balance: dict[str, int] = {}
    for _, amount in postings:
        balance[amount.currency] = balance.get(amount.currency, 0) + amount.minor
    if any(balance.values()):
        raise Unbalanced(f"{kind} {source}: {', '.join(f'{account} {amount}' for account, amount in postings)}")
    entry = {"order_id": order_id, "kind": kind, "source": source, "at": at}
    entry_id = insert_row(session, LedgerEntry, entry)
    rows = [
        {"entry_id": entry_id, "account": account, "amount": amount.minor, "currency": amount.currency}
        for account, amount in postings
        if amount.minor
    ]
    if rows:
        insert_rows(session, LedgerPosting, rows)


def order_postings(session: Session, order_id: int) -> list[tuple[datetime, str, str, Money]]:
    """(at, kind, account, amount) of everything booked for the order, oldest first."""
    rows = session.execute(
        select(LedgerEntry.at, LedgerEntry.kind, LedgerPosting.account, LedgerPosting.amount, LedgerPosting.currency)
        .join(LedgerPosting, LedgerPosting.entry_id == LedgerEntry.id)
        .where(LedgerEntry.order_id == order_id)
        .order_by(LedgerPosting.id)
    )
    return [(row.at, row.kind, row.account, Money(row.amount, row.currency)) for row in rows]


@dataclass(frozen=True)
class BookedPosting:
    """``worth`` is the amount in base currency by the stored rate ``rate_id``; None while no rate is known."""

    account: str
    amount: Money
    worth: Money | None
    rate_id: int | None


@dataclass(frozen=True)
class Booked:
    """One entry with its postings."""

    at: datetime
    kind: str
    postings: tuple[BookedPosting, ...]


def booked(order_id: int) -> list[Booked]:
    """Every entry of the order, oldest first."""
    query = (
        select(LedgerEntry.id, LedgerEntry.at, LedgerEntry.kind, LedgerPosting, LedgerValuation)
        .join(LedgerPosting, LedgerPosting.entry_id == LedgerEntry.id)
        .outerjoin(LedgerValuation, LedgerValuation.posting_id == LedgerPosting.id)
        .where(LedgerEntry.order_id == order_id)
        .order_by(LedgerEntry.at, LedgerEntry.id, LedgerPosting.id)
    )
    rows = reader().execute(query).all()
    found = []
    for _, of_entry in groupby(rows, lambda row: row.id):
        entry = list(of_entry)
        postings = tuple(_posting(row.LedgerPosting, row.LedgerValuation) for row in entry)
        found.append(Booked(entry[0].at, entry[0].kind, postings))
    return found


def _posting(row: LedgerPosting, value: LedgerValuation | None) -> BookedPosting:
    worth = Money(value.amount, value.currency) if value is not None else None
    return BookedPosting(row.account, Money(row.amount, row.currency), worth, value.rate_id if value else None)
