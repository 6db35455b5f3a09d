"""Exchange rates of sources: asked outside any transaction, stored with day and source, never changed; their age."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import cast

from sqlalchemy import func, insert, select

from entrepot.engine.calls import AccountView
from entrepot.engine.runtime import Runtime
from entrepot.kernel.currency import UnknownCurrency, exponent
from entrepot.pricing.models import FxRate
from entrepot.pricing.rate_tables import newest
from entrepot.sdk.errors import EntrepotError, ProviderUnavailable
from entrepot.sdk.provider import Provider
from entrepot.sdk.rates import ExchangeRate, RateSource
from entrepot.storage.session import reader, release_reader, unit_of_work

DEADLINE_S = 30.0
#: How far back a source that is new here is asked, unless more is wanted.
FIRST_FETCH = timedelta(days=120)
#: Rates older than this are stale. Central banks close for at most five days, over Easter.
STALE_AFTER = timedelta(days=5)
#: A source that answers in parts is asked this often at most.
_MOST_PARTS = 20
_ROWS_AT_ONCE = 500


class RatesStale(EntrepotError):
    """A source has published nothing for too long, or cannot be reached."""


@dataclass(frozen=True)
class Fetched:
    """What one account brought. ``problem`` is empty when all went well; ``newest`` is the day of its last rates."""

    label: str
    source: str
    stored: int
    newest: date | None
    problem: str = ""

    def is_stale(self, today: date) -> bool:
        return self.newest is None or today - self.newest > STALE_AFTER


@dataclass(frozen=True)
class LatestRate:
    """The last rate of a pair that a source published, until the day that was asked for."""

    base: str
    quote: str
    rate: str
    on: date
    source: str
    age_days: int

    @property
    def is_stale(self) -> bool:
        return timedelta(days=self.age_days) > STALE_AFTER


def fetch_rates(runtime: Runtime, *, since: date | None = None) -> list[Fetched]:
    """Ask every account for what is new and store it; may be repeated. One account's failure stops no other.

    ``since`` asks again for all days after it, to fill gaps or to have a longer history.
    """
    return [_fetch(runtime, account, since) for account in runtime.accounts.list("rates")]


def keep_rates_fresh(runtime: Runtime) -> None:
    """The worker's job: nothing without an account. Raises RatesStale, which 'entrepot plugin doctor' then shows."""
    today = runtime.clock.now().date()
    stale = [fetched for fetched in fetch_rates(runtime) if fetched.problem or fetched.is_stale(today)]
    if stale:
        raise RatesStale(" ".join(_told(fetched) for fetched in stale))


def latest_rates(day: date, *, currency: str = "") -> list[LatestRate]:
    """The last stored rate of every pair and source until the day, each with its true date and its age."""
    row = FxRate
    wanted = [row.on <= day, *([(row.base == currency) | (row.quote == currency)] if currency else [])]
    last = (
        select(row.base, row.quote, row.source, func.max(row.on).label("on"))
        .where(*wanted)
        .group_by(row.base, row.quote, row.source)
        .subquery()
    )
    same = (row.base == last.c.base) & (row.quote == last.c.quote) & (row.source == last.c.source)
    query = select(row.base, row.quote, row.rate, row.on, row.source).join(last, same & (row.on == last.c.on))
    found = reader().execute(query.order_by(row.source, row.base, row.quote))
    return [LatestRate(*each, age_days=(day - each.on).days) for each in found]


def _fetch(runtime: Runtime, account: AccountView, since: date | None) -> Fetched:
    provider_class = cast(type[RateSource], runtime.registry.provider_class("rates", account.provider_id))
    last = newest(provider_class.source)
    release_reader()
    start = since or last or runtime.clock.now().date() - FIRST_FETCH
    stored, problem = 0, ""
    try:
        for part in _parts(runtime, account, provider_class.source, start):
            stored += _store(part)
    except EntrepotError as error:
        problem = str(error)
    last = newest(provider_class.source)
    release_reader()
    return Fetched(account.label, provider_class.source, stored, last, problem)


def _parts(runtime: Runtime, account: AccountView, source: str, since: date) -> Iterator[list[ExchangeRate]]:
    """What the source answers, asked again from the last day that it gave until nothing newer comes."""
    for _ in range(_MOST_PARTS):
        found = runtime.guard.call(
            account.id,
            "published",
            lambda provider, since=since: _source(provider).published(since),  # type: ignore[misc]
            deadline_s=DEADLINE_S,
            returns=list[ExchangeRate],
        )
        if not found:
            return
        _refuse_unusable(found, source)
        yield found
        last = max(rate.day for rate in found)
        if last <= since:
            return
        since = last


def _refuse_unusable(rates: Iterable[ExchangeRate], source: str) -> None:
    for rate in rates:
        if rate.source != source or not rate.rate.is_finite() or rate.rate <= 0:
            raise ProviderUnavailable(f"{source} answered {rate}, no rate of its own. Tell the plugin's author.")


def _store(rates: Sequence[ExchangeRate]) -> int:
    """Add what is not stored yet; returns how many. Currencies that the shop does not know are left out."""
    wanted = {(rate.base, rate.quote, rate.day): rate for rate in rates if _is_known(rate)}
    if not wanted:
        return 0
    row, days = FxRate, [rate.day for rate in wanted.values()]
    with unit_of_work() as session:
        known = session.execute(
            select(row.base, row.quote, row.on).where(
                row.source == rates[0].source, row.on >= min(days), row.on <= max(days)
            )
        )
        for base, quote, on in known:
            wanted.pop((base, quote, on), None)
        for some in _in_batches(wanted.values()):
            session.execute(insert(row), some)
    return len(wanted)


def _in_batches(rates: Iterable[ExchangeRate]) -> Iterator[list[dict[str, object]]]:
    found = [
        {"base": rate.base, "quote": rate.quote, "rate": str(rate.rate), "on": rate.day, "source": rate.source}
        for rate in rates
    ]
    for start in range(0, len(found), _ROWS_AT_ONCE):
        yield found[start : start + _ROWS_AT_ONCE]


def _is_known(rate: ExchangeRate) -> bool:
    try:
        exponent(rate.base), exponent(rate.quote)
    except UnknownCurrency:
        return False
    return True


def _told(fetched: Fetched) -> str:
    last = f"The last rates of {fetched.source} are of {fetched.newest}." if fetched.newest else "None are stored."
    return f"{fetched.label}: {last} {fetched.problem or 'Nothing newer was published.'}"


def _source(provider: Provider) -> RateSource:
    assert isinstance(provider, RateSource)
    return provider
