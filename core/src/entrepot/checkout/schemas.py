"""Shapes of carts and quotes in the API."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from entrepot.api.fields import CURRENCIES, Amount, ApiSchema, ListOf, QuerySchema, Text, quantity
from entrepot.api.schemas import AddressSchema
from entrepot.checkout.carts import MOST_PER_LINE, MOST_SHIPMENTS
from entrepot.kernel.money import Money, total
from entrepot.pricing.rules import Quote


def shipment_number(**options: Any) -> ma.fields.Integer:
    return quantity(
        most=MOST_SHIPMENTS, metadata={"description": "What has the same number travels together."}, **options
    )


class CartLineInSchema(ApiSchema):
    sku = Text(least=1, most=100, required=True)
    quantity = quantity(most=MOST_PER_LINE, load_default=1)
    shipment = shipment_number(load_default=1)


class QuantitySchema(ApiSchema):
    """0 takes the line out. ``shipment`` defaults to the first that the SKU travels with."""

    quantity = quantity(least=0, most=MOST_PER_LINE, required=True)
    shipment = shipment_number(load_default=None, allow_none=True)


class LineQuery(QuerySchema):
    """Without ``shipment`` the SKU is taken out of all of them."""

    shipment = ma.fields.Integer(load_default=None, validate=ma.validate.Range(min=1, max=MOST_SHIPMENTS))


class CartInSchema(ApiSchema):
    """A new cart; market and locale default to the store's first. An address needs the e-mail beside it."""

    market = Text(most=20, load_default="")
    locale = Text(most=12, load_default="")
    email = Text(most=254, load_default="")
    lines = ma.fields.List(ma.fields.Nested(CartLineInSchema), load_default=list, validate=ma.validate.Length(max=50))
    shipping_address = ma.fields.Nested(AddressSchema, load_default=None, allow_none=True)
    checkout = ma.fields.Boolean(
        load_default=False,
        metadata={
            "description": "Choose the cheapest ways of delivery and freeze a quote with them at once: the answer's "
            "checkout has it, with all ways of delivery and of paying. Needs lines, e-mail and address."
        },
    )


class CartChangeSchema(ApiSchema):
    """What is left out stays."""

    market = Text(most=20)
    locale = Text(most=12)
    email = Text(most=254)


class CartAddressSchema(ApiSchema):
    email = Text(most=254, required=True)
    shipping = ma.fields.Nested(AddressSchema, required=True)
    billing = ma.fields.Nested(AddressSchema, load_default=None, allow_none=True)


class ChoiceSchema(ApiSchema):
    """A way of delivery, named as the list of options names it."""

    account_id = Text(least=1, most=36, required=True)
    service = Text(least=1, most=80, required=True)
    shipment = shipment_number(load_default=1)


class QuoteInSchema(ApiSchema):
    """Ways of delivery to choose first, one for each shipment; what was chosen before stays."""

    ways = ma.fields.List(
        ma.fields.Nested(ChoiceSchema), load_default=list, validate=ma.validate.Length(max=MOST_SHIPMENTS)
    )


class CouponSchema(ApiSchema):
    code = Text(least=1, most=60, required=True)


class CartLineSchema(ApiSchema):
    """``problem`` is empty, not_sold, sold_out or too_many."""

    sku = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    options = ma.fields.String(required=True)
    quantity = ma.fields.Integer(required=True)
    shipment = ma.fields.Integer(required=True)
    problem = ma.fields.String(required=True)


class CreditInCartSchema(ApiSchema):
    """A gift card or store credit that is to pay. ``state`` is active, empty, expired or blocked."""

    id = ma.fields.String(required=True)
    kind = ma.fields.String(required=True)
    code_end = ma.fields.String(required=True, metadata={"description": "The last four characters of its code."})
    balance = Amount(required=True)
    state = ma.fields.String(required=True)


class CreditCodeSchema(ApiSchema):
    code = Text(least=1, most=60, required=True)


class CreditUseSchema(ApiSchema):
    credit_id = ma.fields.String(required=True)
    kind = ma.fields.String(required=True)
    code_end = ma.fields.String(required=True)
    amount = Amount(required=True)


