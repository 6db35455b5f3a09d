"""The money plan of a return: what is given back, piece by piece and cent by cent, where it goes, and why. Pure.

Every piece of an order has its own share of goods, delivery, duties and tax, fixed once by largest remainder. A return
takes pieces that no return took before, so that any sequence of partial returns sums to exactly what was paid for them.
What goods of an exchange were worth pays for their replacement first, then what else is given back does; only what is
left then is refunded, and only what is missing is asked of the buyer.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from entrepot.kernel.money import Money, round_half_up, total
from entrepot.policies.rules import Basis, stored_basis
from entrepot.returns.sale import Piece, Sale, pieces

#: Where the worth of a piece may go; in this order what was given back before is taken off.
DESTINATIONS = ("refund", "store_credit", "exchange")


@dataclass(frozen=True)
class Wanted:
    """Pieces of a line that are taken back; ``before`` were by earlier returns. ``to`` is one of DESTINATIONS.

    ``most_kept`` is the percentage of their price beyond which nothing is kept, whatever the terms say.
    """

    line_id: str
    quantity: int
    before: int = 0
    to: str = "refund"
    most_kept: Decimal = Decimal(100)


@dataclass(frozen=True)
class Terms:
    """``fee_percent`` is kept of the goods; ``shipping`` and ``duties`` say whether their shares go back too.

    ``difference`` is where the rest goes when goods were exchanged for cheaper ones: refund or store_credit.
    """

    fee_percent: Decimal = Decimal(0)
    shipping: bool = False
    duties: bool = False
    difference: str = "refund"
    #: The promises that the plan keeps.
    basis: Basis = Basis()


@dataclass(frozen=True)
class PlanRow:
    """``kind``: goods, shipping, duty, fee (negative) or earlier (negative). ``gross`` contains ``tax``."""

    kind: str
    text: str
    quantity: int
    gross: Money
    tax: Money
    to: str = "refund"

    @property
    def net(self) -> Money:
        return self.gross - self.tax


@dataclass(frozen=True)
class Replacement:
    """Goods that leave in exchange, at what they cost the buyer now."""

    text: str
    quantity: int
    gross: Money


@dataclass(frozen=True)
class PlanNote:
    """Something that is not refundable. ``kind``: duties_kept (by the market's policy) or paid_on_delivery."""

    kind: str
    text: str
    amount: Money | None = None


@dataclass(frozen=True)
class MoneyPlan:
    """What settling will do with money: the same plan drives refund, credit note, replacement and ledger.

    ``credited`` == ``exchanged`` + ``store_credit`` + ``refund``, always.
    """

    currency: str
    rows: tuple[PlanRow, ...]
    replacements: tuple[Replacement, ...] = ()
    notes: tuple[PlanNote, ...] = ()
    difference: str = "refund"
    basis: Basis = Basis()

    @property
    def credited(self) -> Money:
        """What is taken back of the sale: the total of the credit note."""
        return total((row.gross for row in self.rows), self.currency)

    @property
    def tax(self) -> Money:
        return total((row.tax for row in self.rows), self.currency)

    @property
    def replaced(self) -> Money:
        """What the goods that leave in exchange cost."""
        return total((each.gross for each in self.replacements), self.currency)

    @property
    def exchanged(self) -> Money:
        """The part of what was credited that pays for them."""
        return min(self._to("exchange") + self._to("refund"), self.replaced)

    @property
    def owed(self) -> Money:
        """What the buyer has to pay for them on top."""
        return self.replaced - self.exchanged

    @property
    def store_credit(self) -> Money:
        return self._to("store_credit") + (self._rest if self.difference == "store_credit" else self._nothing)

    @property
    def refund(self) -> Money:
        """What goes back the way it was paid."""
        return self.credited - self.exchanged - self.store_credit

    @property
    def digest(self) -> str:
        """Names exactly this plan, so that nothing else is carried out than what was shown."""
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode()).hexdigest()[:32]

    def sum(self, kind: str) -> PlanRow:
        """All rows of a kind as one."""
        rows = [row for row in self.rows if row.kind == kind]
        gross = total((row.gross for row in rows), self.currency)
        return PlanRow(kind, "", 0, gross, total((row.tax for row in rows), self.currency))

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> MoneyPlan:
        """Read what ``to_json`` made."""
        rows = (
            PlanRow(**{**row, "gross": Money(**row["gross"]), "tax": Money(**row["tax"])}) for row in stored["rows"]
        )
        replacements = (Replacement(**{**each, "gross": Money(**each["gross"])}) for each in stored["replacements"])
        notes = (
            PlanNote(each["kind"], each["text"], Money(**each["amount"]) if each["amount"] else None)
            for each in stored["notes"]
        )
        basis = stored_basis(stored)
        return cls(stored["currency"], tuple(rows), tuple(replacements), tuple(notes), stored["difference"], basis)

    @property
    def _nothing(self) -> Money:
        return Money.zero(self.currency)

    @property
    def _rest(self) -> Money:
        """What exchanged goods were worth beyond their replacement."""
        return max(self._to("exchange") - self.replaced, self._nothing)

    def _to(self, destination: str) -> Money:
        return total((row.gross for row in self.rows if row.to == destination), self.currency)


