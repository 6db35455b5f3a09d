"""What news about a dispute may change and how it is booked. Pure: the order in which news comes changes nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from entrepot.kernel.money import Money
from entrepot.sdk.payments import DisputeNews, DisputeState

Posting = tuple[str, Money]
#: The ledger's accounts of money that a buyer's bank holds for now, and for good.
HELD, LOST = "disputes", "dispute_losses"
_ACCOUNT = {DisputeState.OPENED: HELD, DisputeState.LOST: LOST}


@dataclass(frozen=True)
class Known:
    """A dispute as far as it is known."""

    state: DisputeState
    amount: Money
    #: What the provider charges in all; None while it has not said so.
    fee: Money | None
    #: When the provider said so; None for the word of staff, which any verdict of the provider replaces.
    at: datetime | None

    @property
    def withheld(self) -> Money:
        """What the provider has less because of it."""
        return self.amount if self.state in _ACCOUNT else Money.zero(self.amount.currency)

    @property
    def charged(self) -> Money:
        return self.fee or Money.zero(self.amount.currency)


def after(before: Known | None, news: DisputeNews, at: datetime | None) -> Known:
    """The dispute once ``news`` is known. A verdict outdoes an opening, of two verdicts the later one holds."""
    told = Known(news.state, news.amount, news.fee, at)
    if before is None:
        return told
    older, newer = sorted((before, told), key=_age)
    return replace(newer, fee=older.fee if newer.fee is None else newer.fee)


def _age(known: Known) -> tuple[bool, float]:
    return known.state is not DisputeState.OPENED, known.at.timestamp() if known.at else 0.0


def postings(before: Known | None, known: Known, *, provider: str) -> list[Posting]:
    """What changes in the books; ``provider`` is the account that pays for it. Zero postings are kept."""
    none = Money.zero(known.amount.currency)
    was = before or Known(DisputeState.WON, none, None, None)
    moved = [(account, _on(account, known) - _on(account, was)) for account in (HELD, LOST)]
    moved.append(("fees", known.charged - was.charged))
    return [*moved, (provider, -sum((amount for _, amount in moved), none))]


def _on(account: str, known: Known) -> Money:
    return known.amount if _ACCOUNT.get(known.state) == account else Money.zero(known.amount.currency)
