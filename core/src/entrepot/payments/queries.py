"""Reading payments: what the order's pages and other slices see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, column, func, or_, select, table
from sqlalchemy.orm import Session

from entrepot.engine.calls import OpenAccount
from entrepot.engine.guard import Offered
from entrepot.engine.runtime import Runtime
from entrepot.kernel.money import Money
from entrepot.payments.models import PaymentAttempt, Refund, needs_attention
from entrepot.payments.rows import OWN_ACCOUNTS
from entrepot.payments.rules import capturable, refundable
from entrepot.sdk.payments import Instruction, PaymentProvider
from entrepot.sdk.provider import Provider
from entrepot.storage.session import reader, rows_of

_of_order = (
    select(PaymentAttempt.__table__)
    .where(PaymentAttempt.order_id == bindparam("order"))
    .order_by(PaymentAttempt.created_at)
)


#: What orders are searched by, for slices above this one.
payment_reference = table("payment_attempt", column("order_id"), column("reference"))


@dataclass(frozen=True)
class AttemptView:
    """One payment attempt as pages show it."""

    id: str
    account_id: str
    label: str
    state: str
    amount: Money
    captured: Money
    refunded: Money
    fee: Money
    reference: str
    redirect_url: str
    instructions: tuple[Instruction, ...]
    message: str
    attention: str
    created_at: datetime
    #: What the provider reserved, where that is not the amount it was asked for.
    authorized: Money | None = None
    #: What buyers' banks took back of it, for now or for good.
    disputed: Money | None = None

    @property
    def refundable(self) -> Money:
        return refundable(self.captured, self.refunded, self.disputed)

    @property
    def capturable(self) -> Money:
        return capturable(self.state, self.authorized or self.amount, self.captured)

    @property
    def can_void(self) -> bool:
        return self.state in ("authorized", "pending") and bool(self.reference)


@dataclass(frozen=True)
class RefundView:
    id: str
    attempt_id: str
    amount: Money
    state: str
    reason: str
    message: str
    actor: str
    created_at: datetime
    #: Where the money went instead of the way it came: store_credit, exchange or bank.
    into: str = ""


@dataclass(frozen=True)
class MethodView:
    """One way to pay, offered to the buyer."""

    account_id: str
    label: str
    provider_id: str
    redirects: bool


def methods(runtime: Runtime, *, market: str, currency: str, locale: str) -> list[MethodView]:
    """Usable payment accounts of the market whose provider takes the currency, in the order staff gave them."""
    return _labelled(runtime, _taking(runtime, market, currency), locale)


def chosen_method(
    runtime: Runtime, account_id: str, *, market: str, currency: str, locale: str
) -> tuple[MethodView, OpenAccount] | None:
    """One of ``methods`` with its account, ready to be called; None when it is not offered."""
    taking = [account for account in _taking(runtime, market, currency) if account.view.id == account_id]
    views = _labelled(runtime, taking, locale)
    account = taking[0] if views else None
    return (views[0], account) if isinstance(account, OpenAccount) else None


def _taking(runtime: Runtime, market: str, currency: str) -> list[Offered]:
    classes = runtime.registry.providers("payment")
    accounts = runtime.accounts.offered("payment", market=market)["payment"]
    return [account for account in accounts if _takes(classes[account.view.provider_id], currency)]


def _labelled(runtime: Runtime, taking: list[Offered], locale: str) -> list[MethodView]:
    classes = runtime.registry.providers("payment")
    labels = runtime.guard.call_many(
        taking, "method_label", lambda provider: payment(provider).method_label(locale), deadline_s=1, returns=str
    )
    return [
        MethodView(
            account_id=account.view.id,
            label=labels.results[account.view.id],
            provider_id=account.view.provider_id,
            redirects="redirect" in classes[account.view.provider_id].capabilities,
        )
        for account in taking
        if account.view.id in labels.results
    ]


def payment(provider: Provider) -> PaymentProvider:
    """The provider as what it must be; accounts of kind payment never hold another."""
    if not isinstance(provider, PaymentProvider):
        raise TypeError(f"{provider!r} is no payment provider")
    return provider


def _takes(provider_class: type[Provider], currency: str) -> bool:
    currencies: frozenset[str] = getattr(provider_class, "currencies", frozenset())
    return not currencies or currency in currencies


def attempts(order_id: int) -> list[AttemptView]:
    """All attempts of the order, oldest first."""
    return [view(row) for row in rows_of(_of_order, order=order_id)]


def attempts_and_refunds(order_id: int) -> tuple[list[AttemptView], list[RefundView]]:
    """All attempts of the order and all its refunds, oldest first, in one query."""
    query = (
        select(PaymentAttempt, Refund)
        .outerjoin(Refund, Refund.attempt_id == PaymentAttempt.id)
        .where(PaymentAttempt.order_id == order_id)
        .order_by(PaymentAttempt.created_at, PaymentAttempt.id, Refund.created_at)
    )
    found: dict[str, AttemptView] = {}
    refunds: list[RefundView] = []
    for attempt, refund in reader().execute(query):
        found.setdefault(attempt.id, view(attempt))
        if refund is not None:
            refunds.append(refund_view(refund))
    return list(found.values()), sorted(refunds, key=lambda one: one.created_at)


def refunds(order_id: int) -> list[RefundView]:
    """All refunds of the order, oldest first."""
    return attempts_and_refunds(order_id)[1]


def refund_view(row: Refund) -> RefundView:
    return RefundView(
        id=row.id,
        attempt_id=row.attempt_id,
        amount=Money(row.amount, row.currency),
        state=row.state,
        reason=row.reason,
        message=row.message,
        actor=row.actor,
        created_at=row.created_at,
        into=row.into,
    )


def attempt(attempt_id: str) -> AttemptView | None:
    """One attempt; None when there is none."""
    row = reader().get(PaymentAttempt, attempt_id, populate_existing=True)
    return view(row) if row is not None else None


def order_of(attempt_id: str) -> int | None:
    """Internal id of the attempt's order, or None."""
    return reader().scalar(select(PaymentAttempt.order_id).where(PaymentAttempt.id == attempt_id))