def money_plan(
    sale: Sale,
    wanted: Sequence[Wanted],
    terms: Terms,
    *,
    refundable: int,
    replacements: Sequence[Replacement] = (),
) -> MoneyPlan:
    """The plan for these pieces; never more than ``refundable``, what is left of the money that was taken."""
    shares = pieces(sale)
    rows: list[PlanRow] = []
    taken: list[Piece] = []
    for to in DESTINATIONS:
        here = [each for each in wanted if each.to == to]
        chosen = {each.line_id: shares[each.line_id][each.before : each.before + each.quantity] for each in here}
        kept = [min(terms.fee_percent, each.most_kept) for each in here]
        rows += _rows(sale, chosen, terms, to, kept)
        taken += [piece for part in chosen.values() for piece in part]
    rows += _earlier(sale.currency, rows, refundable)
    notes = _notes(sale, taken, terms)
    return MoneyPlan(sale.currency, tuple(rows), tuple(replacements), notes, terms.difference, terms.basis)


def _rows(
    sale: Sale, chosen: Mapping[str, Sequence[Piece]], terms: Terms, to: str, kept: Sequence[Decimal]
) -> list[PlanRow]:
    """What these pieces give back, with the one destination; ``kept`` are the percentages of each line."""
    names = {line.line_id: line.name for line in sale.lines}
    goods = [
        _row(sale, "goods", names[id], to, len(part), [(one.goods, one.goods_tax) for one in part])
        for id, part in chosen.items()
    ]
    taken = [piece for part in chosen.values() for piece in part]
    rows = list(goods)
    if terms.shipping:
        rows.append(_row(sale, "shipping", "", to, 1, [(one.shipping, one.shipping_tax) for one in taken]))
    if terms.duties:
        rows.append(_row(sale, "duty", "", to, 1, [(one.duties, 0) for one in taken]))
    rows += _fees(sale, goods, kept)
    return [row for row in rows if not row.gross.is_zero or row.kind == "goods"]


def _row(sale: Sale, kind: str, text: str, to: str, quantity: int, amounts: Sequence[tuple[int, int]]) -> PlanRow:
    gross, tax = sum(amount[0] for amount in amounts), sum(amount[1] for amount in amounts)
    return PlanRow(kind, text, quantity, Money(gross, sale.currency), Money(tax, sale.currency), to)


def _fees(sale: Sale, goods: Sequence[PlanRow], percents: Sequence[Decimal]) -> list[PlanRow]:
    """What is kept of each line's goods, rounded half up, with the tax in it."""
    rows = []
    for row, percent in zip(goods, percents, strict=True):
        if not percent:
            continue
        kept = Money(-round_half_up(row.gross.minor * percent / 100), sale.currency)
        tax = Money(-round_half_up(row.tax.minor * percent / 100), sale.currency)
        rows.append(PlanRow("fee", row.text, row.quantity, kept, tax, row.to))
    return rows


def _earlier(currency: str, rows: Sequence[PlanRow], refundable: int) -> list[PlanRow]:
    """What was given back before, outside any return, is not given back again; its tax goes in proportion."""
    over = sum(row.gross.minor for row in rows) - max(refundable, 0)
    found = []
    for to in DESTINATIONS:
        here = [row for row in rows if row.to == to]
        whole = sum(row.gross.minor for row in here)
        part = min(over, whole)
        if part <= 0:
            continue
        tax = round_half_up(Decimal(sum(row.tax.minor for row in here)) * part / whole)
        found.append(PlanRow("earlier", "", 1, Money(-part, currency), Money(-tax, currency), to))
        over -= part
    return found


def _notes(sale: Sale, taken: Sequence[Piece], terms: Terms) -> tuple[PlanNote, ...]:
    """What these pieces cost beyond what comes back, so that nobody has to ask why."""
    if not taken:
        return ()
    kept = 0 if terms.duties else sum(piece.duties for piece in taken)
    notes = [PlanNote("duties_kept", "", Money(kept, sale.currency))] if kept else []
    return (*notes, *(PlanNote("paid_on_delivery", label) for label in sale.on_delivery))
