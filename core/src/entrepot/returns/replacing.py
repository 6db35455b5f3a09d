"""What goods of an exchange cost: the same product at the price that was paid, plus what today's prices differ by;
another product at today's price. Promotions and duties are not asked for again; tax is, at the rates of the day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from entrepot.catalog.lines import quote_line
from entrepot.catalog.queries import sellable
from entrepot.catalog.views import Sellable
from entrepot.engine.runtime import Runtime
from entrepot.inventory.queries import warehouses
from entrepot.kernel.address import Address
from entrepot.kernel.ids import new_id
from entrepot.kernel.money import Money
from entrepot.markets.queries import MarketView, known_store
from entrepot.orders.service import Placement
from entrepot.pricing.rules import PricingInput, Quote, QuoteLine, price_cart
from entrepot.returns.errors import NotSoldThere
from entrepot.returns.models import Order
from entrepot.sdk.tax import Certainty, TaxAnswer, TaxLine, TaxQuestion
from entrepot.taxes import service as taxes

#: So long goods of an exchange wait for what the buyer owes.
PAY_WITHIN = timedelta(days=14)


@dataclass(frozen=True)
class Swap:
    """Pieces of a line that go, and the variant that comes for each. ``paid``: each piece's price, as the market shows
    prices."""

    old_variant_id: int | None
    new_variant_id: int
    paid: tuple[Money, ...]


def exchange_quote(runtime: Runtime, order: Order, swaps: Sequence[Swap]) -> Quote:
    """The priced goods that leave in exchange. Asks the tax calculator, so never inside a transaction.

    Raises NotSoldThere for what the market does not sell.
    """
    market = known_store().market(order.market)
    if market is None:
        raise NotSoldThere
    ids = {swap.new_variant_id for swap in swaps} | {swap.old_variant_id for swap in swaps if swap.old_variant_id}
    items = sellable(sorted(ids), market, order.locale, at=runtime.clock.now())
    wanted = Counter(each for swap in swaps for each in _priced(swap, items))
    lines = [
        quote_line(items[variant_id], id=str(position), unit_price=price, quantity=quantity)
        for position, ((variant_id, price), quantity) in enumerate(wanted.items(), start=1)
    ]
    return _quote(runtime, order, lines, _tax(runtime, order, market, lines), includes_tax=market.includes_tax)


def free_quote(runtime: Runtime, order: Order, sold: Quote, pieces: Mapping[int, int]) -> Quote:
    """Goods that go back to their owner: {position in the order's quote: pieces}, at no charge."""
    none = Money.zero(order.currency)
    lines = [
        replace(
            sold.lines[position],
            id=str(number),
            quantity=quantity,
            unit_price=none,
            list_price=None,
            total=none,
            tax=none,
            cuts=(),
            discounts=(),
            unit_discounts=(),
        )
        for number, (position, quantity) in enumerate(pieces.items(), start=1)
    ]
    return _quote(runtime, order, lines, None, includes_tax=sold.prices_include_tax)


def placement(
    runtime: Runtime, order: Order, *, channel: str, return_number: str, held_at: int | None = None
) -> Placement:
    """How the order that follows from a return is placed: it goes where the first one went."""
    return Placement(
        email=order.email,
        shipping_address=Address.from_dict(order.shipping_address),
        billing_address=Address.from_dict(order.billing_address),
        idempotency_key=f"{channel}:{return_number}",
        request_digest="",
        hold_until=runtime.clock.now() + PAY_WITHIN,
        channel=channel,
        external_id=return_number,
        policies=order.policies,
        number_prefix=str(known_store().settings.get("order_prefix", "")),
        held_at=held_at,
    )


def _priced(swap: Swap, items: Mapping[int, Sellable]) -> Iterable[tuple[int, Money]]:
    """(variant, price) of each piece that leaves."""
    new, old = items.get(swap.new_variant_id), items.get(swap.old_variant_id or 0)
    if new is None or new.unit_price is None or not new.active:
        raise NotSoldThere
    if old is None or old.unit_price is None or old.product_id != new.product_id:
        return [(new.variant_id, new.unit_price) for _ in swap.paid]
    dearer = new.unit_price - old.unit_price
    return [(new.variant_id, max(paid + dearer, Money.zero(paid.currency))) for paid in swap.paid]


def _tax(runtime: Runtime, order: Order, market: MarketView, lines: Sequence[QuoteLine]) -> TaxAnswer | None:
    destination = Address.from_dict(order.shipping_address)
    question = TaxQuestion(
        origin=_origin(destination),
        destination=destination,
        currency=order.currency,
        at=runtime.clock.now(),
        prices_include_tax=market.includes_tax,
        lines=tuple(_tax_line(line) for line in lines),
        locale=order.locale,
    )
    return taxes.assess(runtime, runtime.accounts.offered("tax", market=market.code)["tax"], question).answer


def _origin(destination: Address) -> Address:
    first = next((warehouse for warehouse in warehouses() if warehouse.active), None)
    return Address.from_dict(first.address) if first else destination


def _tax_line(line: QuoteLine) -> TaxLine:
    return TaxLine(
        line.id,
        line.total,
        line.quantity,
        line.tax_category,
        line.hs_code,
        origin_country=line.origin_country,
        weight_g=line.weight_g * line.quantity,
    )


def _quote(
    runtime: Runtime, order: Order, lines: Sequence[QuoteLine], tax: TaxAnswer | None, *, includes_tax: bool
) -> Quote:
    now = runtime.clock.now()
    return price_cart(
        PricingInput(
            id=new_id(),
            market=order.market,
            locale=order.locale,
            currency=order.currency,
            prices_include_tax=includes_tax,
            lines=tuple(lines),
            shipments=(),
            tax=tax,
            customs=None,
            customs_state=Certainty.NOT_DUE,
            notices=(),
            trace=(),
            created_at=now,
            expires_at=now + PAY_WITHIN,
        )
    )
