"""The checkout of a cart in several shipments, as a guest without scripts."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from entrepot.checkout import carts
from entrepot.checkout.models import Cart
from entrepot.storage.session import db, reader
from entrepot.testkit.small_shop import SmallShop

from .visits import ADDRESS, Visitor


def cart_in_two_shipments(visitor: Visitor, shop: SmallShop) -> str:
    visitor.fill_cart()
    db.session.rollback()
    token = str(reader().scalar(select(Cart.token)))
    carts.add(shop.runtime, token, variant_id=shop.bowl, shipment=2)
    return token


@pytest.mark.covers("S2.5")
def test_the_way_of_delivery_is_asked_for_each_shipment(visitor: Visitor, web_shop: SmallShop) -> None:
    cart_in_two_shipments(visitor, web_shop)
    visitor.get("/checkout/address")
    visitor.send("/checkout/address", **ADDRESS)
    page = visitor.get("/checkout/shipping").text
    assert "Shipment 1: " in page and "Shipment 2: " in page and "Ways of delivery" not in page
    way = visitor.field("option")
    assert visitor.send("/checkout/shipping", option=way).location.endswith("/checkout/shipping")
    visitor.get("/checkout/shipping")
    visitor.send("/checkout/shipping", **{"option": way, "option-2": visitor.field("option-2")})
    assert visitor.get("/checkout/payment").text.count("Delivery: Standard") == 2
    assert visitor.place(web_shop.accounts["by-hand"]).status_code == 303


def test_one_shipment_is_asked_for_as_ever(visitor: Visitor) -> None:
    visitor.fill_cart()
    visitor.get("/checkout/address")
    visitor.send("/checkout/address", **ADDRESS)
    page = visitor.get("/checkout/shipping").text
    assert "Ways of delivery" in page and "Shipment" not in page


def test_a_line_of_the_second_shipment_is_changed_and_removed(visitor: Visitor, web_shop: SmallShop) -> None:
    token = cart_in_two_shipments(visitor, web_shop)
    visitor.get("/cart")
    visitor.send("/cart/update", variant_id=web_shop.bowl, shipment=2, quantity=3)
    db.session.rollback()
    assert [tuple(line) for line in carts.content(token).lines] == [(web_shop.mug, 1, 1), (web_shop.bowl, 3, 2)]
    visitor.get("/cart")
    visitor.send("/cart/remove", variant_id=web_shop.bowl, shipment=2)
    db.session.rollback()
    assert [line.variant_id for line in carts.content(token).lines] == [web_shop.mug]
