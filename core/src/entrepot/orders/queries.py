"""Reading one order: look-ups, the buyer's page, what plugins see. ``listing`` and ``detail`` show staff more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.engine import Row

from entrepot.catalog.media import media_url
from entrepot.inventory.queries import available_by_sku
from entrepot.kernel.address import Address
from entrepot.kernel.money import Money
from entrepot.kernel.texts import folded_email
from entrepot.orders.models import Order, OrderLine, Parcel, TrackingScan
from entrepot.orders.service import OrderRef
from entrepot.payments import queries as payment_queries
from entrepot.payments.queries import AttemptView
from entrepot.payments.rules import owing
from entrepot.sdk.readmodels import OrderLineView, OrderView, ParcelView, TotalLine, TrackingEventView
from entrepot.storage.session import reader, rows_of

_by_token = select(Order.__table__).where(Order.token == bindparam("token"))
_lines_of = select(OrderLine.__table__).where(OrderLine.order_id == bindparam("order")).order_by(OrderLine.position)
_parcels_of = (
    select(
        Parcel.__table__,
        TrackingScan.state.label("scan_state"),
        TrackingScan.at.label("scan_at"),
        TrackingScan.text.label("scan_text"),
        TrackingScan.place.label("scan_place"),
    )
    .outerjoin(TrackingScan, TrackingScan.parcel_id == Parcel.id)
    .where(Parcel.order_id == bindparam("order"))
    .order_by(Parcel.shipped_at, Parcel.id, TrackingScan.at, TrackingScan.id)
)
_by_key = select(Order.id, Order.number, Order.token, Order.request_digest).where(
    Order.idempotency_key == bindparam("key")
)
#: A row whose columns the reading function knows by name.
AnyRow = Row[*tuple[Any, ...]]


@dataclass(frozen=True)
class BuyerOrder:
    """What the buyer's own page needs: the order and every attempt to pay it, oldest first."""

    id: int
    order: OrderView
    attempts: tuple[AttemptView, ...]


def order_view(*, number: str = "", token: str = "") -> OrderView | None:
    """The order by number or by private token, in five queries whatever its size; None when there is none."""
    condition = Order.token == token if token else Order.number == number
    row = reader().execute(select(Order.__table__).where(condition)).one_or_none()
    return view_of(row, payment_queries.attempts(row.id)) if row is not None else None


def order_by_id(order_id: int) -> OrderRef | None:
    row = reader().execute(select(Order.id, Order.number, Order.token).where(Order.id == order_id)).one_or_none()
    return OrderRef(*row) if row is not None else None


def id_of(number: str) -> int | None:
    return reader().scalar(select(Order.id).where(Order.number == number))


def find(number: str, email: str) -> str | None:
    """The private token of the order with this number, for the buyer who knows its e-mail; None otherwise."""
    return reader().scalar(
        select(Order.token).where(Order.number == number.strip(), Order.email == folded_email(email))
    )


def orders_of(email: str) -> int:
    """How many orders of this buyer were not cancelled."""
    query = select(func.count()).select_from(Order)
    return int(
        reader().execute(query.where(Order.email == folded_email(email), Order.cancelled_at.is_(None))).scalar_one()
    )


def placed_with(key: str) -> tuple[OrderRef, str] | None:
    """The order that a request with this idempotency key made, and the digest of that request."""
    row = rows_of(_by_key, key=key).one_or_none()
    return (OrderRef(row.id, row.number, row.token), row.request_digest) if row is not None else None


def parcel_by_tracking(account_id: str, tracking_number: str) -> str | None:
    """Id of the newest parcel that this carrier account sent under the number."""
    return reader().scalar(
        select(Parcel.id)
        .where(Parcel.account_id == account_id, Parcel.tracking_number == tracking_number)
        .order_by(Parcel.id.desc())
        .limit(1)
    )


def numbers_of(order_ids: list[int]) -> dict[int, str]:
    """{order id: number}"""
    rows = reader().execute(select(Order.id, Order.number).where(Order.id.in_(order_ids)))
    return {row.id: row.number for row in rows}


