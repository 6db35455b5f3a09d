"""What postings are worth in the store's base currency, by the stored rate of their day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.engine import Row

from entrepot.kernel.money import Money
from entrepot.ledger import rules
from entrepot.ledger.models import LedgerEntry, LedgerPosting, LedgerValuation
from entrepot.markets.queries import store
from entrepot.pricing.fx import ConversionImpossible, FxRate, convert
from entrepot.pricing.queries import fx_rate
from entrepot.storage.session import reader, release_reader, unit_of_work

_BATCH = 500
_AnyRow = Row[*tuple[Any, ...]]


def in_base(amount: Money, on: date) -> Money | None:
    """The amount in base currency; None while no rate is known."""
    base = store().base_currency
    if amount.currency == base:
        return amount
    rate = _rate(amount.currency, base, on)
    return convert(amount, rate) if rate else None


def value_postings() -> int:
    """Value what has no value yet; returns how many postings. Those without a rate wait for the next time."""
    base = store().base_currency
    after = valued = 0
    while entries := _entries_without_value(after):
        rows = [value for _, postings in groupby(_postings(entries), _group) for value in _values(list(postings), base)]
        release_reader()
        if rows:
            with unit_of_work() as session:
                session.execute(insert(LedgerValuation), rows)
        after, valued = entries[-1], valued + len(rows)
    return valued


def _entries_without_value(after: int) -> list[int]:
    query = (
        select(LedgerPosting.entry_id)
        .outerjoin(LedgerValuation, LedgerValuation.posting_id == LedgerPosting.id)
        .where(LedgerValuation.posting_id.is_(None), LedgerPosting.entry_id > after)
        .distinct()
        .order_by(LedgerPosting.entry_id)
        .limit(_BATCH)
    )
    return list(reader().scalars(query))


def _postings(entries: Sequence[int]) -> Sequence[_AnyRow]:
    """Postings without value, those of one entry and currency side by side."""
    query = (
        select(LedgerPosting.id, LedgerPosting.entry_id, LedgerPosting.amount, LedgerPosting.currency, LedgerEntry.at)
        .join(LedgerEntry, LedgerEntry.id == LedgerPosting.entry_id)
        .outerjoin(LedgerValuation, LedgerValuation.posting_id == LedgerPosting.id)
        .where(LedgerPosting.entry_id.in_(entries), LedgerValuation.posting_id.is_(None))
        .order_by(LedgerPosting.entry_id, LedgerPosting.currency, LedgerPosting.id)
    )
    return reader().execute(query).all()


def _group(row: _AnyRow) -> tuple[int, str]:
    return row.entry_id, row.currency


def _values(rows: Sequence[_AnyRow], base: str) -> list[dict[str, Any]]:
    currency = rows[0].currency
    rate = None if currency == base else _rate(currency, base, rows[0].at.date())
    if rate is None and currency != base:
        return []
    amounts = [Money(row.amount, currency) for row in rows]
    worth = rules.balanced([convert(amount, rate) for amount in amounts]) if rate else amounts
    return [
        {"posting_id": row.id, "amount": value.minor, "currency": base, "rate_id": rate.id if rate else None}
        for row, value in zip(rows, worth, strict=True)
    ]


def _rate(currency: str, base: str, on: date) -> FxRate | None:
    try:
        return fx_rate(currency, base, on=on)
    except ConversionImpossible:
        return None
