"""Exchange rates: dated, with a source; cross rates at full precision; one rounding at the end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, localcontext

from entrepot.kernel.money import Money
from entrepot.sdk.errors import EntrepotError
from entrepot.sdk.rates import ExchangeRate

#: Rates older than this on the day they are needed are refused; banks close for less.
MAX_AGE = timedelta(days=10)
_PRECISION = 50


class NoRate(EntrepotError):
    """No usable rate between two currencies for the day."""


@dataclass(frozen=True)
class Conversion:
    """How an amount got from one currency into another; ``day`` is the oldest rate's."""

    factor: Decimal
    day: date | None = None
    source: str = ""


class RateTable:
    """Dated rates of any pairs. A pair is found directly, inverted, or through one currency that both are quoted in."""

    def __init__(self, rates: Iterable[ExchangeRate] = (), *, max_age: timedelta = MAX_AGE) -> None:
        self._pairs: dict[tuple[str, str], list[ExchangeRate]] = {}
        self._max_age = max_age
        for rate in rates:
            if rate.rate <= 0:
                raise NoRate(f"The rate {rate.base} to {rate.quote} is {rate.rate}. Give one above zero.")
            self._pairs.setdefault((rate.base, rate.quote), []).append(rate)

    def conversion(self, base: str, quote: str, day: date) -> Conversion:
        """The factor in force on the day; raises NoRate with the remedy."""
        if base == quote:
            return Conversion(Decimal(1))
        direct = self._leg(base, quote, day)
        if direct:
            return direct
        for middle in self._currencies(base):
            first, second = self._leg(base, middle, day), self._leg(middle, quote, day)
            if first and second:
                return _through(first, second)
        raise NoRate(
            f"No exchange rate from {base} to {quote} for {day} that is not older than {self._max_age.days} days. "
            f"Give one in 'rates', with its day and source."
        )

    def convert(self, amount: Money, currency: str, day: date) -> tuple[Money, Conversion]:
        """The amount in another currency, rounded half up once, and how."""
        conversion = self.conversion(amount.currency, currency, day)
        with localcontext(prec=_PRECISION):
            return Money.of(amount.decimal * conversion.factor, currency), conversion

    def _leg(self, base: str, quote: str, day: date) -> Conversion | None:
        rate = self._latest(base, quote, day)
        if rate:
            return Conversion(rate.rate, rate.day, rate.source)
        inverse = self._latest(quote, base, day)
        if inverse is None:
            return None
        with localcontext(prec=_PRECISION):
            return Conversion(1 / inverse.rate, inverse.day, inverse.source)

    def _latest(self, base: str, quote: str, day: date) -> ExchangeRate | None:
        """The rate of the day, else of the last day before it that has one."""
        usable = [rate for rate in self._pairs.get((base, quote), ()) if self._counts(rate, day)]
        return max(usable, key=lambda rate: rate.day, default=None)

    def _counts(self, rate: ExchangeRate, day: date) -> bool:
        """A rate fixed for a period counts in all of it; any other until it is too old."""
        return rate.day <= day and (day < rate.until if rate.until else day - rate.day <= self._max_age)

    def _currencies(self, base: str) -> list[str]:
        """What a currency is quoted against, the euro first."""
        pairs = [pair for pair in self._pairs if base in pair]
        return sorted({one for pair in pairs for one in pair} - {base}, key=lambda code: (code != "EUR", code))


def _through(first: Conversion, second: Conversion) -> Conversion:
    days = [conversion.day for conversion in (first, second) if conversion.day]
    sources = dict.fromkeys((first.source, second.source))
    with localcontext(prec=_PRECISION):
        return Conversion(first.factor * second.factor, min(days, default=None), ", ".join(sources))
