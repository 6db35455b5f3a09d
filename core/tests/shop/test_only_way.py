"""The delivery screen is left out where there is nothing to choose, and only there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from entrepot.checkout.models import Quote
from entrepot.sdk.carriers import Rate, RateRequest
from entrepot.storage.session import db, reader
from entrepot.testkit.providers import FlatCarrier
from entrepot.testkit.small_shop import SmallShop
from entrepot.testkit.statements import recorded

from .test_shipments import cart_in_two_shipments
from .visits import ADDRESS, Visitor

ONE_WAY = FlatCarrier.rates


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FlatCarrier, "at_once", frozenset({"rates"}))


def two_ways(carrier: FlatCarrier, request: RateRequest) -> list[Rate]:
    return [rate for one in ONE_WAY(carrier, request) for rate in (one, replace(one, service="late", label="Late"))]


def fails(carrier: FlatCarrier, request: RateRequest) -> list[Rate]:
    raise RuntimeError("the table is broken")


def screen_after_address(visitor: Visitor, **changed: str) -> str:
    visitor.get("/checkout/address")
    return visitor.send("/checkout/address", **{**ADDRESS, **changed}).location


def quotes() -> Any:
    db.session.rollback()
    return reader().scalar(select(func.count()).select_from(Quote))


@pytest.mark.covers("S2.2", "S2.5")
def test_the_only_way_is_chosen_with_the_address(visitor: Visitor, web_shop: SmallShop) -> None:
    visitor.fill_cart()
    assert screen_after_address(visitor).endswith("/checkout/payment")
    page = visitor.get("/checkout/payment").text
    assert "Standard" in page and "€24.90" in page and "Change the delivery" in page
    assert visitor.place(web_shop.accounts["by-hand"]).status_code == 303


def test_address_way_and_quote_are_one_commit(visitor: Visitor) -> None:
    visitor.fill_cart()
    visitor.get("/checkout/address")
    with recorded() as statements:
        visitor.send("/checkout/address", **ADDRESS)
    assert len([statement for statement in statements.writes if "cart" in statement]) == 2  # its row, and its quote


def test_a_choice_is_asked_for(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FlatCarrier, "rates", two_ways)
    visitor.fill_cart()
    assert screen_after_address(visitor).endswith("/checkout/shipping")
    assert "Late" in visitor.get("/checkout/shipping").text
    assert quotes() == 0


@pytest.mark.parametrize("rates", [fails, lambda _carrier, _request: []])
def test_where_nothing_can_be_sent_the_delivery_screen_says_so(
    rates: Callable[..., list[Rate]], visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FlatCarrier, "rates", rates)
    visitor.fill_cart()
    assert screen_after_address(visitor).endswith("/checkout/shipping")
    assert "We cannot deliver to this address yet" in visitor.get("/checkout/shipping").text


def test_a_carrier_that_takes_its_time_is_not_asked_twice(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[RateRequest] = []

    def rates(carrier: FlatCarrier, request: RateRequest) -> list[Rate]:
        asked.append(request)
        return ONE_WAY(carrier, request)

    monkeypatch.setattr(FlatCarrier, "at_once", frozenset())
    monkeypatch.setattr(FlatCarrier, "rates", rates)
    visitor.fill_cart()
    assert screen_after_address(visitor).endswith("/checkout/shipping")
    assert asked == []


def test_several_shipments_with_one_way_each_need_no_choice(visitor: Visitor, web_shop: SmallShop) -> None:
    cart_in_two_shipments(visitor, web_shop)
    assert screen_after_address(visitor).endswith("/checkout/payment")
    assert visitor.get("/checkout/payment").text.count("Delivery: Standard") == 2


def test_a_wrong_address_stores_nothing(visitor: Visitor) -> None:
    visitor.fill_cart()
    visitor.get("/checkout/address")
    assert visitor.send("/checkout/address", **{**ADDRESS, "email": "nobody"}).status_code == 422
    assert quotes() == 0


def test_another_address_later_makes_another_offer(visitor: Visitor) -> None:
    visitor.fill_cart()
    screen_after_address(visitor)
    assert screen_after_address(visitor, country="AT", postcode="1010", city="Wien").endswith("/checkout/payment")
    assert "Wien" in visitor.get("/checkout/payment").text
    assert quotes() == 2
