"""How a line of a payout is booked and what it is worth. Pure: every entry sums to zero per currency."""

from __future__ import annotations

from collections.abc import Sequence

from entrepot.kernel.money import Money
from entrepot.sdk.payments import SettlementKind, SettlementLine

Posting = tuple[str, Money]
#: What a line of each kind clears.
_CLEARS = {
    SettlementKind.CAPTURE: "psp",
    SettlementKind.REFUND: "psp",
    SettlementKind.DISPUTE: "psp",
    SettlementKind.FEE: "fees",
    SettlementKind.RESERVE: "reserves",
    SettlementKind.OTHER: "adjustments",
}


def settlement_postings(line: SettlementLine, *, booked_fee: Money) -> list[Posting]:
    """The entry of one line. ``booked_fee`` is what was booked as fee already: it is taken back.

    An amount in two currencies goes through ``exchange``, so that each of the two stays balanced.
    """
    account = _CLEARS[line.kind]
    taken = line.presentment if account == "psp" else None
    arrived = [("payout", line.net), ("fees", line.fee)]
    known = [("psp", booked_fee), ("fees", -booked_fee)]
    if taken is None or taken.currency == line.gross.currency:
        return [*arrived, (account, -line.gross), *known]
    return [*arrived, ("exchange", -line.gross), (account, -taken), ("exchange", taken), *known]


def exchange_difference(*, taken: Money, arrived: Money) -> list[Posting]:
    """Gain (credit) or loss (debit) by exchange, both amounts in base currency: then, and when it was settled."""
    difference = arrived - taken
    return [("exchange", difference), ("fx_difference", -difference)]


def balanced(worth: Sequence[Money]) -> list[Money]:
    """Converted postings of one entry and currency, with what rounding left over put upon the largest of them."""
    if not worth:
        return []
    left = sum(amount.minor for amount in worth)
    largest = max(range(len(worth)), key=lambda index: abs(worth[index].minor))
    return [amount - Money(left, amount.currency) if index == largest else amount for index, amount in enumerate(worth)]
