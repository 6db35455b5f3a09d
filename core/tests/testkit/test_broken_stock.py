"""Mistakes of sources of stock are found by the behaviour that is meant to find them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

import pytest

from entrepot.sdk import PluginManifest, ProviderUnavailable, StockEvent, StockNews, StockSource, hookimpl
from entrepot.testkit import StockSourceConformance

from .examiner import failures

manifest = PluginManifest(id="connector-quay", name="Quay")


class Quay(StockSource):
    id = "quay"
    label = "Quay"

    def pull(self, since: int) -> StockNews:
        reply = self.ctx.http.get("https://quay.example/stock").json()
        if not isinstance(reply, list) or not reply or not all(self.is_row(row) for row in reply):
            raise ProviderUnavailable("The quay's answer cannot be read. Try again later.")
        events = [StockEvent(row["no"], row["sku"], row["there"]) for row in reply]
        return self.news(tuple(event for event in events if event.sequence > since))

    def is_row(self, row: object) -> bool:
        return isinstance(row, dict) and all(isinstance(row.get(key), int) for key in ("no", "there"))

    def news(self, events: tuple[StockEvent, ...]) -> StockNews:
        return StockNews(events, as_of=self.ctx.clock.now())


class TellsAllAgain(Quay):
    def pull(self, since):  # type: ignore[no-untyped-def]
        return super().pull(0)


class CountsItself(Quay):
    runs: ClassVar[int] = 0

    def news(self, events):  # type: ignore[no-untyped-def]
        CountsItself.runs += 1
        return super().news(tuple(replace(event, sequence=event.sequence + CountsItself.runs) for event in events))


class NewestFirst(Quay):
    def news(self, events):  # type: ignore[no-untyped-def]
        return super().news(events[::-1])


class OversellsBelowZero(Quay):
    def news(self, events):  # type: ignore[no-untyped-def]
        return super().news(tuple(replace(event, on_hand=-1) for event in events))


class KeepsBlanks(Quay):
    def news(self, events):  # type: ignore[no-untyped-def]
        return super().news(tuple(replace(event, sku=f" {event.sku}") for event in events))


class LivesTomorrow(Quay):
    def news(self, events):  # type: ignore[no-untyped-def]
        return StockNews(events, as_of=self.ctx.clock.now() + timedelta(days=1))


class AsksWithoutEnd(Quay):
    def news(self, events):  # type: ignore[no-untyped-def]
        return replace(super().news(events), again_in=timedelta())


class SwallowsOutages(Quay):
    def pull(self, since):  # type: ignore[no-untyped-def]
        try:
            return super().pull(since)
        except ProviderUnavailable:
            return self.news(())


@hookimpl
def entrepot_register_stock_sources() -> list[type[StockSource]]:
    return [
        Quay, TellsAllAgain, CountsItself, NewestFirst, OversellsBelowZero, KeepsBlanks, LivesTomorrow, AsksWithoutEnd,
        SwallowsOutages,
    ]  # fmt: skip


class StockExam(StockSourceConformance):
    provider_class = Quay
    http_script: ClassVar = {
        ("GET", "https://quay.example/stock"): [
            {"no": 3, "sku": "MUG", "there": 5},
            {"no": 4, "sku": "BOWL", "there": 0},
        ]
    }


def test_correct_provider_passes() -> None:
    assert failures(StockExam) == {}


@pytest.mark.covers("G7", "S0.14")
@pytest.mark.parametrize(
    ("provider", "expected"),
    [
        (TellsAllAgain, "test_events_are_newer_than_asked"),
        (CountsItself, "test_asking_twice_gives_the_same_events"),
        (NewestFirst, "test_events_come_lowest_first"),
        (OversellsBelowZero, "test_pieces_are_whole_and_never_negative"),
        (KeepsBlanks, "test_skus_are_named"),
        (LivesTomorrow, "test_what_was_true_lies_not_ahead"),
        (AsksWithoutEnd, "test_pauses_are_above_zero"),
        (SwallowsOutages, "test_timeout_is_unavailable"),
    ],
)
def test_mistake_is_found(provider: type, expected: str) -> None:
    found = failures(type("Broken", (StockExam,), {"provider_class": provider}))
    assert expected in found
    assert "What it costs" in found[expected]
