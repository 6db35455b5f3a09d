"""What an order costs once it is edited: today's price for new lines, everything else as it was bought, tax and duties
reckoned again for the whole order as of the day on which it was bought. Asks providers; never inside a transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from entrepot.catalog.lines import quote_line
from entrepot.catalog.queries import sellable, sellable_by_sku
from entrepot.catalog.views import Sellable
from entrepot.checkout.asking import Lane, as_delivered_unpaid, customs_question, is_left_to_the_buyer, tax_question
from entrepot.checkout.consignments import Asked, Consignment, by_shipment, consign, duty_of, tax_of
from entrepot.customs import service as customs
from entrepot.customs.overrides import codes_for
from entrepot.customs.rules import crosses_border, rate_authorities
from entrepot.editing import errors
from entrepot.editing.errors import EditRefused
from entrepot.editing.rules import MOST_PIECES, Difference, Edit, adjusted, differences, with_quantity
from entrepot.engine.runtime import Runtime
from entrepot.inventory.queries import warehouses
from entrepot.kernel.address import Address
from entrepot.kernel.ids import new_id
from entrepot.kernel.money import Money, total
from entrepot.markets.queries import MarketView
from entrepot.pricing.discounting import Discount
from entrepot.pricing.goods import cut_prices
from entrepot.pricing.rate_tables import rates_for
from entrepot.pricing.rules import (
    FIRST_SHIPMENT,
    PricingInput,
    Quote,
    QuoteLine,
    Shipment,
    ShippingOption,
    TraceStep,
    price_cart,
)
from entrepot.pricing.tax_rounding import TaxRounding, rounded
from entrepot.sdk.carriers import DutyTerms
from entrepot.sdk.customs import Severity
from entrepot.sdk.tax import Certainty, TaxAnswer
from entrepot.shipping.service import ShippingAnswer
from entrepot.taxes import service as taxes


@dataclass(frozen=True)
class Bought:
    """An order's line as it stands: its id, what of it has left, and how it was priced."""

    id: str
    shipped: int
    line: QuoteLine


@dataclass(frozen=True)
class Purchase:
    """What of an order a new price depends on. ``warehouse_ids`` hold its open parts, the likeliest origin first."""

    quote: Quote
    market: MarketView
    lines: tuple[Bought, ...]
    address: Address
    warehouse_ids: tuple[int, ...]
    earlier_edits: int


@dataclass(frozen=True)
class Part:
    """One line before and after; ``id`` is the order line's, empty for a new one."""

    id: str
    bought: QuoteLine | None
    edited: QuoteLine | None


@dataclass(frozen=True)
class Repriced:
    """The edited order's quote, the lines that made it in the quote's order, and what is different."""

    quote: Quote
    parts: tuple[Part, ...]
    differences: tuple[Difference, ...]


def reprice(runtime: Runtime, order: Purchase, edit: Edit) -> Repriced:
    """Price the edited order. Raises EditRefused where it cannot be sold, sent, or reckoned like that."""
    added = _added(runtime, order, edit)
    parts = [_changed(bought, edit) for bought in order.lines] + [Part("", None, line) for line in added]
    kept = [part.edited for part in parts if part.edited is not None]
    free = {b.line.id for b in order.lines if not b.shipped} | {line.id for line in added}
    lines = kept
    if edit.adjustment is not None and not edit.adjustment.is_zero:
        cause = f"edit {order.earlier_edits + 1}"
        lines = adjusted(kept, edit.adjustment, over=free, cause=cause, reason=edit.reason)
    quote = _quoted(runtime, order, edit, tuple(lines))
    pairs = [(part.bought, part.edited) for part in parts]
    return Repriced(quote, tuple(parts), differences(order.quote, quote, pairs, edit))


def _changed(bought: Bought, edit: Edit) -> Part:
    quantity = edit.quantities.get(bought.id, bought.line.quantity)
    if quantity == bought.line.quantity:
        return Part(bought.id, bought.line, bought.line)
    return Part(bought.id, bought.line, with_quantity(bought.line, quantity) if quantity else None)


def _added(runtime: Runtime, order: Purchase, edit: Edit) -> list[QuoteLine]:
    first = max((int(b.line.id) for b in order.lines), default=0) + 1
    return [
        _new_line(runtime, order, str(first + position), sku, quantity)
        for position, (sku, quantity) in enumerate(edit.added)
    ]


