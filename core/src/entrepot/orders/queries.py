"""Reading orders: the buyer's page, the back office's list and detail, and what plugins see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, String, bindparam, cast, func, null, select, union_all
from sqlalchemy.engine import Row

from entrepot.catalog.media import media_url
from entrepot.engine.calls import AccountView
from entrepot.engine.runtime import Runtime
from entrepot.inventory.models import Reservation, StockPolicy, Warehouse
from entrepot.inventory.queries import available_by_sku
from entrepot.kernel.address import Address
from entrepot.kernel.money import Money
from entrepot.kernel.texts import folded_email
from entrepot.ledger.models import LedgerEntry, LedgerPosting
from entrepot.orders import finding, rules
from entrepot.orders.models import (
    Fulfilment,
    FulfilmentLine,
    Order,
    OrderAttention,
    OrderEvent,
    OrderLine,
    Parcel,
    TrackingScan,
)
from entrepot.orders.service import OrderRef
from entrepot.payments import queries as payment_queries
from entrepot.payments.queries import AttemptView, RefundView
from entrepot.payments.rules import owing
from entrepot.pricing.frozen import from_json
from entrepot.pricing.rules import Quote
from entrepot.sdk.readmodels import OrderLineView, OrderView, ParcelView, TotalLine, TrackingEventView
from entrepot.storage.session import reader, rows_of

PAGE = 50
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
class OrderRow:
    """One row of the back office's list."""

    id: int
    number: str
    status: str
    payment_state: str
    fulfilment_state: str
    email: str
    name: str
    country: str
    total: Money
    market: str
    placed_at: datetime
    pieces: int


@dataclass(frozen=True)
class OrderListPage:
    """``next_cursor`` is empty on the last page."""

    rows: tuple[OrderRow, ...]
    next_cursor: str


@dataclass(frozen=True)
class FulfilmentView:
    """One warehouse's part. ``lines`` are (order line id, quantity, shipped)."""

    id: str
    warehouse: str
    state: str
    lines: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True)
class TimelineEntry:
    at: datetime
    actor: str
    kind: str
    detail: dict[str, Any]


@dataclass(frozen=True)
class LedgerLine:
    at: datetime
    kind: str
    account: str
    amount: Money


@dataclass(frozen=True)
class AdminOrder:
    """Everything about one order on one page."""

    order: OrderView
    quote: Quote
    fulfilments: tuple[FulfilmentView, ...]
    attempts: tuple[AttemptView, ...]
    refunds: tuple[RefundView, ...]
    timeline: tuple[TimelineEntry, ...]
    ledger: tuple[LedgerLine, ...]
    actions: tuple[str, ...]
    channel: str
    #: Every account of the shop, so that a page can name those that the order used.
    accounts: tuple[AccountView, ...]
    #: What was taken beyond what is charged, and not given back.
    overpaid: Money
    #: What of reserved money would be taken now.
    to_capture: Money
    #: Pieces that are promised and not there yet, by order line.
    awaited: Mapping[str, int]
    #: Before this day a pre-order of it does not leave.
    leaves_from: date | None
    #: Why a person must look at it; empty when nobody must.
    attention: str = ""


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
    return _view(row, payment_queries.attempts(row.id)) if row is not None else None


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


def order_list(
    *,
    status: str = "",
    q: str = "",
    email: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: str = "",
    limit: int = PAGE,
) -> OrderListPage:
    """Newest first, by keyset; ``q`` finds number, e-mail and name by their beginnings, SKU and references whole.

    ``since`` (inclusive) and ``until`` (exclusive) bound the time of the order; ``email`` is the buyer's whole address.
    """
    pieces = select(func.sum(OrderLine.quantity)).where(OrderLine.order_id == Order.id).scalar_subquery()
    query = select(
        Order.id,
        Order.number,
        Order.status,
        Order.payment_state,
        Order.fulfilment_state,
        Order.email,
        Order.shipping_address,
        Order.total,
        Order.currency,
        Order.market,
        Order.placed_at,
        pieces.label("pieces"),
    ).order_by(Order.id.desc())
    conditions = _conditions(status=status, email=email, since=since, until=until, cursor=cursor)
    if q.strip():
        query = query.where(Order.id.in_(finding.matching(q.strip(), conditions, limit=limit + 1)))
    else:
        query = query.where(*conditions)
    rows = reader().execute(query.limit(limit + 1)).all()
    shown = tuple(_list_row(row) for row in rows[:limit])
    return OrderListPage(shown, str(shown[-1].id) if len(rows) > limit else "")