class DueSchema(ApiSchema):
    """What gift cards and store credit pay of the total, and what is left to pay another way."""

    uses = ma.fields.List(ma.fields.Nested(CreditUseSchema), required=True)
    left = Amount(required=True)


class CartSchema(ApiSchema):
    """What is in the cart. What it costs is asked separately, because carriers and tax calculators answer that."""

    token = ma.fields.String(required=True)
    market = ma.fields.String(required=True)
    currency = ma.fields.String(required=True)
    locale = ma.fields.String(required=True)
    email = ma.fields.String(required=True)
    lines = ma.fields.List(ma.fields.Nested(CartLineSchema), required=True)
    shipping_address = ma.fields.Nested(AddressSchema, required=True, allow_none=True)
    billing_address = ma.fields.Nested(AddressSchema, required=True, allow_none=True)
    shipping = ma.fields.Nested(
        ChoiceSchema, required=True, allow_none=True, metadata={"description": "The choice for the first shipment."}
    )
    shipments = ma.fields.List(ma.fields.Nested(ChoiceSchema), required=True)
    coupons = ma.fields.List(ma.fields.String(), required=True)
    credits = ma.fields.List(ma.fields.Nested(CreditInCartSchema), required=True)
    order = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "Number of the order that the cart became."}
    )


class ShippingOptionSchema(ApiSchema):
    account_id = ma.fields.String(required=True)
    service = ma.fields.String(required=True)
    label = ma.fields.String(required=True)
    carrier = ma.fields.String(required=True)
    price = Amount(required=True)
    min_days = ma.fields.Integer(required=True, allow_none=True)
    max_days = ma.fields.Integer(required=True, allow_none=True)
    duty_terms = ma.fields.String(required=True)


class OfferedOptionSchema(ShippingOptionSchema):
    shipment = ma.fields.Integer(required=True)


class ShippingOptionsSchema(ApiSchema):
    """Of each shipment what can be chosen for it. ``missing`` names carriers that did not answer."""

    items = ma.fields.List(ma.fields.Nested(OfferedOptionSchema), required=True)
    missing = ma.fields.List(ma.fields.String(), required=True)


class PaymentMethodSchema(ApiSchema):
    account_id = ma.fields.String(required=True)
    label = ma.fields.String(required=True)
    provider = ma.fields.String(required=True, attribute="provider_id")
    redirects = ma.fields.Boolean(required=True)


class PaymentMethodsSchema(ApiSchema):
    items = ma.fields.List(ma.fields.Nested(PaymentMethodSchema), required=True)


class DiscountSchema(ApiSchema):
    cause = ma.fields.String(required=True, metadata={"description": "Code of the promotion or catalogue cut."})
    label = ma.fields.String(required=True)
    amount = Amount(required=True)


def included_tax(quote: Quote) -> Money:
    """The part of the tax that the prices contain."""
    return total((row.amount for row in quote.totals if row.kind == "tax_included"), quote.currency)


class QuoteLineSchema(ApiSchema):
    """``unit_price`` is after catalogue cuts, ``total`` after all discounts; both as the market shows prices."""

    sku = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    quantity = ma.fields.Integer(required=True)
    shipment = ma.fields.Integer(required=True)
    list_price = Amount(of=lambda line: line.list_price or line.unit_price, required=True)
    unit_price = Amount(required=True)
    cuts = ma.fields.List(ma.fields.Nested(DiscountSchema), required=True)
    discount = Amount(required=True)
    discounts = ma.fields.List(ma.fields.Nested(DiscountSchema), required=True)
    unit_discounts = ListOf(
        Amount(), of=lambda line: [Money(minor, line.total.currency) for minor in line.unit_discounts], required=True
    )
    total = Amount(required=True)
    tax = Amount(required=True)
    tax_included = ma.fields.Boolean(required=True)
    tax_rate = ma.fields.String(required=True, metadata={"description": "A fraction: 0.19 for 19 %."})


class ShipmentSchema(ApiSchema):
    """What travels together and how. ``charge`` is the delivery fee after discounts."""

    number = ma.fields.Integer(required=True)
    option = ma.fields.Nested(ShippingOptionSchema, required=True)
    discounts = ma.fields.List(ma.fields.Nested(DiscountSchema), required=True)
    charge = Amount(required=True)
    tax = Amount(required=True)
    tax_included = ma.fields.Boolean(required=True)


