"""What the cart and checkout pages show. Reading only: a page never writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from entrepot.catalog.media import media_url
from entrepot.catalog.views import Sellable
from entrepot.checkout import address_rules, credits, quoting
from entrepot.checkout.address_rules import FieldRule
from entrepot.checkout.carts import CartContent, CartItem, content, count, most_per_line
from entrepot.checkout.consignments import Consignment
from entrepot.checkout.errors import AlreadyOrdered
from entrepot.credit.queries import CreditView
from entrepot.engine.runtime import Runtime
from entrepot.kernel.address import Address
from entrepot.kernel.money import Money, total
from entrepot.payments import queries as payment_queries
from entrepot.payments.queries import MethodView
from entrepot.pricing.goods import cut_prices
from entrepot.pricing.rules import FIRST_SHIPMENT, Quote, ShippingOption
from entrepot.sdk.jobs import Notice

cart_count = count


@dataclass(frozen=True)
class CartLineView:
    """One line. ``problem`` is "", "not_sold", "sold_out" or "too_many"; ``max_quantity`` is what can be chosen."""

    variant_id: int
    sku: str
    name: str
    options: str
    slug: str
    image_url: str
    quantity: int
    unit_price: Money | None
    total: Money | None
    problem: str
    max_quantity: int
    shipment: int = FIRST_SHIPMENT


@dataclass(frozen=True)
class CartPage:
    """``estimate`` is the whole price with the cheapest delivery, None for a cart with nothing to sell."""

    lines: tuple[CartLineView, ...]
    subtotal: Money
    includes_tax: bool
    estimate: Quote | None
    estimate_country: str
    notices: tuple[Notice, ...]
    coupons: tuple[str, ...] = ()
    #: Gift cards and store credits that are to pay.
    credits: tuple[CreditView, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.lines

    @property
    def can_check_out(self) -> bool:
        return bool(self.lines) and not any(line.problem for line in self.lines)


@dataclass(frozen=True)
class AddressForm:
    """The address screen: the country's fields and what was entered before."""

    cart: CartContent
    email: str
    country: str
    countries: tuple[str, ...]
    fields: tuple[FieldRule, ...]
    shipping: Address
    billing: Address | None
    billing_fields: tuple[FieldRule, ...]


@dataclass(frozen=True)
class ShipmentChoice:
    """The ways of delivery of one shipment, and the chosen (carrier account, service)."""

    number: int
    names: tuple[str, ...]
    options: tuple[ShippingOption, ...]
    chosen: tuple[str, str]


@dataclass(frozen=True)
class DeliveryPage:
    """The delivery screen: what has to be sent, most often in one shipment. ``missing`` names carriers that did not
    answer."""

    shipments: tuple[ShipmentChoice, ...]
    missing: tuple[str, ...]
    quote: Quote
    address: Address
    #: In the whole cart.
    pieces: int

    @property
    def is_possible(self) -> bool:
        """Whether there is a way for all of it."""
        return all(shipment.options for shipment in self.shipments)


@dataclass(frozen=True)
class ReviewPage:
    """The last screen: everything, and the ways to pay. ``stale`` says that the quote must be made again first."""

    cart: CartContent
    quote: Quote | None
    stale: bool
    methods: tuple[MethodView, ...]


def cart_page(runtime: Runtime, token: str, *, country: str = "") -> CartPage:
    """The cart, estimated for its address, else for ``country``; raises CartMissing, AlreadyOrdered."""
    cart = _open(token)
    visitors = country if country in cart.market.countries else cart.market.default_country
    destination = cart.shipping_address or Address(country=visitors)
    items = quoting.sellable_items(cart, at=runtime.clock.now())
    offer = None
    if any(_listed(item) is not None for item in items.values()):
        offer = quoting.price(runtime, cart, destination=destination, assume_cheapest=True, items=items)
    today = {line.variant_id: line.unit_price for line in offer.quote.lines} if offer else {}
    lines = _line_views(cart, items, today)
    sold = [line.total for line in lines if line.total is not None]
    return CartPage(
        lines=lines,
        subtotal=total(sold, cart.market.currency),
        includes_tax=cart.market.includes_tax,
        estimate=offer.quote if offer else None,
        estimate_country=destination.country,
        notices=_notices(runtime, cart, lines),
        coupons=cart.coupons,
        credits=credits.entered(runtime, cart),
    )


