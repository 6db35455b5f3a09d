"""From a cart to a quote: ask everybody outside any transaction, total it purely, freeze it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import select

from entrepot.catalog.queries import sellable
from entrepot.catalog.views import Sellable
from entrepot.checkout.carts import CartContent
from entrepot.checkout.errors import ChoiceGone, NotEnough, NotSold, QuoteTampered
from entrepot.checkout.models import Quote as QuoteRow
from entrepot.customs import service as customs
from entrepot.engine.guard import Offered
from entrepot.engine.runtime import Runtime
from entrepot.inventory.queries import warehouses
from entrepot.kernel.address import Address
from entrepot.kernel.ids import new_id
from entrepot.kernel.money import Money, total
from entrepot.orders import queries as order_queries
from entrepot.pricing.discounting import Discount
from entrepot.pricing.frozen import digest, from_json, to_json
from entrepot.pricing.goods import Buyer, PricedGoods, price_goods, refusal_of_coupon
from entrepot.pricing.rules import SHIPPING_LINE, PricingInput, Quote, QuoteLine, ShippingOption, TraceStep, price_cart
from entrepot.pricing.tax_rounding import TaxRounding, rounded
from entrepot.sdk.carriers import Parcel, RateRequest
from entrepot.sdk.customs import CustomsLine, CustomsQuestion
from entrepot.sdk.tax import TaxAnswer, TaxLine, TaxQuestion
from entrepot.shipping import service as shipping
from entrepot.storage.session import reader, unit_of_work
from entrepot.taxes import service as taxes

VALID_FOR = timedelta(minutes=30)


@dataclass(frozen=True)
class Offer:
    """A quote and the ways of delivery that it could have had."""

    quote: Quote
    shipping_options: tuple[ShippingOption, ...]
    missing_carriers: tuple[str, ...]


def price(
    runtime: Runtime,
    cart: CartContent,
    *,
    destination: Address | None = None,
    strict: bool = False,
    assume_cheapest: bool = False,
) -> Offer:
    """What the cart costs when sent to ``destination`` (its own address, or the market's default country).

    Writes nothing. ``strict`` refuses lines that cannot be sold and a way of delivery that is not offered; otherwise
    they are left out, so that a cart page always shows something. ``assume_cheapest`` estimates with the cheapest way
    of delivery while none was chosen.
    """
    target = destination or cart.shipping_address or Address(country=cart.market.default_country)
    origin = _origin(target)
    listed, items = _lines(cart, strict=strict)
    goods = _goods(runtime, cart, listed)
    lines = goods.lines
    accounts = runtime.accounts.offered("carrier", "tax", "customs", market=cart.market.code)
    shipping_answer = _shipping(runtime, accounts, cart, lines, origin, target)
    chosen = _chosen(cart, shipping_answer.options)
    if chosen is None and assume_cheapest:
        chosen = next(iter(shipping_answer.options), None)
    if strict and chosen is None and any(line.requires_shipping for line in lines):
        raise ChoiceGone
    off_shipping = goods.off_shipping(chosen.price) if chosen else ()
    freight = _freight(chosen, off_shipping)
    tax = taxes.assess(runtime, accounts["tax"], _tax_question(runtime, cart, lines, freight, origin, target))
    duty = customs.assess(
        runtime, accounts["customs"], _customs_question(runtime, cart, lines, items, freight, origin, target)
    )
    now = runtime.clock.now()
    quote = price_cart(
        PricingInput(
            id=new_id(),
            market=cart.market.code,
            locale=cart.locale,
            currency=cart.market.currency,
            prices_include_tax=cart.market.includes_tax,
            lines=lines,
            shipping=chosen,
            tax=_rounded(cart, lines, tax.answer),
            customs=duty.answer,
            customs_state=duty.state,
            notices=tax.answer.notices if tax.answer else (),
            trace=(_catalogue_step(cart), *goods.trace, *shipping_answer.trace, *duty.trace, *tax.trace),
            created_at=now,
            expires_at=now + VALID_FOR,
            shipping_discounts=off_shipping,
            coupons=cart.coupons,
        )
    )
    return Offer(quote, shipping_answer.options, shipping_answer.missing)


def freeze(runtime: Runtime, cart: CartContent) -> Quote:
    """Price the cart strictly and store the answer; the buyer agrees to exactly this."""
    quote = price(runtime, cart, strict=True).quote
    frozen = to_json(quote)
    with unit_of_work() as session:
        session.add(
            QuoteRow(
                id=quote.id,
                cart_id=cart.id,
                total=quote.total.minor,
                currency=quote.currency,
                content=frozen,
                digest=digest(frozen),
                created_at=quote.created_at,
                expires_at=quote.expires_at,
            )
        )
    return quote


def frozen(cart: CartContent, quote_id: str) -> Quote:
    """A stored quote of this cart; raises QuoteTampered when it is another's, unknown, or was changed since."""
    row = reader().execute(select(QuoteRow.__table__).where(QuoteRow.id == quote_id)).one_or_none()
    if row is None or row.cart_id != cart.id or digest(row.content) != row.digest:
        raise QuoteTampered
    return from_json(row.content)


def latest(cart: CartContent) -> Quote | None:
    """The newest stored quote of the cart, or None."""
    query = select(QuoteRow.id).where(QuoteRow.cart_id == cart.id).order_by(QuoteRow.id.desc()).limit(1)
    quote_id = reader().scalar(query)
    return frozen(cart, quote_id) if quote_id else None


def fits(quote: Quote, cart: CartContent) -> bool:
    """Whether the quote is about the cart as it is now: same lines, market, coupons and way of delivery."""
    lines = [(line.variant_id, line.quantity) for line in quote.lines]
    choice = (quote.shipping.account_id, quote.shipping.service) if quote.shipping else ("", "")
    same_terms = quote.market == cart.market.code and quote.coupons == cart.coupons
    return lines == list(cart.lines) and same_terms and choice == cart.shipping_choice


def coupon_refusal(runtime: Runtime, cart: CartContent, code: str) -> str:
    """Why the coupon cannot be used with the cart: a key such as "unknown" or "used_up"; empty when it can."""
    listed, _ = _lines(cart, strict=False)
    now = runtime.clock.now()
    return refusal_of_coupon(runtime.registry, listed, cart.market, cart.locale, _buyer(cart), code=code, at=now)


def _goods(runtime: Runtime, cart: CartContent, listed: tuple[QuoteLine, ...]) -> PricedGoods:
    now = runtime.clock.now()
    return price_goods(runtime.registry, listed, cart.market, cart.locale, _buyer(cart), at=now)


def _buyer(cart: CartContent) -> Buyer:
    return Buyer(cart.email, cart.coupons, lambda: order_queries.orders_of(cart.email))


def _freight(chosen: ShippingOption | None, discounts: tuple[Discount, ...]) -> Money | None:
    """The delivery fee after discounts; None while no way of delivery is chosen."""
    if chosen is None:
        return None
    return chosen.price - total((each.amount for each in discounts), chosen.price.currency)


def _rounded(cart: CartContent, lines: tuple[QuoteLine, ...], answer: TaxAnswer | None) -> TaxAnswer | None:
    mode = TaxRounding(cart.market.tax_rounding)
    if answer is None or mode is TaxRounding.PER_LINE:
        return answer
    units = {line.id: line.unit_totals for line in lines}
    return rounded(answer, mode, units=units, prices_include_tax=cart.market.includes_tax)


def _lines(cart: CartContent, *, strict: bool) -> tuple[tuple[QuoteLine, ...], dict[int, Sellable]]:
    items = sellable([variant_id for variant_id, _ in cart.lines], cart.market, cart.locale)
    lines = []
    for position, (variant_id, quantity) in enumerate(cart.lines, start=1):
        item = items.get(variant_id)
        if item is None or item.unit_price is None or not item.active:
            if strict:
                raise NotSold(item.sku if item else str(variant_id))
            continue
        if strict and item.tracked and item.available < quantity:
            raise NotEnough(item.name, item.available)
        lines.append(_line(str(position), item, item.unit_price, quantity))
    return tuple(lines), items


def _line(id: str, item: Sellable, unit_price: Money, quantity: int) -> QuoteLine:
    return QuoteLine(
        id=id,
        variant_id=item.variant_id,
        sku=item.sku,
        name=item.name,
        options=item.options,
        product_slug=item.product_slug,
        image_path=item.image_path,
        quantity=quantity,
        unit_price=unit_price,
        total=unit_price * quantity,
        tax=Money.zero(unit_price.currency),
        tax_rate=Decimal(0),
        tax_label="",
        tax_rule=None,
        tax_category=item.tax_category,
        hs_code=item.hs_code,
        origin_country=item.origin_country,
        weight_g=item.weight_g,
        tracked=item.tracked,
        requires_shipping=item.requires_shipping,
    )


def _origin(target: Address) -> Address:
    """The warehouse that the quote is reckoned from: one in the destination's country, else the first that is asked."""
    active = [Address.from_dict(warehouse.address) for warehouse in warehouses() if warehouse.active]
    near = next((address for address in active if address.country == target.country), None)
    return near or next(iter(active), target)


def _shipping(
    runtime: Runtime,
    accounts: Mapping[str, Sequence[Offered]],
    cart: CartContent,
    lines: tuple[QuoteLine, ...],
    origin: Address,
    target: Address,
) -> shipping.ShippingAnswer:
    sent = [line for line in lines if line.requires_shipping]
    if not sent:
        return shipping.ShippingAnswer((), (), ())
    request = RateRequest(
        origin=origin,
        destination=target,
        parcels=(Parcel(weight_g=sum(line.weight_g * line.quantity for line in sent)),),
        goods_value=_goods_with_tax(runtime, accounts["tax"], cart, lines, origin, target),
        currency=cart.market.currency,
        at=runtime.clock.now(),
        locale=cart.locale,
    )
    return shipping.options(runtime, accounts["carrier"], request)


def _goods_with_tax(
    runtime: Runtime,
    calculators: Sequence[Offered],
    cart: CartContent,
    lines: tuple[QuoteLine, ...],
    origin: Address,
    target: Address,
) -> Money:
    """What the buyer pays for the goods after discounts, tax included, for the carriers' thresholds."""
    if cart.market.includes_tax:
        return total((line.total for line in lines), cart.market.currency)
    tax = taxes.assess(runtime, calculators, _tax_question(runtime, cart, lines, None, origin, target)).answer
    paid = [line.gross for line in tax.lines] if tax else [line.total for line in lines]
    return total(paid, cart.market.currency)


def _chosen(cart: CartContent, options: tuple[ShippingOption, ...]) -> ShippingOption | None:
    return next((option for option in options if (option.account_id, option.service) == cart.shipping_choice), None)


def _tax_question(
    runtime: Runtime,
    cart: CartContent,
    lines: tuple[QuoteLine, ...],
    freight: Money | None,
    origin: Address,
    target: Address,
) -> TaxQuestion:
    goods = [TaxLine(line.id, line.total, line.quantity, line.tax_category, line.hs_code) for line in lines]
    delivery = [TaxLine(SHIPPING_LINE, freight, subject="shipping")] if freight is not None else []
    return TaxQuestion(
        origin=origin,
        destination=target,
        currency=cart.market.currency,
        at=runtime.clock.now(),
        prices_include_tax=cart.market.includes_tax,
        lines=(*goods, *delivery),
        locale=cart.locale,
    )


def _customs_question(
    runtime: Runtime,
    cart: CartContent,
    lines: tuple[QuoteLine, ...],
    items: dict[int, Sellable],
    freight: Money | None,
    origin: Address,
    target: Address,
) -> CustomsQuestion:
    none = Money.zero(cart.market.currency)
    return CustomsQuestion(
        origin=origin,
        destination=target,
        currency=cart.market.currency,
        at=runtime.clock.now(),
        lines=tuple(
            CustomsLine(
                id=line.id,
                intrinsic_value=line.total,
                quantity=line.quantity,
                weight_g=line.weight_g * line.quantity,
                hs_code=line.hs_code,
                origin_country=line.origin_country,
                description=items[line.variant_id].customs_description or line.name,
                materials=items[line.variant_id].materials,
            )
            for line in lines
        ),
        freight=none if freight is None else freight,
        insurance=none,
    )


def _catalogue_step(cart: CartContent) -> TraceStep:
    return TraceStep("prices", f"Price list of market {cart.market.code} in {cart.market.currency}")
