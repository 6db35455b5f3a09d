"""Payments as the ledger knows them, on both databases, without the rest of an order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from entrepot.kernel.money import Money
from entrepot.ledger import payouts
from entrepot.ledger.models import LedgerPosting
from entrepot.ledger.service import book
from entrepot.orders.models import Order
from entrepot.payments.models import PaymentAttempt, Refund
from entrepot.pricing.models import FxRate
from entrepot.sdk.payments import Settlement, SettlementKind, SettlementLine
from entrepot.storage.session import reader, unit_of_work
from entrepot.testkit.samples import NOON
from entrepot.testkit.small_shop import SmallShop, small_shop

ACCOUNT = "account-1"
TODAY = NOON.date()


@dataclass
class Books:
    """A shop in EUR whose orders only have money."""

    shop: SmallShop
    numbers: Iterator[int]

    def captured(self, amount: Money, *, fee: Money | None = None) -> str:
        """An order that was paid; the provider's reference of the payment."""
        number = next(self.numbers)
        reference, charged = f"ch_{number}", fee or Money.zero(amount.currency)
        with unit_of_work() as session:
            order = Order(**_order(number, amount))
            session.add(order)
            session.flush()
            session.add(PaymentAttempt(**_attempt(order.id, reference, amount, charged)))
            owed = [("receivable", amount), ("revenue", -amount)]
            taken = [("psp", amount - charged), ("fees", charged), ("receivable", -amount)]
            for kind, postings in (("order", owed), ("capture", taken)):
                book(session, order_id=order.id, kind=kind, source=f"{kind} {number}", at=NOON, postings=postings)
        return reference

    def refunded(self, reference: str, amount: Money) -> str:
        """A refund that left; the provider's reference of it."""
        number = next(self.numbers)
        with unit_of_work() as session:
            attempt = session.scalars(select(PaymentAttempt).where(PaymentAttempt.reference == reference)).one()
            attempt.refunded += amount.minor
            session.add(
                Refund(
                    id=f"refund-{number}", attempt_id=attempt.id, amount=amount.minor, currency=amount.currency,
                    state="done", reference=f"re_{number}", idempotency_key=f"refund-{number}", created_at=NOON,
                )
            )  # fmt: skip
            given = [("refunds", amount), ("psp", -amount)]
            book(session, order_id=attempt.order_id, kind="refund", source=f"refund {number}", at=NOON, postings=given)
        return f"re_{number}"

    def settle(self, *lines: SettlementLine, reference: str = "po_1", amount: Money | None = None) -> payouts.Imported:
        currency = lines[0].gross.currency
        paid = amount or sum((line.net for line in lines), Money.zero(currency))
        settlement = Settlement(reference, paid, NOON, lines)
        return payouts.take_in(self.shop.runtime, ACCOUNT, [settlement], source="test.csv", actor="test")

    def line(
        self, kind: str, reference: str, gross: Money, *, fee: int = 0, presentment: Money | None = None
    ) -> SettlementLine:
        line_id = f"txn_{next(self.numbers)}"
        charged = Money(fee, gross.currency)
        return SettlementLine(line_id, SettlementKind(kind), reference, gross, charged, presentment)

    def rate(self, base: str, quote: str, rate: str, on: date = TODAY) -> None:
        with unit_of_work() as session:
            session.execute(insert(FxRate).values(base=base, quote=quote, rate=rate, on=on, source="test"))

    def balance(self, account: str, currency: str = "EUR") -> int:
        query = select(func.coalesce(func.sum(LedgerPosting.amount), 0))
        found = query.where(LedgerPosting.account == account, LedgerPosting.currency == currency)
        return int(reader().execute(found).scalar_one())

    def imbalance(self) -> list[Any]:
        """Entries and currencies whose postings do not sum to zero: none, whatever happened."""
        query = select(LedgerPosting.entry_id, LedgerPosting.currency, func.sum(LedgerPosting.amount))
        grouped = query.group_by(LedgerPosting.entry_id, LedgerPosting.currency)
        return list(reader().execute(grouped.having(func.sum(LedgerPosting.amount) != 0)).all())


@pytest.fixture
def books(database_url: str, tmp_path: Path) -> Iterator[Books]:
    with small_shop(database_url, tmp_path) as opened:
        yield Books(opened, count(1001))


def _attempt(order_id: int, reference: str, amount: Money, fee: Money) -> dict[str, Any]:
    return {
        "id": f"attempt-{reference}", "order_id": order_id, "account_id": ACCOUNT, "label": "Card",
        "state": "captured", "amount": amount.minor, "captured": amount.minor, "fee": fee.minor,
        "currency": amount.currency, "reference": reference, "idempotency_key": reference, "created_at": NOON,
        "updated_at": NOON, "refunded": 0,
    }  # fmt: skip


def _order(number: int, amount: Money) -> dict[str, Any]:
    return {
        "number": str(number), "token": f"token-{number}", "idempotency_key": f"order-{number}", "request_digest": "",
        "status": "to_ship", "market": "eu", "locale": "en", "currency": amount.currency, "total": amount.minor,
        "email": "anna@example.com", "shipping_address": {}, "billing_address": {"country": "DE"}, "quote": {},
        "hold_until": NOON, "placed_at": NOON,
    }  # fmt: skip