def _new_line(runtime: Runtime, order: Purchase, id: str, sku: str, quantity: int) -> QuoteLine:
    now = runtime.clock.now()
    item = sellable_by_sku(sku, order.market, order.quote.locale, at=now)
    if item is None or item.unit_price is None or not item.active or not 0 < quantity <= MOST_PIECES:
        raise EditRefused(errors.NOT_SOLD, sku=sku)
    if item.unit_price.currency != order.quote.currency:
        raise EditRefused(errors.OTHER_CURRENCY, currency=order.quote.currency, given=item.unit_price.currency)
    prices = {item.variant_id: item.unit_price}
    cut = cut_prices(prices, order.market, order.quote.locale, at=now)[item.variant_id]
    shipment = order.quote.shipments[0].number if order.quote.shipments else FIRST_SHIPMENT
    line = quote_line(item, id=id, unit_price=cut.price, quantity=quantity, shipment=shipment)
    return replace(line, list_price=cut.list_price if cut.is_cut else None, cuts=cut.discounts)


def _quoted(runtime: Runtime, order: Purchase, edit: Edit, lines: tuple[QuoteLine, ...]) -> Quote:
    """The pipeline of a checkout, with what was bought in the place of what is offered today."""
    bought = order.quote
    lane = _lane(order, edit.address or order.address)
    accounts = runtime.accounts.offered("carrier", "tax", "customs", market=order.market.code)
    items = _items(order, lines)
    lines = _classified(bought, lines, items, lane)
    sent = {shipment.number: shipment for shipment in bought.shipments}
    asked = Asked(runtime, accounts, lane, items, lambda fee: ())
    elsewhere = edit.address is not None and not _same_place(order.address, edit.address)
    consignments = tuple(
        _consigned(asked, number, part, sent.get(number), elsewhere=elsewhere)
        for number, part in by_shipment(lines).items()
    )
    duty, tax = duty_of([each.duty for each in consignments]), tax_of([each.tax for each in consignments])
    _refuse_forbidden(duty, lines)
    edited = TraceStep("edit", f"Edit {order.earlier_edits + 1}: {edit.reason}")
    quote = price_cart(
        PricingInput(
            id=new_id(),
            market=bought.market,
            locale=bought.locale,
            currency=bought.currency,
            prices_include_tax=bought.prices_include_tax,
            lines=lines,
            shipments=tuple(each.shipment for each in consignments if each.shipment),
            tax=_rounded(order, lines, tax.answer),
            customs=duty.answer,
            customs_state=duty.state,
            notices=tax.answer.notices if tax.answer else (),
            trace=(*bought.trace, edited, *duty.trace, *tax.trace),
            created_at=bought.created_at,
            expires_at=bought.expires_at,
            coupons=bought.coupons,
        )
    )
    if _is_lost(bought.tax_state, quote.tax_state) or _is_lost(bought.customs_state, quote.customs_state):
        raise EditRefused(errors.NOT_RECKONED)
    return quote


def _consigned(
    asked: Asked, number: int, lines: tuple[QuoteLine, ...], bought: Shipment | None, *, elsewhere: bool
) -> Consignment:
    """The shipment as it was bought; for another place the carriers are asked for the price of the same service."""
    sent = any(line.requires_shipping for line in lines)
    if sent and bought is None:
        raise EditRefused(errors.NO_WAY_OF_DELIVERY)
    if bought is None or not sent:
        return _as_agreed(asked, number, lines, None, ())
    if not elsewhere:
        return _as_agreed(asked, number, lines, bought.option, bought.discounts)
    there = replace(asked, off_shipping=lambda fee: _capped(bought.discounts, fee))
    choice = (bought.option.account_id, bought.option.service)
    found = consign(there, number, lines, choice=choice, assume_cheapest=False)
    if found.chosen is None:
        raise EditRefused(errors.NOT_SENT_THERE, service=bought.option.label)
    return found


def _as_agreed(
    asked: Asked,
    number: int,
    lines: tuple[QuoteLine, ...],
    chosen: ShippingOption | None,
    discounts: tuple[Discount, ...],
) -> Consignment:
    """Tax and duties of the shipment with the delivery, its fee and its duty terms as they were agreed to."""
    freight = chosen.price - total((each.amount for each in discounts), chosen.price.currency) if chosen else None
    category = chosen.tax_category if chosen else "standard"
    question = tax_question(asked.lane, lines, freight, category, number)
    tax = taxes.assess(asked.runtime, asked.accounts["tax"], question)
    incoterm = "" if chosen is None or chosen.duty_terms is DutyTerms.DDP else "DAP"
    border = customs_question(asked.lane, lines, asked.items, freight, tax.answer, shipment=number, incoterm=incoterm)
    duty = customs.assess(asked.runtime, asked.accounts["customs"], border)
    if chosen is not None and is_left_to_the_buyer(duty.answer):
        chosen = as_delivered_unpaid(chosen)
    ways = (chosen,) if chosen else ()
    return Consignment(number, lines, ways, chosen, discounts, ShippingAnswer((), (), ()), tax, duty)