class TotalRowSchema(ApiSchema):
    kind = ma.fields.String(required=True)
    label = ma.fields.String(required=True)
    amount = Amount(required=True)
    cause = ma.fields.String(required=True)


class DisplaySchema(ApiSchema):
    """The same in another currency, for reading only: each amount is converted by itself, the total is not a sum."""

    currency = ma.fields.String(required=True)
    rate = ma.fields.String(required=True)
    rate_of = ma.fields.String(required=True, metadata={"description": "The day of the rate."})
    goods = Amount(required=True)
    discount = Amount(required=True)
    shipping_charge = Amount(required=True)
    tax = Amount(required=True)
    tax_included = Amount(required=True)
    total = Amount(required=True)
    unit_prices = ma.fields.Dict(keys=ma.fields.String(), values=Amount(), required=True)
    line_totals = ma.fields.Dict(keys=ma.fields.String(), values=Amount(), required=True)


class QuoteSchema(ApiSchema):
    """What the cart costs. ``tax`` is added to the prices, ``tax_included`` is contained in them."""

    id = ma.fields.String(required=True)
    market = ma.fields.String(required=True)
    currency = ma.fields.String(required=True)
    prices_include_tax = ma.fields.Boolean(required=True)
    lines = ma.fields.List(ma.fields.Nested(QuoteLineSchema), required=True)
    coupons = ma.fields.List(ma.fields.String(), required=True)
    goods = Amount(required=True, metadata={"description": "Goods after discounts."})
    discount = Amount(required=True, metadata={"description": "What promotions took off the goods."})
    shipping = ma.fields.Nested(
        ShippingOptionSchema, required=True, allow_none=True, metadata={"description": "Of the first shipment."}
    )
    shipments = ma.fields.List(ma.fields.Nested(ShipmentSchema), required=True)
    shipping_discounts = ma.fields.List(ma.fields.Nested(DiscountSchema), required=True)
    shipping_charge = Amount(required=True, metadata={"description": "The delivery fees after discounts."})
    shipping_with_tax = Amount(of=lambda quote: quote.net_shipping + quote.shipping_tax, required=True)
    tax = Amount(of=lambda quote: quote.tax - included_tax(quote), required=True)
    tax_included = Amount(of=included_tax, required=True)
    total = Amount(required=True)
    totals = ma.fields.List(ma.fields.Nested(TotalRowSchema), required=True)
    tax_state = ma.fields.String(required=True)
    customs_state = ma.fields.String(required=True)
    notices = ma.fields.List(ma.fields.String(), required=True)
    expires_at = ma.fields.DateTime(required=True)


class CheckoutSchema(ApiSchema):
    """All that is needed to place the order, or to choose otherwise first."""

    quote = ma.fields.Nested(QuoteSchema, required=True)
    shipping = ma.fields.Nested(ShippingOptionsSchema, required=True)
    payment = ma.fields.Nested(PaymentMethodsSchema, required=True)


class NewCartSchema(CartSchema):
    """The cart as it was stored; ``checkout`` is null where it was not asked for."""

    checkout = ma.fields.Nested(CheckoutSchema, required=True, allow_none=True)


class PricesSchema(ApiSchema):
    """An estimate; to order, freeze it as a quote."""

    quote = ma.fields.Nested(QuoteSchema, required=True)
    display = ma.fields.Nested(DisplaySchema, required=True, allow_none=True)
    due = ma.fields.Nested(DueSchema, required=True)


class PricesQuery(QuerySchema):
    display_currency = ma.fields.String(load_default="", validate=ma.validate.OneOf(["", *CURRENCIES]))


class PlaceOrderSchema(ApiSchema):
    """Order a cart at the total of a quote. ``payment_method`` is an account_id; empty when nothing has to be paid."""

    cart = Text(least=1, most=64, required=True)
    quote = Text(least=1, most=36, required=True)
    expected_total = Amount(required=True)
    payment_method = Text(most=36, load_default="")
    expected_due = Amount(
        load_default=None,
        allow_none=True,
        metadata={"description": "What the buyer saw was left to pay after gift cards and store credit."},
    )
