"""What a source of stock owes a shop: numbers that grow, whole pieces, and no guess when it cannot be read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from entrepot.sdk import StockEvent, StockNews
from entrepot.testkit.conformance.bench import Operation
from entrepot.testkit.conformance.network import NetworkBehaviours
from entrepot.testkit.conformance.provider import ProviderConformance
from entrepot.testkit.verdict import refuse, require, told


class StockSourceConformance(NetworkBehaviours, ProviderConformance):
    """Inherit, name ``provider_class``, ``config``, ``http_script`` and a number after which the script has events."""

    registration_hook = "entrepot_register_stock_sources"
    since: ClassVar[int] = 0

    def operations(self) -> Mapping[str, Operation]:
        return {"pull": Operation(lambda source: source.pull(self.since))}

    def harmless_without_answer(self, name: str, result: Any) -> bool:
        return False

    def pull(self, since: int | None = None) -> StockNews:
        try:
            news: StockNews = self.provider().pull(self.since if since is None else since)
        except Exception as error:
            refuse(
                f"pull() failed: {told(error)}",
                costs="the shop goes on selling what is gone.",
                remedy="let http_script answer the request, or mend pull().",
            )
        return news

    def test_news_has_events(self) -> None:
        news = self.pull()
        require(
            isinstance(news, StockNews) and all(isinstance(event, StockEvent) for event in news.events),
            f"pull() answered {news!r:.120}.",
            costs="the shop refuses the answer and its stock grows old.",
            remedy="return StockNews(events=(StockEvent(…), …), as_of=…).",
        )
        require(
            len(news.events) > 0,
            "pull() answered no event.",
            costs="nothing below is examined.",
            remedy="http_script must have events with a sequence above `since`.",
        )

    def test_events_are_newer_than_asked(self) -> None:
        last = max(event.sequence for event in self.pull().events)
        for since in (self.since, last):
            old = [event for event in self.pull(since).events if event.sequence <= since]
            require(
                not old,
                f"After {since} was asked; {old[0].sequence if old else ''} came back.",
                costs="the whole list is booked again at every run.",
                remedy="leave out events with sequence <= since.",
            )

    def test_asking_twice_gives_the_same_events(self) -> None:
        require(
            self.pull().events == self.pull().events,
            "The same question had two answers.",
            costs="what was taken once is taken again under another number.",
            remedy="number events by what the source says, not by counting or by the clock.",
        )

    def test_events_come_lowest_first(self) -> None:
        numbers = [event.sequence for event in self.pull().events]
        require(
            numbers == sorted(numbers),
            "The sequences are not in order.",
            costs="after a failure half-way those between are never asked for again.",
            remedy="sort by sequence.",
        )

    def test_pieces_are_whole_and_never_negative(self) -> None:
        for event in self.pull().events:
            require(
                type(event.on_hand) is int and event.on_hand >= 0 and type(event.sequence) is int,
                f"{event.sku}: {event.on_hand!r} pieces, sequence {event.sequence!r}.",
                costs="the event is refused, and the SKU keeps its old stock.",
                remedy="int(…) of what the source wrote; what was oversold there is 0.",
            )

    def test_skus_are_named(self) -> None:
        require(
            all(isinstance(event.sku, str) and event.sku.strip() == event.sku != "" for event in self.pull().events),
            "An event has no SKU, or blanks around it.",
            costs="the stock of an article that exists is never found.",
            remedy="strip the SKU; refuse the answer where it is missing.",
        )

    def test_what_was_true_lies_not_ahead(self) -> None:
        news, now = self.pull(), self.provider().ctx.clock.now()
        require(
            news.as_of.tzinfo is not None and news.as_of <= now,
            f"as_of is {news.as_of}.",
            costs="a silent source looks fresh, and nobody is alerted.",
            remedy="an aware instant, at most ctx.clock.now().",
        )

    def test_pauses_are_above_zero(self) -> None:
        news = self.pull()
        require(
            news.again_in > timedelta() and news.stale_after > timedelta(),
            f"again_in is {news.again_in}, stale_after {news.stale_after}.",
            costs="the worker asks without end, or staff are alerted at once.",
            remedy="leave both out, or take them from the configuration.",
        )