def buyer_order(token: str, attempts: Sequence[AttemptView] | None = None) -> BuyerOrder | None:
    """The order behind a private link, in four queries at most whatever its size; None when there is none.

    ``attempts`` are all of its payments, where the caller knows them.
    """
    row = rows_of(_by_token, token=token).one_or_none()
    if row is None:
        return None
    attempts = payment_queries.attempts(row.id) if attempts is None else attempts
    return BuyerOrder(row.id, view_of(row, attempts), tuple(attempts))


class Shop:
    """Read access for plugins' hooks and jobs (``entrepot.sdk.ShopReader``)."""

    def order(self, number: str) -> OrderView | None:
        return order_view(number=number)

    def stock(self, skus: list[str]) -> dict[str, int]:
        return available_by_sku(skus)


def view_of(row: AnyRow, attempts: Sequence[AttemptView], lines: tuple[OrderLineView, ...] | None = None) -> OrderView:
    """The order of this row of ``orders``; its lines are read unless they are given."""
    quote = row.quote
    none = Money.zero(row.currency)
    paid = [attempt.label for attempt in attempts if not attempt.captured.is_zero]
    return OrderView(
        number=row.number,
        token=row.token,
        status=row.status,
        payment_state=row.payment_state,
        fulfilment_state=row.fulfilment_state,
        market=row.market,
        currency=row.currency,
        locale=row.locale,
        email=row.email,
        placed_at=row.placed_at,
        total=Money(row.total, row.currency),
        paid=sum((attempt.captured for attempt in attempts), none),
        refunded=sum((attempt.refunded for attempt in attempts), none),
        owing=none if row.cancelled_at else owing(Money(row.charged, row.currency), attempts),
        lines=_lines(row.id, row.currency) if lines is None else lines,
        totals=tuple(TotalLine(**{**line, "amount": Money(*line["amount"])}) for line in quote["totals"]),
        shipping_address=Address.from_dict(row.shipping_address),
        billing_address=Address.from_dict(row.billing_address),
        shipping_label=", ".join(dict.fromkeys(each["option"]["label"] for each in quote["shipments"])),
        payment_label=", ".join(paid) or (attempts[-1].label if attempts else ""),
        parcels=() if row.fulfilment_state == "unfulfilled" else _parcels(row.id),
        notices=tuple(quote["notices"]),
        return_state=row.return_state,
    )


def line_view(row: AnyRow, currency: str) -> OrderLineView:
    """The line of this row of ``order_line``."""
    return OrderLineView(
        id=row.id,
        sku=row.sku,
        name=row.name,
        options=row.options,
        quantity=row.quantity,
        unit_price=Money(row.unit_price, currency),
        total=Money(row.total, currency),
        shipped=row.shipped,
        cancelled=row.cancelled,
        image_url=media_url(row.image_path),
        product_slug=row.product_slug,
    )


def _lines(order_id: int, currency: str) -> tuple[OrderLineView, ...]:
    return tuple(line_view(row, currency) for row in rows_of(_lines_of, order=order_id))


def _parcels(order_id: int) -> tuple[ParcelView, ...]:
    rows = rows_of(_parcels_of, order=order_id)
    scans: dict[str, list[AnyRow]] = defaultdict(list)
    for row in rows:
        scans[row.id].append(row)
    return tuple(_parcel(found) for found in scans.values())


def _parcel(scans: list[AnyRow]) -> ParcelView:
    """One parcel from its rows, one per scan; a parcel without scans has one row with an empty one."""
    row = scans[0]
    return ParcelView(
        id=row.id,
        tracking_number=row.tracking_number,
        carrier=row.carrier,
        tracking_url=row.tracking_url,
        state=row.state,
        shipped_at=row.shipped_at,
        delivered_at=row.delivered_at,
        lines=tuple(row.contents.items()),
        events=tuple(
            TrackingEventView(scan.scan_state, scan.scan_at, scan.scan_text, scan.scan_place)
            for scan in scans
            if scan.scan_at is not None
        ),
    )
