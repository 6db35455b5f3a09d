"""Stored exchange rates as rules ask for them: every pair that counts on a day, an authority's own before others."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select

from entrepot.pricing.models import AuthorityRate, FxRate
from entrepot.sdk.rates import ExchangeRate
from entrepot.storage.session import reader

#: Older rates are of no use to any rule; banks close for less.
MAX_AGE = timedelta(days=10)


def rates_for(day: date, authorities: Collection[str] = ()) -> tuple[ExchangeRate, ...]:
    """Rates of the day and of the days before that may stand for it.

    For a pair that one of the authorities ("GB", "EU") fixed a rate of, only that one is given.
    """
    fixed = _fixed(day, authorities) if authorities else ()
    own = {frozenset((rate.base, rate.quote)) for rate in fixed}
    query = select(FxRate.base, FxRate.quote, FxRate.rate, FxRate.on, FxRate.source)
    rows = reader().execute(query.where(FxRate.on <= day, FxRate.on >= day - MAX_AGE).order_by(FxRate.on))
    published = (ExchangeRate(row.base, row.quote, Decimal(row.rate), row.on, row.source) for row in rows)
    return (*fixed, *(rate for rate in published if {rate.base, rate.quote} not in own))


def newest(source: str) -> date | None:
    """The last day for which a source's rates are stored."""
    query = select(FxRate.on).where(FxRate.source == source).order_by(FxRate.on.desc()).limit(1)
    return reader().scalar(query)


def _fixed(day: date, authorities: Collection[str]) -> tuple[ExchangeRate, ...]:
    """What the authorities fixed for the day: open-ended rates only while they are fresh."""
    row = AuthorityRate
    counts = row.until > day
    fresh = row.until.is_(None) & (row.on >= day - MAX_AGE)
    query = select(row.base, row.quote, row.rate, row.on, row.until, row.authority, row.source)
    rows = reader().execute(
        query.where(row.authority.in_(list(authorities)), row.on <= day, counts | fresh).order_by(row.on)
    )
    return tuple(
        ExchangeRate(row.base, row.quote, Decimal(row.rate), row.on, f"{row.authority}: {row.source}", row.until)
        for row in rows
    )
