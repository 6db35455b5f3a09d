"""Orders: the list, and everything about one order on one page."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, request, url_for

from entrepot import web
from entrepot.admin.carrying_out import NOTHING_REFUSED, Refused
from entrepot.admin.frame import Crumb, missing, page, staff
from entrepot.admin.message_log import MessageRow, messages_of_order
from entrepot.admin.waiting import orders_by_status
from entrepot.credit.queries import SoldCard
from entrepot.engine.calls import AccountView
from entrepot.kernel.money import Money, total
from entrepot.orders import gift_cards
from entrepot.orders.detail import AdminOrder, FulfilmentView, order_detail
from entrepot.orders.listing import order_list
from entrepot.orders.queries import id_of
from entrepot.orders.rules import EDITABLE, STATUSES
from entrepot.orders.versions import list_version
from entrepot.payments.disputes import DisputeView
from entrepot.payments.disputes import of_order as disputes_of
from entrepot.payments.queries import AttemptView
from entrepot.sdk.readmodels import OrderLineView, ParcelView
from entrepot.web.i18n import gettext as _
from entrepot.web.live import follow


@dataclass(frozen=True)
class Part:
    """A line's share in one warehouse's fulfilment."""

    line: OrderLineView
    quantity: int
    shipped: int

    @property
    def left(self) -> int:
        return self.quantity - self.shipped


@dataclass(frozen=True)
class FulfilmentBlock:
    id: str
    warehouse: str
    state: str
    parts: tuple[Part, ...]

    @property
    def left(self) -> int:
        return sum(part.left for part in self.parts) if self.state != "cancelled" else 0


@dataclass(frozen=True)
class ParcelBlock:
    parcel: ParcelView
    contents: tuple[tuple[OrderLineView, int], ...]


@dataclass(frozen=True)
class Balance:
    """One account of the order's ledger."""

    account: str
    amount: Money


@dataclass(frozen=True)
class AttemptBlock:
    """A payment attempt and what may be done with it."""

    attempt: AttemptView
    can_confirm: bool
    can_capture: bool
    can_void: bool
    can_ask: bool
    can_refund: bool
    open_amount: Money
    disputes: tuple[DisputeView, ...]

    @property
    def disputed_now(self) -> bool:
        """Whether a dispute is open that staff may write off."""
        return staff().may("payments.confirm") and any(dispute.state == "opened" for dispute in self.disputes)


def orders() -> Response:
    status = request.args.get("status", "")
    q = request.args.get("q", "").strip()[:100]
    version = list_version()  # before all that it stands for
    found = order_list(status=status, q=q, cursor=request.args.get("cursor", ""))
    counts = orders_by_status()
    return page(
        "admin/orders.html",
        title=_("Orders"),
        tabs=[("", None, url_for("admin.orders", q=q or None))]
        + [(name, counts[name], url_for("admin.orders", status=name, q=q or None)) for name in STATUSES],
        chosen=status,
        q=q,
        rows=found.rows,
        next_url=_next_url(status, q, found.next_cursor),
        version=version,
    )


def live_orders() -> Response:
    """Whether something happened to an order, for a list that follows."""
    return follow(list_version)


def order(number: str) -> Response:
    return order_page(number)


def order_page(number: str, refused: Refused = NOTHING_REFUSED) -> Response:
    """The page of one order; ``refused`` is the form on it that could not be carried out."""
    detail = order_detail(web.runtime(), number)
    if detail is None:
        return missing(_("There is no order %(number)s. Check the number.", number=number))
    accounts = {account.id: account for account in detail.accounts}
    lines = {line.id: line for line in detail.order.lines}
    disputes = _disputes(detail)
    return page(
        "admin/order.html",
        title=_("Order %(number)s", number=number),
        trail=(Crumb(_("Orders"), url_for("admin.orders")),),
        detail=detail,
        order=detail.order,
        actions=_permitted(detail.actions),
        fulfilments=[_fulfilment_block(part, lines) for part in detail.fulfilments],
        parcels=[_parcel_block(parcel, lines) for parcel in detail.order.parcels],
        attempts=[_attempt_block(attempt, detail, accounts, disputes) for attempt in detail.attempts],
        carriers=[account for account in accounts.values() if account.kind == "carrier" and account.usable],
        balances=_balances(detail),
        ledger_sum=total((line.amount for line in detail.ledger), detail.order.currency),
        sent=_messages(number),
        cards=_cards(detail),
        may_take_back=staff().may("payments.refund"),
        refused=refused,
        may_edit=staff().may("orders.edit") and detail.order.status in EDITABLE,
        may_settle=staff().may("orders.ship"),
    )


