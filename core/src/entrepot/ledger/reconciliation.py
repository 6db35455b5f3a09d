"""The zero-remainder report: what a payout consists of, what nobody has explained, and what is open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from entrepot.kernel.money import Money, total
from entrepot.ledger.models import Payout, PayoutLine
from entrepot.ledger.payouts import line_of
from entrepot.ledger.queries import order_numbers
from entrepot.sdk.payments import SettlementLine
from entrepot.storage.session import reader

PAGE = 50


@dataclass(frozen=True)
class ReportLine:
    line: SettlementLine
    state: str
    order_number: str
    note: str


@dataclass(frozen=True)
class PayoutReport:
    """``amount`` = what the matched lines add up to + what the open ones do + ``unexplained``."""

    id: str
    account_id: str
    reference: str
    amount: Money
    paid_at: datetime
    source: str
    lines: tuple[ReportLine, ...]

    @property
    def matched(self) -> Money:
        return self._sum("matched")

    @property
    def open(self) -> Money:
        return self._sum("open")

    @property
    def remainder(self) -> Money:
        """What is paid out beyond the matched lines: zero when everything is explained."""
        return self.amount - self.matched

    @property
    def unexplained(self) -> Money:
        """The part of the remainder that no line of the payout speaks of."""
        return self.remainder - self.open

    @property
    def is_settled(self) -> bool:
        return self.remainder.is_zero and not self.open_items

    @property
    def open_items(self) -> tuple[ReportLine, ...]:
        return tuple(line for line in self.lines if line.state == "open")

    def by_kind(self) -> dict[str, tuple[int, Money]]:
        """{kind: (lines, what they add)} of the matched lines; fees of payments are a kind of their own."""
        matched = [line.line for line in self.lines if line.state == "matched"]
        found = {
            kind.value: (len(of_kind), total((line.gross for line in of_kind), self.amount.currency))
            for kind in sorted({line.kind for line in matched})
            if (of_kind := [line for line in matched if line.kind is kind])
        }
        charged = [line.fee for line in matched if not line.fee.is_zero]
        return found | ({"fees": (len(charged), -total(charged, self.amount.currency))} if charged else {})

    def _sum(self, state: str) -> Money:
        return total((line.line.net for line in self.lines if line.state == state), self.amount.currency)


def payout_report(payout_id: str) -> PayoutReport | None:
    """The report of one payout; None when there is none."""
    found = _reports(reader().execute(select(Payout.__table__).where(Payout.id == payout_id)).all())
    return found[0] if found else None


def latest_payouts(limit: int = PAGE) -> list[PayoutReport]:
    """The newest payouts with their lines, in three queries."""
    newest = select(Payout.__table__).order_by(Payout.paid_at.desc(), Payout.id).limit(limit)
    return _reports(reader().execute(newest).all())


def _reports(payouts: Sequence[Any]) -> list[PayoutReport]:
    lines: dict[str, list[ReportLine]] = {row.id: [] for row in payouts}
    query = select(PayoutLine).where(PayoutLine.payout_id.in_(list(lines))).order_by(PayoutLine.id)
    rows = reader().scalars(query).all() if lines else []
    numbers = order_numbers({row.order_id for row in rows if row.order_id is not None})
    for row in rows:
        number = numbers.get(row.order_id or 0, "")
        lines[row.payout_id].append(ReportLine(line_of(row), row.state, number, row.note))
    return [
        PayoutReport(row.id, row.account_id, row.reference, Money(row.amount, row.currency), row.paid_at, row.source,
                     tuple(lines[row.id]))
        for row in payouts
    ]  # fmt: skip
