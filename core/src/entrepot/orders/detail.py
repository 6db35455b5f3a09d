"""Everything about one order, as the back office and the merchant's API show it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, String, cast, func, null, select, union_all

from entrepot.engine.calls import AccountView
from entrepot.engine.runtime import Runtime
from entrepot.inventory.models import Reservation, StockPolicy, Warehouse
from entrepot.kernel.money import Money
from entrepot.ledger.models import LedgerEntry, LedgerPosting
from entrepot.orders import rules
from entrepot.orders.models import Fulfilment, FulfilmentLine, Order, OrderAttention, OrderEvent, OrderLine
from entrepot.orders.queries import AnyRow, line_view, view_of
from entrepot.payments import queries as payment_queries
from entrepot.payments.queries import AttemptView, RefundView
from entrepot.pricing.frozen import from_json
from entrepot.pricing.rules import Quote
from entrepot.sdk.readmodels import OrderLineView, OrderView
from entrepot.storage.session import reader


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
class _Waiting:
    """What an order's lines wait for."""

    awaited: dict[str, int]
    leaves_from: date | None


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
        order=view_of(row, attempts, lines),
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
    return tuple(line_view(row, currency) for row in in_order), fulfilments, waiting


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
