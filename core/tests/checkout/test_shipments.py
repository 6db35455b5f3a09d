"""Several shipments in one cart: each has its goods, its way of delivery, its fee and its part of the order."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from entrepot.checkout import carts, queries, quoting, service
from entrepot.checkout.errors import ChoiceGone, NotEnough
from entrepot.kernel.address import Address
from entrepot.orders.models import Fulfilment, FulfilmentLine, OrderLine
from entrepot.pricing.rules import Quote
from entrepot.storage.session import reader
from entrepot.testkit.small_shop import SmallShop

pytestmark = pytest.mark.databases

ANTARCTICA = Address("AQ", name="Anna", street="Station 1", city="McMurdo")


def two_shipments(shop: SmallShop) -> str:
    """A mug in the first, two mugs and a bowl in the second."""
    token = shop.cart()
    carts.add(shop.runtime, token, variant_id=shop.mug, quantity=2, shipment=2)
    carts.add(shop.runtime, token, variant_id=shop.bowl, shipment=2)
    return token


def quoted(shop: SmallShop, token: str, *shipments: int) -> Quote:
    way = (shop.accounts["flat"], "standard")
    return service.choose_ways(shop.runtime, token, dict.fromkeys(shipments or (1, 2), way))


def placed(shop: SmallShop, token: str, quote: Quote) -> service.PlacedOrder:
    return service.place_order(
        shop.runtime,
        cart_token=token,
        quote_id=quote.id,
        expected_total=quote.total,
        payment_account_id=shop.accounts["scripted"],
        idempotency_key="k",
        return_url=lambda attempt_id: f"http://shop.test/{attempt_id}",
    )


@pytest.mark.covers("G9")
def test_each_shipment_has_a_fee_of_its_own(shop: SmallShop) -> None:
    quote = quoted(shop, two_shipments(shop))
    assert [(sent.number, str(sent.charge)) for sent in quote.shipments] == [(1, "EUR 5.00"), (2, "EUR 5.00")]
    assert [row.label for row in quote.totals if row.kind == "shipping"] == ["Standard", "Standard"]
    assert str(quote.shipping_charge) == "EUR 10.00"
    assert quote.total == quote.net_goods + quote.net_shipping + quote.tax


def test_each_shipment_becomes_a_fulfilment_of_its_own(shop: SmallShop) -> None:
    token = two_shipments(shop)
    placed(shop, token, quoted(shop, token))
    rows = reader().execute(
        select(Fulfilment.shipment, OrderLine.sku, FulfilmentLine.quantity)
        .join(FulfilmentLine, FulfilmentLine.fulfilment_id == Fulfilment.id)
        .join(OrderLine, OrderLine.id == FulfilmentLine.order_line_id)
        .order_by(Fulfilment.shipment, OrderLine.position)
    )
    assert [tuple(row) for row in rows] == [(1, "MUG", 1), (2, "MUG", 2), (2, "BOWL", 1)]


def test_a_shipment_without_a_chosen_way_is_not_ordered(shop: SmallShop) -> None:
    with pytest.raises(ChoiceGone):
        quoted(shop, two_shipments(shop), 1)


def test_a_way_for_a_shipment_that_there_is_not_is_refused(shop: SmallShop) -> None:
    with pytest.raises(ChoiceGone):
        quoted(shop, shop.cart(), 1, 2)


def test_a_quote_does_not_fit_a_cart_whose_goods_changed_shipments(shop: SmallShop) -> None:
    token = two_shipments(shop)
    quote = quoted(shop, token)
    assert quoting.fits(quote, carts.content(token))
    carts.remove(shop.runtime, token, variant_id=shop.bowl, shipment=2)
    carts.add(shop.runtime, token, variant_id=shop.bowl, shipment=1)
    assert not quoting.fits(quote, carts.content(token))


def test_a_shipment_that_was_emptied_is_forgotten(shop: SmallShop) -> None:
    token = two_shipments(shop)
    quoted(shop, token)
    for variant in (shop.mug, shop.bowl):
        carts.remove(shop.runtime, token, variant_id=variant, shipment=2)
    quote = service.requote(shop.runtime, token)
    assert [sent.number for sent in quote.shipments] == [1] and quoting.fits(quote, carts.content(token))


def test_pieces_of_all_shipments_count_against_the_stock(shop: SmallShop) -> None:
    token = shop.cart()
    stock = queries.cart_page(shop.runtime, token).lines[0].max_quantity
    with pytest.raises(NotEnough):
        carts.add(shop.runtime, token, variant_id=shop.mug, quantity=stock, shipment=2)
    carts.add(shop.runtime, token, variant_id=shop.mug, quantity=stock - 1, shipment=2)
    assert [line.max_quantity for line in queries.cart_page(shop.runtime, token).lines] == [1, stock - 1]


def test_the_delivery_screen_asks_for_each_shipment(shop: SmallShop) -> None:
    token = two_shipments(shop)
    page = queries.delivery_page(shop.runtime, token)
    assert [(choice.number, len(choice.names), len(choice.options)) for choice in page.shipments] == [
        (1, 1, 1),
        (2, 2, 1),
    ]
    carts.set_address(shop.runtime, token, email="anna@example.com", shipping=ANTARCTICA)
    assert not queries.delivery_page(shop.runtime, token).is_possible
