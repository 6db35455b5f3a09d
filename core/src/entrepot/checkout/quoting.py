"""From a cart to a quote: ask everybody outside any transaction, total it purely, freeze it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, select

from entrepot.catalog.lines import quote_line
from entrepot.catalog.queries import sellable
from entrepot.catalog.views import Sellable
from entrepot.checkout.asking import Lane
from entrepot.checkout.carts import CartContent
from entrepot.checkout.consignments import Asked, Consignment, by_shipment, consign, duty_of, tax_of
from entrepot.checkout.errors import ChoiceGone, MayNotBeSent, NotEnough, NotSold, QuoteTampered
from entrepot.checkout.models import Quote as QuoteRow
from entrepot.customers.queries import group_of
from entrepot.customs.overrides import codes_for
from entrepot.customs.rules import crosses_border, rate_authorities
from entrepot.engine.guard import Offered
from entrepot.engine.runtime import Runtime
from entrepot.inventory.queries import levels, warehouses
from entrepot.kernel.address import Address
from entrepot.kernel.ids import new_id
from entrepot.orders import queries as order_queries
from entrepot.pricing.frozen import digest, from_json, to_json
from entrepot.pricing.goods import Buyer, PricedGoods, price_goods, refusal_of_coupon
from entrepot.pricing.rate_tables import rates_for
from entrepot.pricing.rules import PricingInput, Quote, QuoteLine, ShippingOption, TraceStep, price_cart
from entrepot.pricing.tax_rounding import TaxRounding, rounded
from entrepot.sdk.customs import CustomsAnswer, Severity
from entrepot.sdk.tax import TaxAnswer
from entrepot.storage.session import insert_rows, reader, rows_of, unit_of_work

VALID_FOR = timedelta(minutes=30)
_by_id = select(QuoteRow.__table__).where(QuoteRow.id == bindparam("quote"))
_newest = select(QuoteRow.__table__).where(QuoteRow.cart_id == bindparam("cart")).order_by(QuoteRow.id.desc()).limit(1)


@dataclass(frozen=True)
class Offer:
    """A quote and the ways of delivery that it could have had."""

    quote: Quote
    consignments: tuple[Consignment, ...]

    @property
    def shipping_options(self) -> tuple[ShippingOption, ...]:
        """Of several shipments those of the first."""
        return self.consignments[0].ways

    @property
    def ways(self) -> dict[int, frozenset[tuple[str, str]]]:
        """What can be chosen, as (carrier account, service), by the shipment's number."""
        return {
            each.number: frozenset((way.account_id, way.service) for way in each.ways) for each in self.consignments
        }

    @property
    def chosen(self) -> dict[int, tuple[str, str]]:
        """(carrier account, service) that it is reckoned with, by the shipment's number."""
        chosen = ((each.number, each.chosen) for each in self.consignments)
        return {number: (way.account_id, way.service) for number, way in chosen if way}

    @property
    def missing_carriers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for each in self.consignments for name in each.carriers.missing))


def price(
    runtime: Runtime,
    cart: CartContent,
    *,
    destination: Address | None = None,
    strict: bool = False,
    assume_cheapest: bool = False,
    items: Mapping[int, Sellable] | None = None,
) -> Offer:
    """What the cart costs when sent to ``destination`` (its own address, or the market's default country).

    Writes nothing. ``strict`` refuses lines that cannot be sold and a way of delivery that is not offered; otherwise
    they are left out, so that a cart page always shows something. ``assume_cheapest`` estimates with the cheapest way
    of delivery while none was chosen. ``items`` are the cart's variants where the caller has read them already.
    """
    target = destination or cart.shipping_address or Address(country=cart.market.default_country)
    items = sellable_items(cart, at=runtime.clock.now()) if items is None else items
    listed = _lines(cart, items, strict=strict)
    goods = _goods(runtime, cart, listed)
    lines = goods.lines
    origin = _origin(target, lines)  # before the accounts, which end the read transaction
    accounts = runtime.accounts.offered("carrier", "tax", "customs", market=cart.market.code)
    lane = _lane(runtime, accounts, cart, origin, target)
    lines = _classified(lines, items, lane)
    asked = Asked(runtime, accounts, lane, items, goods.off_shipping)
    consignments = tuple(
        consign(asked, number, part, choice=cart.choice(number), assume_cheapest=assume_cheapest)
        for number, part in by_shipment(lines).items()
    )
    duty = duty_of([each.duty for each in consignments])
    tax = tax_of([each.tax for each in consignments])
    if strict:
        _refuse_unsent(consignments)
        _refuse_prohibited(duty.answer, lines)
    now = runtime.clock.now()
    quote = price_cart(
        PricingInput(
            id=new_id(),
            market=cart.market.code,
            locale=cart.locale,
            currency=cart.market.currency,
            prices_include_tax=cart.market.includes_tax,
            lines=lines,
            shipments=tuple(each.shipment for each in consignments if each.shipment),
            tax=_rounded(cart, lines, tax.answer),
            customs=duty.answer,
            customs_state=duty.state,
            notices=tax.answer.notices if tax.answer else (),
            trace=(*_price_steps(cart, lines, items), *goods.trace, *_carriers(consignments), *duty.trace, *tax.trace),
            created_at=now,
            expires_at=now + VALID_FOR,
            coupons=cart.coupons,
        )
    )
    return Offer(quote, consignments)


