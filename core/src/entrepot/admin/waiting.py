"""What waits for a person, counted up to a limit that keeps it cheap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, ColumnExpressionArgument, Row, ScalarSelect, func, select

from entrepot.engine.models import Account, QueuedJob
from entrepot.notifications.models import Message
from entrepot.orders.models import Order, OrderAttention
from entrepot.orders.rules import STATUSES
from entrepot.payments.models import PaymentAttempt, needs_attention
from entrepot.staff.queries import StaffView
from entrepot.stock_sources.models import StockSourceState
from entrepot.storage.models import FactDelivery
from entrepot.storage.session import reader
from entrepot.webhooks.models import WebhookEndpoint

MOST = 100


@dataclass(frozen=True)
class Waiting:
    """Numbers stop at ``MOST``; what a member of staff may not see counts as nothing."""

    orders: int = 0
    payments: int = 0
    messages: int = 0
    deliveries: int = 0
    accounts: int = 0
    plugins: int = 0
    jobs: int = 0
    webhooks: int = 0
    stock_sources: int = 0

    @property
    def total(self) -> int:
        machine = self.deliveries + self.accounts + self.plugins + self.jobs + self.webhooks
        return self.orders + self.payments + self.messages + self.stock_sources + machine


def waiting_columns() -> tuple[ColumnElement[int], ...]:
    """What ``waiting`` reads, to be selected beside the member of staff: every page needs both."""
    return (
        capped(OrderAttention.order_id).label("orders"),
        capped(PaymentAttempt.id, needs_attention).label("payments"),
        capped(Message.id, Message.state == "failed").label("messages"),
        capped(FactDelivery.fact_seq, FactDelivery.state == "parked").label("deliveries"),
        capped(QueuedJob.id, QueuedJob.state == "parked").label("jobs"),
        capped(StockSourceState.id, StockSourceState.stale_since.is_not(None)).label("stock_sources"),
        capped(WebhookEndpoint.id, WebhookEndpoint.disabled_reason != "").label("webhooks"),
        capped(Account.id, Account.enabled, Account.paused_reason != "").label("accounts"),
    )


def waiting(row: Row[Any], staff: StaffView, failed_plugins: int) -> Waiting:
    """What this member of staff may see of it; ``row`` has ``waiting_columns``."""
    runs_plugins = staff.may("plugins.view")
    return Waiting(
        orders=row.orders if staff.may("orders.view") else 0,
        payments=row.payments if staff.may("orders.view") else 0,
        messages=row.messages if staff.may("messages.view") else 0,
        deliveries=row.deliveries if runs_plugins else 0,
        accounts=row.accounts if runs_plugins else 0,
        plugins=failed_plugins if runs_plugins else 0,
        jobs=row.jobs if runs_plugins else 0,
        webhooks=row.webhooks if runs_plugins else 0,
        stock_sources=row.stock_sources if staff.may("inventory.view") else 0,
    )


def orders_by_status() -> dict[str, int]:
    """Orders in every status, each counted up to ``MOST``, in one query."""
    row = reader().execute(select(*(capped(Order.id, Order.status == name).label(name) for name in STATUSES))).one()
    return dict(zip(STATUSES, row, strict=True))


def payments_to_look_at(limit: int = 5) -> list[tuple[str, str, bool]]:
    """(order number, why, whether it was paid late), the latest first."""
    query = (
        select(Order.number, PaymentAttempt.attention, Order.payment_state)
        .join(Order, Order.id == PaymentAttempt.order_id)
        .where(needs_attention)
        .order_by(PaymentAttempt.updated_at.desc())
        .limit(limit)
    )
    return [(row.number, row.attention, row.payment_state == "paid_late") for row in reader().execute(query)]


def capped(column: Any, *conditions: ColumnExpressionArgument[bool]) -> ScalarSelect[int]:
    """How many rows meet the conditions, at most ``MOST``."""
    some = select(column).where(*conditions).limit(MOST).subquery()
    return select(func.count()).select_from(some).scalar_subquery()