def _next_url(status: str, q: str, cursor: str) -> str:
    return url_for("admin.orders", status=status or None, q=q or None, cursor=cursor) if cursor else ""


_PERMISSION_OF = {
    "ship": "orders.ship",
    "deliver": "orders.ship",
    "complete": "orders.ship",
    "cancel": "orders.cancel",
    "take_up": "orders.cancel",
    "reallocate": "orders.ship",
    "refund": "payments.refund",
    "capture": "payments.confirm",
    "confirm_payment": "payments.confirm",
}


def _permitted(actions: tuple[str, ...]) -> list[str]:
    """What both the order's state and the member of staff's permissions allow, the likely one first."""
    return [action for action in actions if staff().may(_PERMISSION_OF[action])]


def _fulfilment_block(part: FulfilmentView, lines: dict[str, OrderLineView]) -> FulfilmentBlock:
    parts = tuple(Part(lines[line_id], quantity, shipped) for line_id, quantity, shipped in part.lines)
    return FulfilmentBlock(part.id, part.warehouse, part.state, parts)


def _parcel_block(parcel: ParcelView, lines: dict[str, OrderLineView]) -> ParcelBlock:
    return ParcelBlock(parcel, tuple((lines[line_id], quantity) for line_id, quantity in parcel.lines))


def _disputes(detail: AdminOrder) -> list[DisputeView]:
    """The order's disputes; without a trace of one in its ledger nobody asks for them."""
    order_id = id_of(detail.order.number) if any(line.kind.startswith("dispute") for line in detail.ledger) else None
    return disputes_of(order_id) if order_id is not None else []


def _cards(detail: AdminOrder) -> tuple[SoldCard, ...]:
    """The gift cards that the order sold; without a trace of one in its ledger nobody asks for them."""
    sold = any(line.account == "gift_cards" for line in detail.ledger)
    return gift_cards.cards_of(detail.order.number) if sold else ()


def _attempt_block(
    attempt: AttemptView, detail: AdminOrder, accounts: dict[str, AccountView], disputes: list[DisputeView]
) -> AttemptBlock:
    account = accounts.get(attempt.account_id)
    provider = web.runtime().registry.providers("payment").get(account.provider_id) if account else None
    offers = provider.capabilities if provider else frozenset()
    may_take = staff().may("payments.confirm") and detail.order.status != "cancelled"
    is_open = attempt.state in ("created", "pending", "unknown")
    return AttemptBlock(
        attempt=attempt,
        can_confirm=may_take and "manual" in offers and attempt.captured < attempt.amount,
        can_capture=may_take
        and "capture" in offers
        and attempt.state == "authorized"
        and not detail.to_capture.is_zero,
        can_void=may_take and "void" in offers and attempt.can_void,
        can_ask=staff().may("payments.confirm") and "fetch" in offers and is_open and bool(attempt.reference),
        can_refund=staff().may("payments.refund") and "refund" in offers and attempt.refundable.minor > 0,
        open_amount=attempt.amount - attempt.captured,
        disputes=tuple(dispute for dispute in disputes if dispute.attempt_id == attempt.id),
    )


def _balances(detail: AdminOrder) -> list[Balance]:
    """What every account of the ledger holds; together nothing, always."""
    names = dict.fromkeys(line.account for line in detail.ledger)
    currency = detail.order.currency
    amounts = {name: total((line.amount for line in detail.ledger if line.account == name), currency) for name in names}
    return [Balance(name, amount) for name, amount in amounts.items() if not amount.is_zero]


def _messages(number: str) -> list[MessageRow]:
    return messages_of_order(number) if staff().may("messages.view") else []
