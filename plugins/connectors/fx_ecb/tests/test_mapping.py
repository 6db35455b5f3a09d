"""History, feed and which of them is asked."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from entrepot.sdk import ExchangeRate, ProviderUnavailable
from entrepot.testkit import FakeHttp, make_context
from entrepot_connector_fx_ecb.mapping import read_feed, read_history
from entrepot_connector_fx_ecb.provider import EcbRates, packaged_until

HISTORY = "Date,USD,HRK\n2026-10-30,1.1172,N/A\n2026-10-29,1.113,7.5345\n"
FEED = (
    '<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" '
    'xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref"><Cube><Cube time="2026-11-20">'
    '<Cube currency="USD" rate="{rate}"/></Cube></Cube></gesmes:Envelope>'
)


def source(http: FakeHttp, **config: object) -> EcbRates:
    return EcbRates(make_context(EcbRates, config, http=http))


def test_history_is_read_oldest_first_without_what_was_not_quoted() -> None:
    found = read_history(HISTORY, date(2026, 10, 28))
    assert [(rate.quote, str(rate.rate), str(rate.day)) for rate in found] == [
        ("USD", "1.113", "2026-10-29"),
        ("HRK", "7.5345", "2026-10-29"),
        ("USD", "1.1172", "2026-10-30"),
    ]


@pytest.mark.covers("S1.37")
def test_feed_gives_units_per_euro_with_day_and_source() -> None:
    found = read_feed(FEED.format(rate="1.1203").encode(), date(2026, 11, 19))
    assert found == [ExchangeRate("EUR", "USD", Decimal("1.1203"), date(2026, 11, 20), "ECB")]


def test_day_that_is_known_already_is_left_out() -> None:
    assert read_feed(FEED.format(rate="1.1203").encode(), date(2026, 11, 20)) == []


@pytest.mark.parametrize("rate", ["0", "-1.2", "NaN", "Infinity", "1,12", ""])
def test_number_that_is_no_rate_makes_the_feed_unreadable(rate: str) -> None:
    with pytest.raises(ProviderUnavailable, match="cannot be read"):
        read_feed(FEED.format(rate=rate).encode(), date(2026, 11, 19))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused_before_they_grow(encoding: str) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>' + FEED.format(rate="&b;")
    with pytest.raises(ProviderUnavailable, match="document type"):
        read_feed(bomb.encode(encoding), date(2026, 11, 19))


def test_packaged_days_are_answered_without_the_network() -> None:
    http = FakeHttp({})
    found = source(http).published(date(2026, 10, 1))
    assert (http.requests, found[-1].day) == ([], packaged_until())


@pytest.mark.parametrize(
    ("since", "file"), [(date(2026, 11, 20), "eurofxref-daily.xml"), (date(2026, 11, 18), "eurofxref-hist-90d.xml")]
)
def test_smallest_feed_without_a_gap_is_asked(since: date, file: str) -> None:
    http = FakeHttp({("GET", f"/{file}"): FEED.format(rate="1.1203")})
    source(http, base_url="http://127.0.0.1:8123/rates/").published(since)
    assert [sent.url for sent in http.requests] == [f"http://127.0.0.1:8123/rates/{file}"]


@pytest.mark.parametrize(("since", "online"), [(date(2026, 11, 21), True), (date(2026, 11, 10), False)])
def test_nothing_is_asked_when_nothing_can_be_new(since: date, online: bool) -> None:
    http = FakeHttp({})
    assert (source(http, online=online).published(since), http.requests) == ([], [])