def status_counts() -> dict[str, int]:
    """Orders per status that still need work, counted up to a limit that keeps the query cheap."""
    counts = {}
    for status in ("to_pay", "to_ship", "shipped", "delivered"):
        capped = select(Order.id).where(Order.status == status).limit(1000).subquery()
        counts[status] = int(reader().execute(select(func.count()).select_from(capped)).scalar_one())
    return counts


def numbers_of(order_ids: list[int]) -> dict[int, str]:
    """{order id: number}"""
    rows = reader().execute(select(Order.id, Order.number).where(Order.id.in_(order_ids)))
    return {row.id: row.number for row in rows}


def order_detail(runtime: Runtime, number: str) -> AdminOrder | None:
    """Everything that the back office shows of one order, in six queries whatever its size."""
    why = select(OrderAttention.why).where(OrderAttention.order_id == Order.id).scalar_subquery()
    query = select(Order.__table__, why.label("attention")).where(Order.number == number)
    row = reader().execute(query).one_or_none()
    if row is None:
        return None
    attempts, refunds = payment_queries.attempts_and_refunds(row.id)
    lines, fulfilments, waiting = _lines_by_fulfilment(row.id, row.currency)
    timeline, ledger = _history(row.id)
    accounts = runtime.accounts.list(enabled_only=False)
    return AdminOrder(
        order=_view(row, attempts, lines),
        quote=from_json(row.quote),
        fulfilments=fulfilments,
        attempts=tuple(attempts),
        refunds=tuple(refunds),
        timeline=timeline,
        ledger=ledger,
        actions=tuple(_actions(row, attempts, _manual_accounts(runtime, accounts))),
        channel=row.channel,
        accounts=tuple(accounts),
        overpaid=_overpaid(row, attempts),
        to_capture=Money(max(row.charged - sum(attempt.captured.minor for attempt in attempts), 0), row.currency),
        awaited=waiting.awaited,
        leaves_from=waiting.leaves_from,
        attention=row.attention or "",
    )


def buyer_order(token: str) -> BuyerOrder | None:
    """The order behind a private link, in five queries whatever its size; None when there is none."""
    row = rows_of(_by_token, token=token).one_or_none()
    if row is None:
        return None
    attempts = payment_queries.attempts(row.id)
    return BuyerOrder(row.id, _view(row, attempts), tuple(attempts))


class Shop:
    """Read access for plugins' hooks and jobs (``entrepot.sdk.ShopReader``)."""

    def order(self, number: str) -> OrderView | None:
        return order_view(number=number)

    def stock(self, skus: list[str]) -> dict[str, int]:
        return available_by_sku(skus)


def _overpaid(row: AnyRow, attempts: Sequence[AttemptView]) -> Money:
    kept = sum(attempt.refundable.minor for attempt in attempts)
    due = 0 if row.cancelled_at else row.total
    return Money(max(kept - due, 0), row.currency)


def _actions(row: AnyRow, attempts: list[AttemptView], manual: set[str]) -> list[str]:
    state = rules.OrderState(
        row.payment_state, row.fulfilment_state, row.cancelled_at is not None, row.completed_at is not None
    )
    return rules.allowed_actions(
        state,
        refundable=sum(attempt.refundable.minor for attempt in attempts),
        can_capture=any(attempt.state == "authorized" for attempt in attempts),
        can_confirm=any(attempt.account_id in manual and attempt.captured < attempt.amount for attempt in attempts),
    )


def _manual_accounts(runtime: Runtime, accounts: list[AccountView]) -> set[str]:
    """Ids of payment accounts whose money staff confirm by hand."""
    classes = runtime.registry.providers("payment")
    manual = {id for id, provider_class in classes.items() if "manual" in provider_class.capabilities}
    return {account.id for account in accounts if account.kind == "payment" and account.provider_id in manual}


def _conditions(
    *, status: str, email: str, since: datetime | None, until: datetime | None, cursor: str
) -> list[ColumnElement[bool]]:
    found = []
    if status in rules.STATUSES:
        found.append(Order.status == status)
    if email:
        found.append(Order.email == folded_email(email))
    if since:
        found.append(Order.placed_at >= since)
    if until:
        found.append(Order.placed_at < until)
    if cursor.isascii() and cursor.isdigit():
        found.append(Order.id < int(cursor))
    return found


