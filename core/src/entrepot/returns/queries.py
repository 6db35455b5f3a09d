"""Reading returns: what a buyer may send back, and how each return stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select

from entrepot.catalog.queries import product_page, sellable_by_sku
from entrepot.kernel.money import Money
from entrepot.markets.queries import known_store, store
from entrepot.orders.models import Order, OrderLine
from entrepot.policies.promises import policy_for
from entrepot.policies.rules import Policy, stored_policy
from entrepot.returns import rules
from entrepot.returns.errors import NotSoldThere, ReturnNotFound
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
    policy: Policy
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
    exchange_variant_id: int | None = None
    product_slug: str = ""


@dataclass(frozen=True)
class Sibling:
    """A variant that may leave in exchange."""

    sku: str
    label: str


@dataclass(frozen=True)
class ReturnView:
    """A return as pages show it; ``plan`` is None until it was confirmed.

    ``orders`` are the orders that follow from it: {exchange, repair or resend: number}. ``credit_id`` is empty where no
    store credit was issued.
    """

    number: str
    order_number: str
    token: str
    withdrawal: bool
    state: str
    reason: str
    answer: str
    attention: str
    requested_at: datetime
    policy: Policy
    lines: tuple[ReturnedLine, ...]
    plan: MoneyPlan | None
    market: str = ""
    locale: str = ""
    wish: str = "refund"
    orders: Mapping[str, str] = field(default_factory=dict)
    credit_id: str = ""

    @property
    def refund(self) -> Money | None:
        return self.plan.refund if self.plan else None

    @property
    def fee_percent(self) -> Decimal:
        return self.policy.fee_percent

    @property
    def who_pays(self) -> str:
        return self.policy.who_pays

    @property
    def instructions(self) -> str:
        return self.policy.instructions


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
    policy = policy_for(order.policies, store().settings, order.market)
    window = window_of(session, order, policy)
    held = held_pieces(session, order.id)
    lines = session.scalars(select(OrderLine).where(OrderLine.order_id == order.id).order_by(OrderLine.position))
    open_ = tuple(
        Returnable(line.id, line.name, line.options, line.shipped - held.get(line.id, 0))
        for line in lines
        if line.shipped > held.get(line.id, 0) and not line.gift_card
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
    """The order's side of its returns: one of ``orders.rules.RETURN_STATES``."""
    return reader().scalar(select(Order.return_state).where(Order.number == order_number)) or "none"


def exchange_variant(found: ReturnView, sku: str) -> int:
    """The variant of a SKU that may leave in exchange: any that the order's market sells. Raises NotSoldThere."""
    market = known_store().market(found.market)
    item = sellable_by_sku(sku.strip(), market, found.locale) if market else None
    if item is None or not item.active or item.unit_price is None:
        raise NotSoldThere
    return item.variant_id


def siblings(found: ReturnView) -> dict[str, tuple[Sibling, ...]]:
    """{order line id: the other variants of its product}, for a choice of what leaves in exchange."""
    market = known_store().market(found.market)
    slugs = {line.line_id: line.product_slug for line in found.lines if line.product_slug}
    pages = {slug: product_page(slug, market, found.locale) for slug in set(slugs.values())} if market else {}
    return {
        line_id: tuple(Sibling(variant.sku, variant.label or page.name) for variant in page.variants)
        for line_id, slug in slugs.items()
        if (page := pages.get(slug)) is not None
    }


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
        view = ReturnedLine(
            sold.id,
            sold.sku,
            sold.name,
            line.quantity,
            line.grade,
            line.resolution,
            line.exchange_variant_id,
            sold.product_slug,
        )
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
        policy=stored_policy(found.policy),
        lines=tuple(lines),
        plan=MoneyPlan.from_json(found.plan) if found.plan else None,
        market=order.market,
        locale=order.locale,
        wish=found.wish,
        orders=found.plan.get("orders", {}),
        credit_id=found.plan.get("credit", ""),
    )
