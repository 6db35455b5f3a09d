"""The store, its markets, and the copy that each process keeps."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import update

import entrepot.catalog.models
import entrepot.inventory.models
import entrepot.markets.models
import entrepot.storage.models  # noqa: F401  (tables)
from entrepot.kernel.clock import FixedClock
from entrepot.kernel.country import UnknownCountry
from entrepot.kernel.currency import UnknownCurrency
from entrepot.markets.models import Store
from entrepot.markets.queries import StoreMissing, known_store, store
from entrepot.markets.rules import text
from entrepot.markets.service import MarketInvalid, StoreExists, create_store, save_market, touch_store
from entrepot.storage.session import db, init_storage, unit_of_work
from entrepot.testkit.statements import recorded

EUROPE = {
    "code": "eu",
    "name": {"en": "Europe"},
    "currency": "EUR",
    "locales": ["en", "de"],
    "countries": ["DE", "fr"],
    "default_country": "DE",
    "includes_tax": True,
}


@pytest.fixture
def runtime() -> SimpleNamespace:
    return SimpleNamespace(clock=FixedClock(datetime(2026, 3, 1, 12, tzinfo=UTC)))


@pytest.fixture
def app(database_url: str) -> Iterator[Flask]:
    app = Flask("markets-tests")
    app.config["SQLALCHEMY_DATABASE_URI"] = database_url
    init_storage(app)
    with app.app_context():
        db.create_all()
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def kontor(app: Flask, runtime: SimpleNamespace) -> None:
    create_store(runtime, name="Kontor", base_currency="EUR")
    save_market(runtime, **EUROPE)


def test_without_a_store_the_remedy_is_named(app):
    with pytest.raises(StoreMissing, match="entrepot init"):
        store()


def test_a_database_holds_one_store(kontor, runtime):
    with pytest.raises(StoreExists, match="'Kontor'"):
        create_store(runtime, name="Second", base_currency="EUR")
    with pytest.raises(UnknownCurrency):
        create_store(runtime, name="Second", base_currency="XXX")


def test_the_store_shows_enabled_markets_in_order(kontor, runtime):
    save_market(runtime, **EUROPE | {"code": "at", "countries": ["AT"], "default_country": "AT", "position": 1})
    save_market(runtime, **EUROPE | {"code": "off", "countries": ["CH"], "default_country": "CH", "enabled": False})
    assert [market.code for market in store().markets] == ["at", "eu"]
    assert store().market("eu").countries == {"DE", "FR"}
    assert store().market("off") is None
    assert store().market_of_country("AT").code == "at"


def test_a_country_moves_to_the_market_that_names_it_last(kontor, runtime):
    save_market(runtime, **EUROPE | {"code": "fr", "countries": ["FR"], "default_country": "FR"})
    assert [sorted(market.countries) for market in store().markets] == [["DE"], ["FR"]]


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"currency": "EURO"}, UnknownCurrency, "EURO"),
        ({"currency": "USD"}, MarketInvalid, "is in EUR, not USD"),
        ({"countries": ["DE", "Mars"]}, UnknownCountry, "Mars"),
        ({"default_country": "US"}, MarketInvalid, "does not serve its default country"),
        ({"locales": []}, MarketInvalid, "no locale"),
        ({"time_zone": "Berlin"}, MarketInvalid, "Europe/Berlin"),
        ({"time_zone": "../../etc"}, MarketInvalid, "Europe/Berlin"),
    ],
)
def test_a_market_that_cannot_sell_is_refused(kontor, runtime, change, error, message):
    before = store()
    with pytest.raises(error, match=message):
        save_market(runtime, **EUROPE | change)
    assert store() == before


def test_an_unchanged_store_costs_one_query(kontor):
    first = store()
    with recorded() as statements:
        assert store() is first
        assert known_store() is first
    assert [statement.split()[:2] for statement in statements] == [["SELECT", "store.version"]]


def test_a_change_by_another_process_is_seen(kontor):
    assert store().name == "Kontor"
    with db.engine.begin() as other:
        other.execute(update(Store).values(name="Quay", version=Store.version + 1))
    db.session.rollback()
    assert store().name == "Quay"


def test_what_was_rolled_back_is_not_remembered(kontor):
    store()
    with pytest.raises(RuntimeError), unit_of_work() as session:
        session.execute(update(Store).values(name="Never"))
        touch_store(session)
        assert store().name == "Never"
        raise RuntimeError
    assert known_store().name == "Kontor"
    with db.engine.begin() as other:
        other.execute(update(Store).values(version=Store.version + 1))
    db.session.rollback()
    assert store().name == "Kontor"


@pytest.mark.parametrize(
    ("locale", "expected"), [("de-AT", "Hallo"), ("zh-Hans-CN", "你好"), ("fr", "Hello"), ("en", "Hello")]
)
def test_a_text_falls_back_from_region_to_language_to_english(locale, expected):
    assert text({"de": "Hallo", "en": "Hello", "zh-Hans": "你好", "fr": ""}, locale) == expected


def test_a_text_without_english_is_any_text():
    assert text({"de": "Hallo"}, "fr") == "Hallo"
    assert text({}, "fr") == ""
