"""Mistakes of rate sources and screenings are found by the behaviour that is meant to find them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import ClassVar

import pytest

from entrepot.sdk import (
    ExchangeRate,
    ListMatch,
    Party,
    PartyScreening,
    PluginManifest,
    ProviderUnavailable,
    RateSource,
    hookimpl,
)
from entrepot.testkit import PartyScreeningConformance, RateSourceConformance

from .examiner import failures

manifest = PluginManifest(id="feature-sources", name="Sources")


class Mint(RateSource):
    id = "mint"
    label = "Mint"
    source = "MINT"

    def published(self, since: date) -> list[ExchangeRate]:
        reply = self.ctx.http.get("https://mint.example/rates").json()
        if not isinstance(reply, dict) or not isinstance(reply.get("USD"), str):
            raise ProviderUnavailable("The mint's answer cannot be read. Try again later.")
        days = [day for day in (date(2026, 11, 19), date(2026, 11, 20)) if day > since]
        return [ExchangeRate("EUR", "USD", Decimal(reply["USD"]), day, self.source) for day in days]


class Doorman(PartyScreening):
    id = "doorman"
    label = "Doorman"

    def screen(self, party: Party) -> list[ListMatch]:
        names = [*party.names, *([party.address.name] if party.address else [])]
        return [self.match(name) for name in dict.fromkeys(names) if self.is_listed(name)]

    def is_listed(self, name: str) -> bool:
        return sorted(name.casefold().split()) == ["grey", "harbour"]

    def match(self, name: str) -> ListMatch:
        return ListMatch("Grey Harbour", "1", (), "List", None, 1.0)


class RoundsToFloats(Mint):
    def published(self, since):  # type: ignore[no-untyped-def]
        return [replace(rate, rate=float(rate.rate)) for rate in super().published(since)]


class RepeatsKnownDays(Mint):
    def published(self, since):  # type: ignore[no-untyped-def]
        return super().published(since - timedelta(days=5))


class NewestFirst(Mint):
    def published(self, since):  # type: ignore[no-untyped-def]
        return super().published(since)[::-1]


class NamesSomebodyElse(Mint):
    def published(self, since):  # type: ignore[no-untyped-def]
        return [replace(rate, source="ELSEWHERE") for rate in super().published(since)]


class SwallowsOutages(Mint):
    def published(self, since):  # type: ignore[no-untyped-def]
        try:
            return super().published(since)
        except ProviderUnavailable:
            return []


class DatesTomorrow(Mint):
    def published(self, since):  # type: ignore[no-untyped-def]
        return [replace(rate, day=date(2026, 11, 30)) for rate in super().published(since)]


class ReadsLettersOnly(Doorman):
    def is_listed(self, name):  # type: ignore[no-untyped-def]
        return name == "Grey Harbour"


class ForgetsTheRecipient(Doorman):
    def screen(self, party):  # type: ignore[no-untyped-def]
        return super().screen(replace(party, address=None))


class SuspectsEverybody(Doorman):
    def is_listed(self, name):  # type: ignore[no-untyped-def]
        return True


class NamesNoEntry(Doorman):
    def match(self, name):  # type: ignore[no-untyped-def]
        return replace(super().match(name), entry="")


class ScoresInPercent(Doorman):
    def match(self, name):  # type: ignore[no-untyped-def]
        return replace(super().match(name), score=100)


PROVIDERS: list[type[RateSource]] = [
    Mint, RoundsToFloats, RepeatsKnownDays, NewestFirst, NamesSomebodyElse, SwallowsOutages, DatesTomorrow,
]  # fmt: skip


@hookimpl
def entrepot_register_rate_sources() -> list[type[RateSource]]:
    return PROVIDERS


@hookimpl
def entrepot_register_party_screenings() -> list[type[PartyScreening]]:
    return [Doorman, ReadsLettersOnly, ForgetsTheRecipient, SuspectsEverybody, NamesNoEntry, ScoresInPercent]


class RateExam(RateSourceConformance):
    provider_class = Mint
    http_script: ClassVar = {("GET", "https://mint.example/rates"): {"USD": "1.12"}}
    known_rates: ClassVar = {("EUR", "USD", "2026-11-20"): "1.12"}


class ScreeningExam(PartyScreeningConformance):
    provider_class = Doorman
    listed_name = "Grey Harbour"


@pytest.mark.parametrize("exam", [RateExam, ScreeningExam])
def test_correct_provider_passes(exam: type) -> None:
    assert failures(exam) == {}


@pytest.mark.covers("G7")
@pytest.mark.parametrize(
    ("exam", "provider", "expected"),
    [
        (RateExam, RoundsToFloats, "test_rates_are_exact_and_above_zero"),
        (RateExam, RepeatsKnownDays, "test_rates_are_later_than_asked"),
        (RateExam, NewestFirst, "test_rates_come_oldest_first"),
        (RateExam, NamesSomebodyElse, "test_rates_name_their_source"),
        (RateExam, SwallowsOutages, "test_timeout_is_unavailable"),
        (RateExam, DatesTomorrow, "test_nothing_is_published_for_days_to_come"),
        (ScreeningExam, ReadsLettersOnly, "test_case_does_not_matter"),
        (ScreeningExam, ForgetsTheRecipient, "test_recipient_of_the_address_is_screened_too"),
        (ScreeningExam, SuspectsEverybody, "test_stranger_is_clear"),
        (ScreeningExam, NamesNoEntry, "test_matches_name_their_entry"),
        (ScreeningExam, ScoresInPercent, "test_scores_are_between_0_and_1_the_closest_first"),
    ],
)
def test_mistake_is_found(exam: type, provider: type, expected: str) -> None:
    broken = type("Broken", (exam,), {"provider_class": provider})
    found = failures(broken)
    assert expected in found
    assert "What it costs" in found[expected]