def address_form(token: str, *, country: str = "", billing_country: str = "", default_country: str = "") -> AddressForm:
    """The address screen for a country (else the stored one, the visitor's, the market's default)."""
    cart = _open(token)
    stored = cart.shipping_address
    visitors = default_country if default_country in cart.market.countries else cart.market.default_country
    chosen = country or (stored.country if stored else visitors)
    billing = cart.billing_address
    return AddressForm(
        cart=cart,
        email=cart.email,
        country=chosen,
        countries=tuple(sorted(cart.market.countries)),
        fields=address_rules.form(chosen),
        shipping=stored if stored and stored.country == chosen else Address(country=chosen),
        billing=billing,
        billing_fields=address_rules.form(billing_country or (billing.country if billing else chosen)),
    )


def delivery_page(runtime: Runtime, token: str) -> DeliveryPage:
    """Ways of delivery to the cart's address; the address must have been given."""
    cart = _open(token)
    offer = quoting.price(runtime, cart, assume_cheapest=True)
    return DeliveryPage(
        shipments=tuple(_choice(cart, each) for each in offer.consignments if each.requires_shipping),
        missing=offer.missing_carriers,
        quote=offer.quote,
        address=cart.shipping_address or Address(country=cart.market.default_country),
        pieces=cart.pieces,
    )


def _choice(cart: CartContent, sent: Consignment) -> ShipmentChoice:
    names = tuple(f"{line.name} {line.options}".strip() for line in sent.lines if line.requires_shipping)
    return ShipmentChoice(sent.number, names, sent.ways, cart.choice(sent.number))


def review_page(runtime: Runtime, token: str) -> ReviewPage:
    """The quote that the buyer is asked to agree to, and the ways to pay it."""
    cart = _open(token)
    quote = quoting.latest(cart)
    stale = quote is None or quote.expires_at <= runtime.clock.now() or not quoting.fits(quote, cart)
    methods = payment_queries.methods(
        runtime, market=cart.market.code, currency=cart.market.currency, locale=cart.locale
    )
    return ReviewPage(cart=cart, quote=quote, stale=stale, methods=tuple(methods))


def _open(token: str) -> CartContent:
    """A cart that is still one; what became an order is shown on the order's page."""
    cart = content(token)
    if cart.order_number:
        raise AlreadyOrdered(cart.order_number)
    return cart


def cart_lines(
    cart: CartContent, *, at: datetime, items: Mapping[int, Sellable] | None = None
) -> tuple[CartLineView, ...]:
    """The cart's lines at today's prices: listed ones after catalogue cuts. ``items`` as ``quoting.price`` takes it."""
    items = quoting.sellable_items(cart, at=at) if items is None else items
    listed = {id: price for id, item in items.items() if (price := _listed(item)) is not None}
    today = cut_prices(listed, cart.market, cart.locale, at=at)
    return _line_views(cart, items, {id: cut.price for id, cut in today.items()})


def _listed(item: Sellable) -> Money | None:
    return item.unit_price if item.active else None


def _line_views(
    cart: CartContent, items: Mapping[int, Sellable], today: Mapping[int, Money]
) -> tuple[CartLineView, ...]:
    wanted = cart.quantities
    return tuple(
        _line(items.get(line.variant_id), line, wanted[line.variant_id] - line.quantity, today.get(line.variant_id))
        for line in cart.lines
    )


def _line(item: Sellable | None, line: CartItem, elsewhere: int, price: Money | None) -> CartLineView:
    """``item`` is None where nothing is known of the variant any more, ``price`` where it is not sold.

    ``elsewhere`` are pieces of it in other shipments.
    """
    variant_id, quantity, shipment = line
    if item is None or price is None:
        sku, name = (item.sku, item.name) if item else (str(variant_id), "")
        return CartLineView(variant_id, sku, name, "", "", "", quantity, None, None, "not_sold", 0, shipment)
    most = min(item.available - elsewhere, most_per_line()) if item.tracked else most_per_line()
    return CartLineView(
        variant_id=variant_id,
        sku=item.sku,
        name=item.name,
        options=item.options,
        slug=item.product_slug,
        image_url=media_url(item.image_path),
        quantity=quantity,
        unit_price=price,
        total=price * quantity,
        problem="" if quantity <= most else "too_many" if most > 0 else "sold_out",
        max_quantity=max(most, 0),
        shipment=shipment,
    )


def _notices(runtime: Runtime, cart: CartContent, lines: tuple[CartLineView, ...]) -> tuple[Notice, ...]:
    skus = [line.sku for line in lines]
    answers = runtime.registry.hooks.collect(
        "entrepot_cart_notices", skus=skus, market=cart.market.code, locale=cart.locale
    )
    return tuple(
        notice
        for _, notices in answers.results
        if isinstance(notices, list)
        for notice in notices
        if isinstance(notice, Notice)
    )
