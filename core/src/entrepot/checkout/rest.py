"""Carts, quotes and placing orders in the API: the services that the shop's own checkout uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, jsonify

from entrepot import web
from entrepot.api import context
from entrepot.api.errors import NotFound
from entrepot.api.operations import Once, Resource
from entrepot.catalog.queries import sellable_by_sku, sellable_by_skus
from entrepot.catalog.views import Sellable
from entrepot.checkout import carts, credits, quoting, service
from entrepot.checkout.carts import CartContent
from entrepot.checkout.displaying import displayed
from entrepot.checkout.errors import NotSold, QuoteTampered
from entrepot.checkout.queries import cart_lines
from entrepot.checkout.schemas import (
    CartAddressSchema,
    CartChangeSchema,
    CartInSchema,
    CartLineInSchema,
    CartSchema,
    ChoiceSchema,
    CouponSchema,
    CreditCodeSchema,
    LineQuery,
    NewCartSchema,
    PaymentMethodsSchema,
    PlaceOrderSchema,
    PricesQuery,
    PricesSchema,
    QuantitySchema,
    QuoteInSchema,
    QuoteSchema,
    ShippingOptionsSchema,
)
from entrepot.kernel.address import Address
from entrepot.markets.queries import MarketView
from entrepot.orders.queries import buyer_order
from entrepot.orders.rest import buyer_json
from entrepot.orders.schemas import BuyerOrderSchema
from entrepot.orders.service import OrderRef
from entrepot.payments import queries as payment_queries
from entrepot.payments.queries import AttemptView, MethodView
from entrepot.pricing.rules import FIRST_SHIPMENT, Quote
from entrepot.storage.session import unit_of_work

CHANNEL = "api"
Created = tuple[Any, int, dict[str, str]]
_buyer_order = BuyerOrderSchema()

cart_resource = Resource("Carts", __name__, "What a buyer has picked; reached by the cart's own token.")
placing = Resource("Checkout", f"{__name__}.placing", "From a cart to an order.")
resources = (cart_resource, placing)


@cart_resource.operation("POST", "/carts", answer=NewCartSchema, status=201, body=CartInSchema, once=Once.CLAIM)
def create_cart(body: dict[str, Any]) -> Created:
    """Start a cart, and its checkout at once where lines, e-mail and address are known"""
    runtime = web.runtime()
    market, locale = context.market_of(body)
    items = sellable_by_skus([line["sku"] for line in body["lines"]], market, locale, at=runtime.clock.now())
    address = Address(**body["shipping_address"]) if body["shipping_address"] else None
    picked = [(_known(items, line["sku"]), line["quantity"], line["shipment"]) for line in body["lines"]]
    draft = carts.draft(runtime, market=market, locale=locale, picked=picked, email=body["email"], shipping=address)
    by_id = {item.variant_id: item for item in items.values()}
    if not body["checkout"]:
        cart = carts.store(runtime, draft)
        answer = {**_told(cart, by_id), "checkout": None}
    else:
        cart, offer = service.open_checkout(runtime, draft)
        begun = {"quote": offer.quote, "shipping": _offered(offer), "payment": {"items": _methods(cart)}}
        answer = {**_told(cart, by_id), "checkout": begun}
    return answer, 201, {"Location": f"/api/v1/carts/{cart.token}"}


def _known(items: Mapping[str, Sellable], sku: str) -> Sellable:
    if sku not in items:
        raise NotSold(sku)
    return items[sku]


@cart_resource.operation("GET", "/carts/<token>", answer=CartSchema)
def read_cart(token: str) -> dict[str, Any]:
    """What is in the cart"""
    return _cart(token)


@cart_resource.operation("PATCH", "/carts/<token>", answer=CartSchema, body=CartChangeSchema, versioned="read_cart")
def change_cart(body: dict[str, Any], token: str) -> dict[str, Any]:
    """Change market, language or e-mail address"""
    cart = carts.content(token)
    with unit_of_work():
        if "market" in body or "locale" in body:
            asked = {"market": body.get("market", cart.market.code), "locale": body.get("locale", cart.locale)}
            market, locale = context.market_of(asked)
            carts.change_market(web.runtime(), token, market=market.code, locale=locale)
        if "email" in body:
            carts.set_email(web.runtime(), token, email=body["email"])
    return _cart(token)


@cart_resource.operation(
    "POST", "/carts/<token>/lines", answer=CartSchema, body=CartLineInSchema, once=Once.TRANSACTION,
    versioned="read_cart",
)  # fmt: skip
def add_line(body: dict[str, Any], token: str) -> dict[str, Any]:
    """Put pieces in, on top of those that are there"""
    carts.add(
        web.runtime(),
        token,
        variant_id=_variant(token, body["sku"]),
        quantity=body["quantity"],
        shipment=body["shipment"],
    )
    return _cart(token)


@cart_resource.operation(
    "PUT", "/carts/<token>/lines/<sku>", answer=CartSchema, body=QuantitySchema, versioned="read_cart"
)
def set_quantity(body: dict[str, Any], token: str, sku: str) -> dict[str, Any]:
    """Have exactly so many pieces"""
    variant_id = _variant(token, sku)
    shipment = body["shipment"] or carts.content(token).shipment_of(variant_id)
    carts.set_quantity(web.runtime(), token, variant_id=variant_id, quantity=body["quantity"], shipment=shipment)
    return _cart(token)


@cart_resource.operation(
    "DELETE", "/carts/<token>/lines/<sku>", answer=CartSchema, query=LineQuery, versioned="read_cart"
)
def remove_line(query: dict[str, Any], token: str, sku: str) -> dict[str, Any]:
    """Take a line out"""
    carts.remove(web.runtime(), token, variant_id=_variant(token, sku), shipment=query["shipment"])
    return _cart(token)


@cart_resource.operation(
    "PUT", "/carts/<token>/address", answer=CartSchema, body=CartAddressSchema, versioned="read_cart"
)
def set_address(body: dict[str, Any], token: str) -> dict[str, Any]:
    """Say where it goes and whom to write to"""
    billing = Address(**body["billing"]) if body["billing"] else None
    shipping = Address(**body["shipping"])
    carts.set_address(web.runtime(), token, email=body["email"], shipping=shipping, billing=billing)
    return _cart(token)


@cart_resource.operation("GET", "/carts/<token>/shipping-options", answer=ShippingOptionsSchema)
def list_shipping_options(token: str) -> dict[str, Any]:
    """Ways of delivery, cheapest first; for the market's default country until an address is known"""
    return _offered(quoting.price(web.runtime(), carts.content(token)))