def freeze(runtime: Runtime, cart: CartContent) -> Quote:
    """Price the cart strictly and store the answer; the buyer agrees to exactly this."""
    quote = price(runtime, cart, strict=True).quote
    keep(cart, quote)
    return quote


def keep(cart: CartContent, quote: Quote) -> None:
    """Store a quote that was priced strictly."""
    frozen = to_json(quote)
    row = {
        "id": quote.id,
        "cart_id": cart.id,
        "total": quote.total.minor,
        "currency": quote.currency,
        "content": frozen,
        "digest": digest(frozen),
        "created_at": quote.created_at,
        "expires_at": quote.expires_at,
    }
    with unit_of_work() as session:
        insert_rows(session, QuoteRow, row)


def frozen(cart: CartContent, quote_id: str) -> Quote:
    """A stored quote of this cart; raises QuoteTampered when it is another's, unknown, or was changed since."""
    row = rows_of(_by_id, quote=quote_id).one_or_none()
    if row is None or row.cart_id != cart.id:
        raise QuoteTampered
    return _untampered(row)


def _untampered(row: Row[*tuple[Any, ...]]) -> Quote:
    if digest(row.content) != row.digest:
        raise QuoteTampered
    return from_json(row.content)


def latest(cart: CartContent) -> Quote | None:
    """The newest stored quote of the cart, or None."""
    row = rows_of(_newest, cart=cart.id).one_or_none()
    return _untampered(row) if row is not None else None


def fits(quote: Quote, cart: CartContent) -> bool:
    """Whether the quote is about the cart as it is now: same lines, market, coupons and ways of delivery."""
    lines = [(line.variant_id, line.quantity, line.shipment) for line in quote.lines]
    sent = {each.number: (each.option.account_id, each.option.service) for each in quote.shipments}
    chosen = {line.shipment: cart.choice(line.shipment) for line in quote.lines if line.requires_shipping}
    same_terms = quote.market == cart.market.code and quote.coupons == cart.coupons
    return lines == list(cart.lines) and same_terms and sent == chosen


def coupon_refusal(runtime: Runtime, cart: CartContent, code: str) -> str:
    """Why the coupon cannot be used with the cart: a key such as "unknown" or "used_up"; empty when it can."""
    now = runtime.clock.now()
    listed = _lines(cart, sellable_items(cart, at=now), strict=False)
    return refusal_of_coupon(runtime.registry, listed, cart.market, cart.locale, _buyer(cart), code=code, at=now)


def _goods(runtime: Runtime, cart: CartContent, listed: tuple[QuoteLine, ...]) -> PricedGoods:
    now = runtime.clock.now()
    return price_goods(runtime.registry, listed, cart.market, cart.locale, _buyer(cart), at=now)


def _buyer(cart: CartContent) -> Buyer:
    return Buyer(cart.email, cart.coupons, lambda: order_queries.orders_of(cart.email), lambda: _groups(cart.email))


def _groups(email: str) -> frozenset[str]:
    group = group_of(email)
    return frozenset([group]) if group else frozenset()


def _rounded(cart: CartContent, lines: tuple[QuoteLine, ...], answer: TaxAnswer | None) -> TaxAnswer | None:
    mode = TaxRounding(cart.market.tax_rounding)
    if answer is None or mode is TaxRounding.PER_LINE:
        return answer
    units = {line.id: line.unit_totals for line in lines}
    return rounded(answer, mode, units=units, prices_include_tax=cart.market.includes_tax)


