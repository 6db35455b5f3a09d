"""Payments that need no provider: with a gift card, with store credit, with goods that were sent back, elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy.orm import Session

from entrepot.credit import spending
from entrepot.credit.rules import Use
from entrepot.engine.runtime import Runtime
from entrepot.kernel.money import Money
from entrepot.payments import refunds, rows
from entrepot.payments.applying import advance
from entrepot.payments.ports import orders
from entrepot.payments.service import create_attempt

#: What the buyer reads, in the order's language.
_LABELS = {
    "de": {
        "gift_card": "Geschenkkarte",
        "store_credit": "Guthaben",
        rows.EXCHANGE: "Umtausch",
        rows.OUTSIDE: "Bezahlt bei",
    },
    "zh": {"gift_card": "礼品卡", "store_credit": "商店余额", rows.EXCHANGE: "换货", rows.OUTSIDE: "已支付于"},
}
_ENGLISH = {
    "gift_card": "Gift card",
    "store_credit": "Store credit",
    rows.EXCHANGE: "Exchange",
    rows.OUTSIDE: "Paid at",
}


def pay_with_credits(session: Session, runtime: Runtime, *, order_id: int, uses: Iterable[Use]) -> None:
    """Redeem each part as a payment of the order, in the caller's transaction. Raises credit's CreditChanged."""
    for use in sorted(uses, key=lambda each: each.credit_id):  # always in this order: no two orders wait for each other
        attempt_id = _taken(session, runtime, order_id, use.kind, f"•••• {use.code_end}", use.amount)
        spending.redeem(session, runtime, use, payment_id=attempt_id, order_id=order_id)


def pay_by_exchange(session: Session, runtime: Runtime, *, order_id: int, amount: Money, return_number: str) -> None:
    """Count what goods that came back were worth as a payment of the order that replaces them."""
    _taken(session, runtime, order_id, rows.EXCHANGE, return_number, amount)


def record_outside(
    session: Session, runtime: Runtime, *, order_id: int, amount: Money, channel: str, actor: str
) -> None:
    """Write down money that another channel took for the order, in the caller's transaction."""
    _taken(session, runtime, order_id, rows.OUTSIDE, channel, amount, actor)


def give_back(session: Session, runtime: Runtime, *, order_id: int, reason: str, actor: str) -> None:
    """Undo these payments in the transaction that cancels the order: the cards have their money again at once."""
    for row in rows.attempts_of(session, order_id):
        left = rows.state_of(row).refundable
        if row.account_id in rows.OWN_ACCOUNTS and left.minor > 0:
            refunds.refund(runtime, row.id, amount=left, reason=reason, actor=actor, idempotency_key=f"cancel-{row.id}")


def _taken(
    session: Session,
    runtime: Runtime,
    order_id: int,
    account_id: str,
    which: str,
    amount: Money,
    actor: str = "buyer",
) -> str:
    order = orders().get(session, order_id)
    label = f"{_LABELS.get(order.locale[:2], _ENGLISH)[account_id]} {which}"[:120]
    attempt_id = create_attempt(session, runtime, order_id=order_id, account_id=account_id, label=label, amount=amount)
    session.flush()
    row = rows.attempt(session, attempt_id)
    taken = replace(rows.state_of(row), state="captured", captured=amount)
    advance(session, runtime, row, order, taken, actor)
    return attempt_id