def _offered(offer: quoting.Offer) -> dict[str, Any]:
    offered = [{**vars(way), "shipment": each.number} for each in offer.consignments for way in each.ways]
    return {"items": offered, "missing": offer.missing_carriers}


@cart_resource.operation("PUT", "/carts/<token>/shipping", answer=CartSchema, body=ChoiceSchema)
def choose_shipping(body: dict[str, Any], token: str) -> dict[str, Any]:
    """Choose the way of delivery of a shipment"""
    service.choose_way(web.runtime(), token, {body["shipment"]: (body["account_id"], body["service"])})
    return _cart(token)


@cart_resource.operation(
    "POST", "/carts/<token>/coupons", answer=CartSchema, body=CouponSchema, once=Once.TRANSACTION, guessable=True,
    versioned="read_cart",
)  # fmt: skip
def add_coupon(body: dict[str, Any], token: str) -> dict[str, Any]:
    """Enter a coupon; refused with the reason when the cart has not earned it"""
    service.use_coupon(web.runtime(), token, code=body["code"])
    return _cart(token)


@cart_resource.operation("DELETE", "/carts/<token>/coupons/<code>", answer=CartSchema, versioned="read_cart")
def remove_coupon(token: str, code: str) -> dict[str, Any]:
    """Take a coupon out"""
    carts.remove_coupon(web.runtime(), token, code=code)
    return _cart(token)


@cart_resource.operation(
    "POST", "/carts/<token>/credits", answer=CartSchema, body=CreditCodeSchema, once=Once.TRANSACTION, guessable=True,
    versioned="read_cart",
)  # fmt: skip
def add_credit(body: dict[str, Any], token: str) -> dict[str, Any]:
    """Let a gift card or store credit pay; refused with the reason when it cannot"""
    credits.use_credit(web.runtime(), token, code=body["code"])
    return _cart(token)


@cart_resource.operation("DELETE", "/carts/<token>/credits/<credit_id>", answer=CartSchema, versioned="read_cart")
def remove_credit(token: str, credit_id: str) -> dict[str, Any]:
    """Do not let it pay after all"""
    credits.remove_credit(web.runtime(), token, credit_id=credit_id)
    return _cart(token)


@cart_resource.operation("GET", "/carts/<token>/prices", answer=PricesSchema, query=PricesQuery)
def read_prices(query: dict[str, Any], token: str) -> dict[str, Any]:
    """What the cart costs now, with everything that is known of address and delivery"""
    cart = carts.content(token)
    quote = quoting.price(web.runtime(), cart).quote
    due = credits.due(web.runtime(), cart, quote.total)
    return {"quote": quote, "display": displayed(quote, query["display_currency"]), "due": due}


