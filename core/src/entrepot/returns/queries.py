"""Reading returns: what a buyer may send back, and how each return stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select

from entrepot.kernel.money import Money
from entrepot.markets.queries import store
from entrepot.orders.models import Order, OrderLine
from entrepot.returns import rules
from entrepot.returns.errors import ReturnNotFound
from entrepot.returns.models import Return, ReturnLine
from entrepot.returns.plan import MoneyPlan
from entrepot.returns.service import held_pieces, window_of
from entrepot.storage.session import reader

PAGE = 50


@dataclass(frozen=True)
class Returnable:
    """A line of an order and how many pieces of it may still come back."""

    line_id: str
    name: str
    options: str
    left: int


@dataclass(frozen=True)
class Offer:
    """What the buyer's page offers for an order."""

    order_id: int
    lines: tuple[Returnable, ...]
    policy: rules.Policy
    window: rules.Window
    may_return: bool
    may_withdraw: bool


@dataclass(frozen=True)
class ReturnedLine:
    line_id: str
    sku: str
    name: str
    quantity: int
    grade: str
    resolution: str


@dataclass(frozen=True)
class ReturnView:
    """A return as pages show it; ``plan`` is None until it was confirmed."""

    number: str
    order_number: str
    token: str
    withdrawal: bool
    state: str
    reason: str
    answer: str
    attention: str
    requested_at: datetime
    fee_percent: Decimal
    lines: tuple[ReturnedLine, ...]
    plan: MoneyPlan | None

    @property
    def refund(self) -> Money | None:
        return self.plan.refund if self.plan else None


@dataclass(frozen=True)
class ReturnRow:
    """One row of the back office's list."""

    number: str
    order_number: str
    state: str
    withdrawal: bool
    requested_at: datetime


def offer(order_number: str, now: datetime) -> Offer | None:
    """What may come back of an order, and until when; None when there is no such order."""
    session = reader()
    order = session.scalars(select(Order).where(Order.number == order_number)).one_or_none()
    if order is None:
        return None
    policy = rules.policy_of(store().settings, order.market)
    window = window_of(session, order, policy)
    held = held_pieces(session, order.id)
    lines = session.scalars(select(OrderLine).where(OrderLine.order_id == order.id).order_by(OrderLine.position))
    open_ = tuple(
        Returnable(line.id, line.name, line.options, line.shipped - held.get(line.id, 0))
        for line in lines
        if line.shipped > held.get(line.id, 0)
    )
    return Offer(
        order.id,
        open_,
        policy,
        window,
        may_return=bool(open_) and window.allows(now, withdrawal=False),
        may_withdraw=bool(open_) and window.allows(now, withdrawal=True),
    )


def returns_of(order_number: str) -> tuple[ReturnView, ...]:
    """The order's returns, oldest first."""
    return _views(select(Return, Order).join(Order).where(Order.number == order_number).order_by(Return.id))


def return_view(number: str) -> ReturnView:
    """One return; raises ReturnNotFound."""
    found = _views(select(Return, Order).join(Order).where(Return.number == number))
    if not found:
        raise ReturnNotFound(number)
    return found[0]


def return_list(*, state: str = "", limit: int = PAGE) -> tuple[ReturnRow, ...]:
    """Newest first; of one state, or of all that still need work when none is named."""
    query = select(Return.number, Order.number.label("order"), Return.state, Return.withdrawal, Return.requested_at)
    wanted = Return.state == state if state else Return.state.not_in(("settled", "declined"))
    rows = reader().execute(query.join(Order).where(wanted).order_by(Return.requested_at.desc()).limit(limit))
    return tuple(ReturnRow(row.number, row.order, row.state, row.withdrawal, row.requested_at) for row in rows)


def return_state(order_number: str) -> str:
    """The order's side of its returns: none, requested, part_returned or returned."""
    lines = select(OrderLine.shipped).join(Order).where(Order.number == order_number)
    shipped = sum(reader().scalars(lines))
    returns = returns_of(order_number)
    return rules.return_state(shipped, [(one.state, line.quantity) for one in returns for line in one.lines])


def _views(query: object) -> tuple[ReturnView, ...]:
    rows = reader().execute(query).all()  # type: ignore[call-overload]
    lines = _lines([found.id for found, _order in rows])
    return tuple(_view(found, order, lines.get(found.id, [])) for found, order in rows)


def _lines(return_ids: Sequence[str]) -> dict[str, list[ReturnedLine]]:
    query = (
        select(ReturnLine, OrderLine)
        .join(OrderLine, OrderLine.id == ReturnLine.order_line_id)
        .where(ReturnLine.return_id.in_(return_ids))
        .order_by(OrderLine.position)
    )
    lines: dict[str, list[ReturnedLine]] = {}
    for line, sold in reader().execute(query):
        view = ReturnedLine(sold.id, sold.sku, sold.name, line.quantity, line.grade, line.resolution)
        lines.setdefault(line.return_id, []).append(view)
    return lines


def _view(found: Return, order: Order, lines: Sequence[ReturnedLine]) -> ReturnView:
    return ReturnView(
        number=found.number,
        order_number=order.number,
        token=order.token,
        withdrawal=found.withdrawal,
        state=found.state,
        reason=found.reason,
        answer=found.answer,
        attention=found.attention,
        requested_at=found.requested_at,
        fee_percent=Decimal(str(found.policy.get("fee_percent", "0"))),
        lines=tuple(lines),
        plan=MoneyPlan.from_json(found.plan) if found.plan else None,
    )