def _is_lost(before: Certainty, after: Certainty) -> bool:
    """An answer that was there at the purchase must be there again: unknown is never zero."""
    return after is Certainty.UNKNOWN and before is not Certainty.UNKNOWN


def _lane(order: Purchase, target: Address) -> Lane:
    bought = order.quote
    origin = _origin(order)
    day = bought.created_at.date()
    crosses = crosses_border(origin.country, target.country)
    return Lane(
        origin=origin,
        destination=target,
        currency=bought.currency,
        at=bought.created_at,
        locale=bought.locale,
        prices_include_tax=bought.prices_include_tax,
        rates=rates_for(day, rate_authorities(target.country)) if crosses else (),
    )


def _origin(order: Purchase) -> Address:
    """A warehouse of the order from which the purchase crossed a border, or did not, as it was reckoned then."""
    crossed = order.quote.customs_state is not Certainty.NOT_DUE
    by_id = {warehouse.id: Address.from_dict(warehouse.address) for warehouse in warehouses()}
    likely = [by_id[id] for id in order.warehouse_ids if id in by_id]
    every = [*likely, *by_id.values()]
    fitting = (each for each in every if crosses_border(each.country, order.address.country) == crossed)
    return next(fitting, every[0] if every else order.address)


def _items(order: Purchase, lines: Sequence[QuoteLine]) -> dict[int, Sellable]:
    """What the catalogue knows of the variants; of those it has forgotten, what the purchase knows."""
    known = sellable([line.variant_id for line in lines], order.market, order.quote.locale)
    return {line.variant_id: known.get(line.variant_id) or _as_bought(line) for line in lines}


def _as_bought(line: QuoteLine) -> Sellable:
    return Sellable(
        variant_id=line.variant_id,
        sku=line.sku,
        name=line.name,
        options=line.options,
        unit_price=line.unit_price,
        tax_category=line.tax_category,
        hs_code=line.hs_code,
        origin_country=line.origin_country,
        weight_g=line.weight_g,
        requires_shipping=line.requires_shipping,
        tracked=line.tracked,
        available=0,
        image_path=line.image_path,
        product_slug=line.product_slug,
        product_id=0,
        active=False,
    )


def _classified(
    bought: Quote, lines: tuple[QuoteLine, ...], items: Mapping[int, Sellable], lane: Lane
) -> tuple[QuoteLine, ...]:
    """New lines with the codes of the destination's own tariff, where a border is crossed."""
    if not crosses_border(lane.origin.country, lane.destination.country):
        return lines
    old = {line.id for line in bought.lines}
    product = {line.variant_id: items[line.variant_id].product_id for line in lines}
    codes = codes_for(set(product.values()), lane.destination.country)
    return tuple(
        line if line.id in old else replace(line, hs_code=codes.get(product[line.variant_id], line.hs_code))
        for line in lines
    )


def _same_place(one: Address, other: Address) -> bool:
    """Whether carriers ask the same for both."""
    return (one.country, one.region, one.postcode) == (other.country, other.region, other.postcode)


def _capped(discounts: Sequence[Discount], price: Money) -> tuple[Discount, ...]:
    """The discounts on the delivery as they were promised, never more than it costs now."""
    kept = []
    for each in discounts:
        amount = min(each.amount, price)
        price -= amount
        kept.append(replace(each, amount=amount))
    return tuple(kept)


def _rounded(order: Purchase, lines: Sequence[QuoteLine], answer: TaxAnswer | None) -> TaxAnswer | None:
    mode = TaxRounding(order.market.tax_rounding)
    if answer is None or mode is TaxRounding.PER_LINE:
        return answer
    units = {line.id: line.unit_totals for line in lines}
    return rounded(answer, mode, units=units, prices_include_tax=order.quote.prices_include_tax)


def _refuse_forbidden(duty: customs.CustomsResult, lines: Sequence[QuoteLine]) -> None:
    names = {line.id: line.name for line in lines}
    for finding in duty.answer.findings if duty.answer else ():
        if finding.severity is Severity.PROHIBITED:
            raise EditRefused(errors.FORBIDDEN, name=names.get(finding.line_id, ""), why=finding.text)