@cart_resource.operation("GET", "/carts/<token>/payment-methods", answer=PaymentMethodsSchema)
def list_payment_methods(token: str) -> dict[str, Any]:
    """Ways to pay"""
    return {"items": _methods(carts.content(token))}


def _methods(cart: CartContent) -> Sequence[MethodView]:
    market = cart.market
    return payment_queries.methods(web.runtime(), market=market.code, currency=market.currency, locale=cart.locale)


@placing.operation(
    "POST", "/carts/<token>/quotes", answer=QuoteSchema, status=201, once=Once.SERVICE, body=QuoteInSchema,
    body_required=False,
)  # fmt: skip
def create_quote(body: dict[str, Any], token: str) -> Created:
    """Freeze what the cart costs, with the ways of delivery that are sent along; the order is placed at this total"""
    ways = {way["shipment"]: (way["account_id"], way["service"]) for way in body["ways"]}
    quote = service.requote(web.runtime(), token, ways)
    return quote, 201, {"Location": f"/api/v1/carts/{token}/quotes/{quote.id}"}


@placing.operation("GET", "/carts/<token>/quotes/<quote_id>", answer=QuoteSchema)
def read_quote(token: str, quote_id: str) -> Quote:
    """A frozen quote"""
    try:
        return quoting.frozen(carts.content(token), quote_id)
    except QuoteTampered as error:
        raise NotFound(f"quote '{quote_id}' of this cart") from error


@placing.operation(
    "POST", "/orders", answer=BuyerOrderSchema, status=201, body=PlaceOrderSchema, once=Once.SERVICE, key_required=True,
    problems=(404,),
)  # fmt: skip
def place_order(body: dict[str, Any]) -> Response:
    """Order what was quoted and begin the payment. At another total than the expected one nothing is ordered."""
    kept: dict[str, Response] = {}

    def keep(order: OrderRef, attempts: Sequence[AttemptView] | None) -> None:
        kept[order.token] = _ordered(order.token, attempts)
        context.keep_with_effect(kept[order.token])

    placed = service.place_order(
        web.runtime(),
        cart_token=body["cart"],
        quote_id=body["quote"],
        expected_total=body["expected_total"],
        payment_account_id=body["payment_method"],
        idempotency_key=context.request_key(),
        return_url=context.payment_return_url,
        channel=CHANNEL,
        expected_due=body["expected_due"],
        when_settled=keep,
    )
    return kept.get(placed.token) or _ordered(placed.token)  # one that was rolled back has another token


def _ordered(token: str, attempts: Sequence[AttemptView] | None = None) -> Response:
    order = buyer_order(token, attempts)
    assert order is not None  # it was placed before
    response = jsonify(_buyer_order.dump(buyer_json(order)))
    response.status_code = 201
    response.headers["Location"] = f"/api/v1/my-orders/{token}"
    return response


def _variant(token: str, sku: str) -> int:
    cart = carts.content(token)
    return _variant_in(cart.market, cart.locale, sku)


def _variant_in(market: MarketView, locale: str, sku: str) -> int:
    """The variant of a SKU that the market knows; raises NotSold."""
    item = sellable_by_sku(sku, market, locale)
    if item is None:
        raise NotSold(sku)
    return item.variant_id


def _cart(token: str) -> dict[str, Any]:
    return _told(carts.content(token))


def _told(cart: CartContent, items: Mapping[int, Sellable] | None = None) -> dict[str, Any]:
    choices = [
        {"account_id": account_id, "service": chosen, "shipment": number}
        for number, (account_id, chosen) in sorted(cart.shipping_choices.items())
    ]
    return {
        "token": cart.token,
        "market": cart.market.code,
        "currency": cart.market.currency,
        "locale": cart.locale,
        "email": cart.email,
        "lines": cart_lines(cart, at=web.runtime().clock.now(), items=items),
        "shipping_address": _address(cart.shipping_address),
        "billing_address": _address(cart.billing_address),
        "shipping": next((choice for choice in choices if choice["shipment"] == FIRST_SHIPMENT), None),
        "shipments": choices,
        "coupons": cart.coupons,
        "credits": credits.entered(web.runtime(), cart),
        "order": cart.order_number or None,
    }


def _address(address: Address | None) -> Mapping[str, str] | None:
    return address.as_dict() if address else None