def _list_row(row: AnyRow) -> OrderRow:
    return OrderRow(
        id=row.id,
        number=row.number,
        status=row.status,
        payment_state=row.payment_state,
        fulfilment_state=row.fulfilment_state,
        email=row.email,
        name=row.shipping_address.get("name", ""),
        country=row.shipping_address.get("country", ""),
        total=Money(row.total, row.currency),
        market=row.market,
        placed_at=row.placed_at,
        pieces=int(row.pieces or 0),
    )


def _view(row: AnyRow, attempts: Sequence[AttemptView], lines: tuple[OrderLineView, ...] | None = None) -> OrderView:
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
        parcels=_parcels(row.id),
        notices=tuple(quote["notices"]),
        return_state=row.return_state,
    )


def _lines(order_id: int, currency: str) -> tuple[OrderLineView, ...]:
    return tuple(_line(row, currency) for row in rows_of(_lines_of, order=order_id))


def _line(row: AnyRow, currency: str) -> OrderLineView:
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


@dataclass(frozen=True)
class _Waiting:
    """What an order's lines wait for."""

    awaited: dict[str, int]
    leaves_from: date | None


def _lines_by_fulfilment(
    order_id: int, currency: str
) -> tuple[tuple[OrderLineView, ...], tuple[FulfilmentView, ...], _Waiting]:
    """The order's lines, which warehouse ships how many of each, and what they wait for; one query for all."""
    awaited = select(func.sum(Reservation.quantity)).where(
        Reservation.order_line_id == OrderLine.id, Reservation.state == "awaited"
    )
    rows = (
        reader()
        .execute(
            select(
                OrderLine.__table__,
                Fulfilment.id.label("fulfilment_id"),
                Fulfilment.state.label("fulfilment_state"),
                Warehouse.name.label("warehouse"),
                FulfilmentLine.quantity.label("part"),
                FulfilmentLine.shipped.label("part_shipped"),
                awaited.scalar_subquery().label("awaited"),
                StockPolicy.available_from,
            )
            .outerjoin(FulfilmentLine, FulfilmentLine.order_line_id == OrderLine.id)
            .outerjoin(Fulfilment, Fulfilment.id == FulfilmentLine.fulfilment_id)
            .outerjoin(Warehouse, Warehouse.id == Fulfilment.warehouse_id)
            .outerjoin(StockPolicy, (StockPolicy.variant_id == OrderLine.variant_id) & (StockPolicy.kind == "preorder"))
            .where(OrderLine.order_id == order_id)
            .order_by(Warehouse.priority, Fulfilment.id, OrderLine.position)
        )
        .all()
    )
    lines: dict[str, AnyRow] = {}
    parts: dict[tuple[str, str, str], list[tuple[str, int, int]]] = defaultdict(list)
    for row in rows:
        lines.setdefault(row.id, row)
        if row.fulfilment_id is not None:
            key = (row.fulfilment_id, row.warehouse, row.fulfilment_state)
            parts[key].append((row.id, row.part, row.part_shipped))
    in_order = sorted(lines.values(), key=lambda row: row.position)
    fulfilments = tuple(FulfilmentView(id, name, state, tuple(found)) for (id, name, state), found in parts.items())
    days = [row.available_from for row in in_order if row.available_from and row.shipped < row.quantity]
    waiting = _Waiting({row.id: int(row.awaited) for row in in_order if row.awaited}, max(days, default=None))
    return tuple(_line(row, currency) for row in in_order), fulfilments, waiting


def _history(order_id: int) -> tuple[tuple[TimelineEntry, ...], tuple[LedgerLine, ...]]:
    """What was done and what was booked, each in its order; one query for both."""
    done = select(
        OrderEvent.id,
        OrderEvent.at,
        OrderEvent.kind,
        OrderEvent.actor.label("who"),
        OrderEvent.detail,
        cast(null(), BigInteger).label("amount"),
        cast(null(), String).label("currency"),
    ).where(OrderEvent.order_id == order_id)
    booked = (
        select(
            LedgerPosting.id,
            LedgerEntry.at,
            LedgerEntry.kind,
            LedgerPosting.account,
            cast(null(), OrderEvent.detail.type),
            LedgerPosting.amount,
            LedgerPosting.currency,
        )
        .join(LedgerPosting, LedgerPosting.entry_id == LedgerEntry.id)
        .where(LedgerEntry.order_id == order_id)
    )
    rows = reader().execute(union_all(done, booked).order_by("id")).all()
    events = (TimelineEntry(row.at, row.who, row.kind, row.detail) for row in rows if row.amount is None)
    postings = (
        LedgerLine(row.at, row.kind, row.who, Money(row.amount, row.currency)) for row in rows if row.amount is not None
    )
    return tuple(events), tuple(postings)
