"""Stored exchange rates as rules ask for them: every pair that is fresh enough for a day."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select

from entrepot.pricing.models import FxRate
from entrepot.sdk.rates import ExchangeRate
from entrepot.storage.session import reader

#: Older rates are of no use to any rule; banks close for less.
MAX_AGE = timedelta(days=10)


def rates_for(day: date) -> tuple[ExchangeRate, ...]:
    """Rates of the day and of the days before that may stand for it, by one query."""
    query = select(FxRate.base, FxRate.quote, FxRate.rate, FxRate.on, FxRate.source)
    rows = reader().execute(query.where(FxRate.on <= day, FxRate.on >= day - MAX_AGE).order_by(FxRate.on))
    return tuple(ExchangeRate(row.base, row.quote, Decimal(row.rate), row.on, row.source) for row in rows)


def newest(source: str) -> date | None:
    """The last day for which a source's rates are stored."""
    query = select(FxRate.on).where(FxRate.source == source).order_by(FxRate.on.desc()).limit(1)
    return reader().scalar(query)
