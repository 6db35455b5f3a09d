"""Promises are published whole or not at all, over what was seen, and make a new version."""

from __future__ import annotations

import pytest

from entrepot.markets.queries import store
from entrepot.markets.service import change_store
from entrepot.policies import service
from entrepot.policies.errors import MarketUnknown, PromiseChanged, PromiseRefused
from entrepot.policies.promises import own_words, promises
from entrepot.policies.rules import policy_of
from entrepot.testkit.small_shop import SmallShop

pytestmark = [pytest.mark.databases, pytest.mark.covers("S1.51")]


def version(market: str = "eu") -> str:
    return str(promises(store().settings, market)["version"])


def publish(**texts: str) -> None:
    service.publish_terms(texts, seen=service.seen("terms"))


def publish_returns(market: str = "", **typed: str) -> None:
    service.publish_return_terms(market, typed, seen=service.seen("returns"))


def test_published_terms_are_read_in_paragraphs_and_make_a_version(shop: SmallShop) -> None:
    before = version()
    publish(en="First.  \r\n\r\n\r\n\r\nSecond,\r\nstill second.\r\n", de="")
    assert own_words(promises(store().settings, "eu"), "en") == ("First.", "Second,\nstill second.")
    assert store().settings["terms"] == {"en": "First.\n\nSecond,\nstill second."}
    published = version()
    assert published != before
    publish(en="First.\n\nSecond,\nstill second.")
    assert version() == published


def test_an_emptied_language_is_taken_out_and_others_stay(shop: SmallShop) -> None:
    publish(en="One.", de="Eins.")
    publish(de=" \r\n ")
    assert store().settings["terms"] == {"en": "One."}


def test_terms_that_are_too_long_name_their_language_and_change_nothing(shop: SmallShop) -> None:
    publish(en="One.")
    with pytest.raises(PromiseRefused) as refused:
        publish(en="Two.", de="x" * (service.LONGEST_TERMS + 1))
    assert [*refused.value.fields] == ["de"] and "Shorten" in str(refused.value.fields["de"])
    assert store().settings["terms"] == {"en": "One."}


def test_nobody_overwrites_what_they_have_not_seen(shop: SmallShop) -> None:
    seen = service.seen("terms")
    publish(en="Mine.")
    with pytest.raises(PromiseChanged):
        service.publish_terms({"en": "Yours."}, seen=seen)
    seen = service.seen("returns")
    publish_returns(days="20")
    with pytest.raises(PromiseChanged):
        service.publish_return_terms("", {"days": "10"}, seen=seen)
    assert policy_of(store().settings, "eu").days == 20


@pytest.mark.covers("S1.49")
def test_terms_of_return_hold_everywhere_but_where_a_market_differs(shop: SmallShop) -> None:
    change_store(settings={"returns": {"held_at": "shelf"}})
    publish_returns(days="45", who_pays="seller", fee_percent="7,50", refund_duties="no", instructions="To us")
    publish_returns("eu", days="60", refund_duties="yes")
    there, elsewhere = policy_of(store().settings, "eu"), policy_of(store().settings, "us")
    assert (there.days, there.refund_duties, there.who_pays, str(there.fee_percent)) == (60, True, "seller", "7.5")
    assert (elsewhere.days, elsewhere.refund_duties, elsewhere.instructions) == (45, False, "To us")
    publish_returns(days="45")
    assert policy_of(store().settings, "eu").days == 60
    publish_returns("eu")
    assert store().settings["returns"] == {"days": 45, "held_at": "shelf", "markets": {}}


@pytest.mark.covers("S1.49")
@pytest.mark.parametrize(
    ("days", "percent"), [("-1", "100.01"), ("3651", "101"), ("soon", "-5"), ("1.5", "1e1"), ("99999", "ten")]
)
def test_every_wrong_field_is_named_at_once(shop: SmallShop, days: str, percent: str) -> None:
    with pytest.raises(PromiseRefused) as refused:
        publish_returns(days=days, fee_percent=percent, instructions="x" * (service.LONGEST_INSTRUCTIONS + 1))
    assert [*refused.value.fields] == ["days", "fee_percent", "instructions"]
    assert "returns" not in store().settings


def test_a_market_that_does_not_exist_promises_nothing(shop: SmallShop) -> None:
    with pytest.raises(MarketUnknown, match="mars"):
        publish_returns("mars", days="1")
