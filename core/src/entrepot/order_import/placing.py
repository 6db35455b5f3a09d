"""An order of another channel becomes an order of the store, at the prices that were paid there."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import timedelta

from entrepot.catalog.importing.failures import RowFailure
from entrepot.catalog.lines import quote_line
from entrepot.catalog.views import Sellable
from entrepot.customs.rules import crosses_border
from entrepot.engine.runtime import Runtime
from entrepot.inventory.queries import warehouses
from entrepot.kernel.address import Address
from entrepot.kernel.ids import new_id
from entrepot.kernel.money import Money
from entrepot.markets.queries import known_store
from entrepot.order_import.models import ImportedOrder
from entrepot.order_import.queries import last_event
from entrepot.order_import.reading import OrderRecord
from entrepot.orders import service as orders
from entrepot.orders.service import OrderRef, Placement
from entrepot.payments import own
from entrepot.pricing.rules import (
    FIRST_SHIPMENT,
    PricingInput,
    Quote,
    QuoteLine,
    Shipment,
    ShippingOption,
    TraceStep,
    price_cart,
    shipping_line,
)
from entrepot.sdk.carriers import DutyTerms
from entrepot.sdk.tax import Certainty, TaxAnswer, TaxLine, TaxQuestion
from entrepot.storage.session import insert_rows, unit_of_work
from entrepot.taxes import service as taxes

#: So long the goods of an order that is not paid yet wait for its money.
PAY_WITHIN = timedelta(days=14)
_DELIVERY = {"de": "Versand", "zh": "配送"}


def unknown_skus(record: OrderRecord, items: Mapping[str, Sellable]) -> tuple[RowFailure, ...]:
    """A failure for every line whose SKU the store does not have."""
    return tuple(
        RowFailure(line.row, "SKU", line.sku, "is no SKU of this store.", "Import the product first, or correct it.")
        for line in record.lines
        if line.sku not in items
    )


def quote_of(runtime: Runtime, record: OrderRecord, items: Mapping[str, Sellable], channel: str) -> Quote:
    """The order's lines at the prices that were paid. Asks the tax calculator, so never inside a transaction.

    What was paid is everything there was to pay: the tax is inside it. Where a calculator would put its tax on top,
    nobody knows what the price held, and the tax is unknown.
    """
    lines = tuple(
        quote_line(items[line.sku], id=str(position), unit_price=line.unit_price, quantity=line.quantity)
        for position, line in enumerate(record.lines, start=1)
    )
    shipments = (_shipment(record, channel),) if record.shipping.minor else ()
    answer = _inside(_tax(runtime, record, lines))
    step = TraceStep("prices", f"The prices that were paid at {channel}, order {record.reference}")
    return _priced(runtime, record, lines, shipments, answer, step)


def place(runtime: Runtime, record: OrderRecord, quote: Quote, *, channel: str, import_id: int, actor: str) -> OrderRef:
    """Order, stock, payment and the link to the import in one commit. Raises OutOfStock, and nothing is written."""
    with unit_of_work() as session:
        order = orders.create_order(session, runtime, quote, _placement(runtime, record, channel, actor))
        if record.is_paid and not quote.total.is_zero:
            own.record_outside(session, runtime, order_id=order.id, amount=quote.total, channel=channel, actor=actor)
        session.flush()
        row = {"order_id": order.id, "import_id": import_id, "reference": record.reference}
        insert_rows(session, ImportedOrder, {**row, "last_event_id": last_event(session, order.id)})
    return order


def _placement(runtime: Runtime, record: OrderRecord, channel: str, actor: str) -> Placement:
    key = hashlib.sha256(f"{channel}\n{record.reference}".encode()).hexdigest()
    return Placement(
        email=record.email,
        shipping_address=record.address,
        billing_address=record.address,
        idempotency_key=f"import:{key}",
        request_digest=record.digest,
        hold_until=runtime.clock.now() + PAY_WITHIN,
        channel=channel,
        external_id=record.reference,
        number_prefix=str(known_store().settings.get("order_prefix", "")),
        actor=actor,
        placed_at=record.placed_at,
    )


def _shipment(record: OrderRecord, channel: str) -> Shipment:
    label = _DELIVERY.get(_locale(record)[:2], "Delivery")
    nothing = Money.zero(record.shipping.currency)
    option = ShippingOption("", "", label, channel, record.shipping, None, None, DutyTerms.NONE)
    return Shipment(FIRST_SHIPMENT, option, nothing)


def _tax(runtime: Runtime, record: OrderRecord, lines: Sequence[QuoteLine]) -> TaxAnswer | None:
    goods = [
        TaxLine(
            line.id,
            line.total,
            line.quantity,
            line.tax_category,
            line.hs_code,
            origin_country=line.origin_country,
            weight_g=line.weight_g * line.quantity,
        )
        for line in lines
    ]
    fee = TaxLine(shipping_line(FIRST_SHIPMENT), record.shipping, subject="shipping")
    question = TaxQuestion(
        origin=_origin(record.address),
        destination=record.address,
        currency=record.market.currency,
        at=record.placed_at or runtime.clock.now(),
        prices_include_tax=True,
        lines=(*goods, *([fee] if record.shipping.minor else [])),
        locale=_locale(record),
    )
    return taxes.assess(runtime, runtime.accounts.offered("tax", market=record.market.code)["tax"], question).answer


def _inside(answer: TaxAnswer | None) -> TaxAnswer | None:
    """The answer, where all of its tax is contained in what was paid."""
    on_top = answer is not None and any(line.included is False and line.tax.minor for line in answer.lines)
    return None if on_top else answer


def _origin(destination: Address) -> Address:
    first = next((warehouse for warehouse in warehouses() if warehouse.active), None)
    return Address.from_dict(first.address) if first else destination


def _locale(record: OrderRecord) -> str:
    return record.market.locales[0]


def _priced(
    runtime: Runtime,
    record: OrderRecord,
    lines: tuple[QuoteLine, ...],
    shipments: tuple[Shipment, ...],
    answer: TaxAnswer | None,
    step: TraceStep,
) -> Quote:
    now = runtime.clock.now()
    is_abroad = crosses_border(_origin(record.address).country, record.address.country)
    return price_cart(
        PricingInput(
            id=new_id(),
            market=record.market.code,
            locale=_locale(record),
            currency=record.market.currency,
            prices_include_tax=True,
            lines=lines,
            shipments=shipments,
            tax=answer,
            customs=None,
            customs_state=Certainty.UNKNOWN if is_abroad else Certainty.NOT_DUE,
            notices=(),
            trace=(step,),
            created_at=now,
            expires_at=now + PAY_WITHIN,
        )
    )
