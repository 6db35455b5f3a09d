"""What a source of exchange rates owes a shop: dated rates of its own, in order, exact, and nothing made up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import ClassVar

from entrepot.kernel.currency import UnknownCurrency, exponent
from entrepot.sdk import ExchangeRate, RateSource
from entrepot.testkit.conformance.bench import Operation
from entrepot.testkit.conformance.network import NetworkBehaviours
from entrepot.testkit.conformance.provider import ProviderConformance
from entrepot.testkit.verdict import refuse, require, told


class RateSourceConformance(NetworkBehaviours, ProviderConformance):
    """Inherit, name ``provider_class``, ``config``, ``http_script`` and a day after which the script has rates."""

    registration_hook = "entrepot_register_rate_sources"
    since: ClassVar[date] = date(2026, 11, 19)
    #: Worked examples: {(base, quote, day): rate}.
    known_rates: ClassVar[Mapping[tuple[str, str, str], str]] = {}

    def operations(self) -> Mapping[str, Operation]:
        return {"published": Operation(lambda source: source.published(self.since))}

    def published(self, since: date | None = None) -> list[ExchangeRate]:
        source: RateSource = self.provider()
        try:
            return source.published(self.since if since is None else since)
        except Exception as error:
            refuse(
                f"published() failed: {told(error)}",
                costs="no rate is stored, and charges abroad are not known.",
                remedy="let http_script answer the request, or mend published().",
            )

    def test_source_has_a_name(self) -> None:
        name = getattr(self.provider_class, "source", "")
        require(
            isinstance(name, str) and 0 < len(name.strip()) <= 60,
            f"The source is called {name!r}.",
            costs="an invoice with a rate that nobody can look up.",
            remedy='set source = "ECB", at most 60 characters.',
        )

    def test_rates_are_a_list(self) -> None:
        found = self.published()
        require(
            isinstance(found, list) and found and all(isinstance(rate, ExchangeRate) for rate in found),
            f"published() answered {found!r:.120}.",
            costs="the shop refuses the answer and has no rates.",
            remedy="return a list of ExchangeRate; http_script must have rates after `since`.",
        )

    def test_rates_name_their_source(self) -> None:
        strange = {rate.source for rate in self.published()} - {getattr(self.provider_class, "source", "")}
        require(
            not strange,
            f"Rates of {', '.join(map(str, strange))} instead of its own.",
            costs="rates are stored under a name that is never asked for again.",
            remedy="ExchangeRate(…, source=self.source).",
        )

    def test_rates_are_later_than_asked(self) -> None:
        for since in (self.since, self.since - timedelta(days=3)):
            early = [rate for rate in self.published(since) if rate.day <= since]
            require(
                not early,
                f"After {since} was asked; a rate of {early[0].day if early else ''} came back.",
                costs="the same days are read again at every run.",
                remedy="leave out rates with day <= since.",
            )

    def test_rates_come_oldest_first(self) -> None:
        days = [rate.day for rate in self.published(self.since - timedelta(days=30))]
        require(
            days == sorted(days),
            "The days are not in order.",
            costs="after a failure half-way the days between are never asked for again.",
            remedy="sort by day.",
        )

    def test_rates_are_exact_and_above_zero(self) -> None:
        for rate in self.published():
            require(
                isinstance(rate.rate, Decimal) and rate.rate.is_finite() and rate.rate > 0,
                f"{rate.base}/{rate.quote} is {rate.rate!r}.",
                costs="an order converted to nothing, or to a sum with a float's dust.",
                remedy="Decimal(text) of what the source wrote; leave out what is not quoted.",
            )

    def test_no_pair_has_two_rates_for_a_day(self) -> None:
        found = self.published()
        pairs = [(rate.base, rate.quote, rate.day) for rate in found]
        require(
            len(set(pairs)) == len(pairs) and all(rate.base != rate.quote for rate in found),
            "A pair comes twice for one day, or a currency against itself.",
            costs="which of the two rates is stored depends on their order.",
            remedy="one ExchangeRate per base, quote and day.",
        )

    def test_currencies_are_known(self) -> None:
        unknown = {code for rate in self.published() for code in (rate.base, rate.quote) if not _is_known(code)}
        require(
            len(unknown) == 0,
            f"No currencies: {', '.join(sorted(unknown))}.",
            costs="the rate is left out without a word.",
            remedy="write ISO 4217 codes in capitals.",
        )

    def test_nothing_is_published_for_days_to_come(self) -> None:
        today = self.provider().ctx.clock.now().date()
        require(
            not [rate for rate in self.published() if rate.day > today],
            "A rate is dated after today.",
            costs="orders are converted at a rate that nobody has published.",
            remedy="take the day from the source's answer.",
        )

    def test_known_rates_are_met(self) -> None:
        for (base, quote, day), expected in self.known_rates.items():
            before = date.fromisoformat(day) - timedelta(days=1)
            found = [
                rate.rate
                for rate in self.published(before)
                if (rate.base, rate.quote, str(rate.day)) == (base, quote, day)
            ]
            require(
                found == [Decimal(expected)],
                f"{base}/{quote} of {day} is {found}, expected {expected}.",
                costs="every converted amount of that day is wrong.",
                remedy="compare with the source; mind which currency is the unit.",
            )


def _is_known(code: str) -> bool:
    try:
        exponent(code)
    except UnknownCurrency:
        return False
    return True