def sellable_items(cart: CartContent, *, at: datetime) -> dict[int, Sellable]:
    """What is known of the cart's variants at that instant, by id."""
    return sellable(list({line.variant_id for line in cart.lines}), cart.market, cart.locale, at=at)


def _lines(cart: CartContent, items: Mapping[int, Sellable], *, strict: bool) -> tuple[QuoteLine, ...]:
    lines = []
    wanted = cart.quantities
    for position, (variant_id, quantity, shipment) in enumerate(cart.lines, start=1):
        item = items.get(variant_id)
        if item is None or item.unit_price is None or not item.active:
            if strict:
                raise NotSold(item.sku if item else str(variant_id))
            continue
        if strict and item.tracked and item.available < wanted[variant_id]:
            raise NotEnough(item.name, item.available, sku=item.sku)
        lines.append(
            quote_line(item, id=str(position), unit_price=item.unit_price, quantity=quantity, shipment=shipment)
        )
    return tuple(lines)


def _origin(target: Address, lines: Sequence[QuoteLine]) -> Address:
    """The warehouse that the quote is reckoned from: the nearest that has all goods, in the order they are asked."""
    active = [warehouse for warehouse in warehouses() if warehouse.active]
    near = sorted(active, key=lambda warehouse: warehouse.address.get("country") != target.country)
    if len(near) < 2:
        return Address.from_dict(near[0].address) if near else target
    stock = {(at.variant_id, at.warehouse_id): at.available for at in levels(reader(), [x.variant_id for x in lines])}
    sent = [line for line in lines if line.requires_shipping and line.tracked]
    for warehouse in near:
        if all(stock.get((line.variant_id, warehouse.id), 0) >= line.quantity for line in sent):
            return Address.from_dict(warehouse.address)
    return Address.from_dict(near[0].address)


def _lane(
    runtime: Runtime,
    accounts: Mapping[str, Sequence[Offered]],
    cart: CartContent,
    origin: Address,
    target: Address,
) -> Lane:
    """The lane of the cart. Exchange rates are looked up only where a border is crossed and somebody may ask."""
    now = runtime.clock.now()
    is_asked = bool(accounts["customs"] or accounts["tax"]) and crosses_border(origin.country, target.country)
    return Lane(
        origin=origin,
        destination=target,
        currency=cart.market.currency,
        at=now,
        locale=cart.locale,
        prices_include_tax=cart.market.includes_tax,
        rates=rates_for(now.date(), rate_authorities(target.country)) if is_asked else (),
    )


def _classified(lines: tuple[QuoteLine, ...], items: Mapping[int, Sellable], lane: Lane) -> tuple[QuoteLine, ...]:
    """The lines with the codes of the destination's own tariff, where a border is crossed."""
    if not crosses_border(lane.origin.country, lane.destination.country):
        return lines
    product = {line.variant_id: items[line.variant_id].product_id for line in lines}
    codes = codes_for(set(product.values()), lane.destination.country)
    return tuple(replace(line, hs_code=codes.get(product[line.variant_id], line.hs_code)) for line in lines)


def _carriers(consignments: Sequence[Consignment]) -> Iterator[TraceStep]:
    return (step for each in consignments for step in each.carriers.trace)


def _refuse_unsent(consignments: Sequence[Consignment]) -> None:
    """Raises ChoiceGone where a shipment has no way of delivery, or none that is still offered."""
    if any(each.chosen is None and each.requires_shipping for each in consignments):
        raise ChoiceGone


def _refuse_prohibited(answer: CustomsAnswer | None, lines: tuple[QuoteLine, ...]) -> None:
    """Raises MayNotBeSent with the first reason why the law forbids a line."""
    names = {line.id: line.name for line in lines}
    for finding in answer.findings if answer else ():
        if finding.severity is Severity.PROHIBITED:
            raise MayNotBeSent(names.get(finding.line_id, ""), finding.text)


def _price_steps(cart: CartContent, lines: Sequence[QuoteLine], items: Mapping[int, Sellable]) -> Iterator[TraceStep]:
    """The price list, then each price that came from elsewhere or holds for a time."""
    yield TraceStep("prices", f"Price list of market {cart.market.code} in {cart.market.currency}")
    for sku, source in {line.sku: items[line.variant_id].price_source for line in lines}.items():
        if source:
            yield TraceStep("prices", f"{sku}: {source}")
