"""Placed orders are screened in the worker: a match marks the order for a person, and blocks nothing."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import EntryPoint
from typing import ClassVar

import pytest
from sqlalchemy import select

from entrepot.engine.runtime import Runtime, build_runtime
from entrepot.orders.attention import settle, waiting_orders, why_waiting
from entrepot.orders.detail import order_detail
from entrepot.orders.errors import OrderError
from entrepot.orders.queries import Shop
from entrepot.screening.service import deliver
from entrepot.sdk import Fact, ListMatch, Party, PartyScreening, PluginManifest, ProviderUnavailable, hookimpl
from entrepot.storage.models import FactRow
from entrepot.storage.outbox import read
from entrepot.storage.session import reader, release_reader
from entrepot.testkit.small_shop import PLUGINS, SmallShop

manifest = PluginManifest(id="feature-watchlist-of-a-test", name="Watchlist of a test")


class Watchlist(PartyScreening):
    """Knows one name, and fails when told to."""

    id = "watchlist"
    label = "Watchlist"
    listed: ClassVar[str] = ""
    fails: ClassVar[bool] = False
    asked: ClassVar[list[str]] = []

    def screen(self, party: Party) -> list[ListMatch]:
        if Watchlist.fails:
            raise ProviderUnavailable("The list is too old.")
        Watchlist.asked.append(party.name)
        found = ListMatch(party.name, "36", ("CUBA",), "Test list", None, 0.9)
        return [found] if party.name == Watchlist.listed else []


@hookimpl
def entrepot_register_party_screenings() -> list[type[PartyScreening]]:
    return [Watchlist]


@pytest.fixture
def runtime(shop: SmallShop) -> Iterator[Runtime]:
    Watchlist.listed, Watchlist.fails = "", False
    Watchlist.asked.clear()
    plugins = [*PLUGINS, EntryPoint(manifest.id, __name__, "entrepot.plugins")]
    yield build_runtime(shop.runtime.settings, shop.clock, plugins, shop=Shop())


@pytest.fixture
def screened(runtime: Runtime) -> Runtime:
    runtime.accounts.create("screening", "watchlist", label="Our list", config={})
    return runtime


def placed(shop: SmallShop) -> tuple[str, Fact]:
    """The number of a new order, and the fact that it was placed."""
    number = shop.place().number
    fact = read(reader(), reader().scalars(select(FactRow.id).where(FactRow.kind == "order_placed")).one())
    assert fact is not None
    release_reader()
    return number, fact


def timeline(runtime: Runtime, number: str) -> list[str]:
    detail = order_detail(runtime, number)
    assert detail is not None
    return [entry.kind for entry in detail.timeline if entry.kind.startswith(("screening", "attention"))]


@pytest.mark.covers("G3")
def test_match_is_in_the_timeline_and_waits_for_a_person(shop: SmallShop, screened: Runtime) -> None:
    Watchlist.listed = "Anna Berg"
    number, fact = placed(shop)
    deliver(screened, fact)

    assert timeline(screened, number) == ["screening_match"]
    [(waiting, why)] = waiting_orders()
    assert (waiting, "entry 36 of Test list, 90%" in why) == (number, True)


def test_match_blocks_neither_payment_nor_order(shop: SmallShop, screened: Runtime) -> None:
    Watchlist.listed = "Anna Berg"
    number, fact = placed(shop)
    before = order_detail(screened, number)
    deliver(screened, fact)
    after = order_detail(screened, number)
    assert before is not None
    assert after is not None
    assert (after.order.status, after.actions) == (before.order.status, before.actions)


def test_clear_answer_is_told_with_nothing_to_do(shop: SmallShop, screened: Runtime) -> None:
    number, fact = placed(shop)
    deliver(screened, fact)
    assert (timeline(screened, number), why_waiting(number)) == (["screening_clear"], "")


def test_fact_delivered_twice_is_screened_once(shop: SmallShop, screened: Runtime) -> None:
    Watchlist.listed = "Anna Berg"
    number, fact = placed(shop)
    deliver(screened, fact)
    settle(screened, number, reason="A namesake.", actor="staff:ada")
    deliver(screened, fact)
    assert (Watchlist.asked, why_waiting(number)) == (["Anna Berg"], "")


def test_list_that_cannot_be_read_is_no_clear_answer_and_asked_again(shop: SmallShop, screened: Runtime) -> None:
    Watchlist.fails = True
    number, fact = placed(shop)
    with pytest.raises(ProviderUnavailable, match="too old"):
        deliver(screened, fact)
    assert timeline(screened, number) == []

    Watchlist.fails = False
    deliver(screened, fact)
    assert timeline(screened, number) == ["screening_clear"]


def test_nobody_is_screened_without_an_account(shop: SmallShop, runtime: Runtime) -> None:
    number, fact = placed(shop)
    deliver(runtime, fact)
    assert (timeline(runtime, number), Watchlist.asked) == ([], [])


def test_letting_go_asks_for_a_reason_and_is_told(shop: SmallShop, screened: Runtime) -> None:
    Watchlist.listed = "Anna Berg"
    number, fact = placed(shop)
    deliver(screened, fact)
    with pytest.raises(OrderError, match="why it may go"):
        settle(screened, number, reason="", actor="staff:ada")

    settle(screened, number, reason="A namesake.", actor="staff:ada")

    assert timeline(screened, number) == ["screening_match", "attention_settled"]
    with pytest.raises(OrderError, match="waits for nobody"):
        settle(screened, number, reason="Again.", actor="staff:ada")