def captured(session: Session, order_id: int, currency: str) -> Money:
    """What was taken for the order in total, refunds not subtracted."""
    query = select(func.coalesce(func.sum(PaymentAttempt.captured), 0)).where(PaymentAttempt.order_id == order_id)
    return Money(int(session.execute(query).scalar_one()), currency)


def held_by_providers(session: Session, order_id: int) -> bool:
    """Whether a provider has taken or reserved money for the order; gift cards and exchanged goods do not count."""
    query = select(func.count()).where(
        PaymentAttempt.order_id == order_id,
        or_(PaymentAttempt.captured > 0, PaymentAttempt.state == "authorized"),
        PaymentAttempt.account_id.not_in(OWN_ACCOUNTS),
    )
    return bool(session.execute(query).scalar_one())


def needing_attention(limit: int = 50) -> list[tuple[int, str]]:
    """(order id, why) of payments that staff must look at, newest first."""
    query = (
        select(PaymentAttempt.order_id, PaymentAttempt.attention)
        .where(needs_attention)
        .order_by(PaymentAttempt.updated_at.desc())
        .limit(limit)
    )
    return [(row.order_id, row.attention) for row in reader().execute(query)]


def view(row: PaymentAttempt | Row[*tuple[Any, ...]]) -> AttemptView:
    return AttemptView(
        id=row.id,
        account_id=row.account_id,
        label=row.label,
        state=row.state,
        amount=Money(row.amount, row.currency),
        captured=Money(row.captured, row.currency),
        refunded=Money(row.refunded, row.currency),
        fee=Money(row.fee, row.currency),
        reference=row.reference or "",
        redirect_url=row.redirect_url,
        instructions=tuple(Instruction(**line) for line in row.instructions),
        message=row.message,
        attention=row.attention,
        created_at=row.created_at,
        authorized=None if row.authorized is None else Money(row.authorized, row.currency),
        disputed=Money(row.disputed, row.currency) if row.disputed else None,
    )
