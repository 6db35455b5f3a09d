"""The money plan of a return: what is given back, piece by piece and cent by cent, and why. Pure.

Every piece of an order has its own share of goods, delivery and tax, fixed once by largest remainder. A return takes
pieces that no return took before, so that any sequence of partial returns sums to exactly what was paid for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from entrepot.kernel.money import Money, round_half_up, total
from entrepot.pricing.rules import Quote
from entrepot.pricing.spreading import apportion


@dataclass(frozen=True)
class Sold:
    """A line as it was paid: amounts with tax, after discounts."""

    line_id: str
    name: str
    quantity: int
    gross: int
    tax: int


@dataclass(frozen=True)
class Sale:
    """The part of an order that a return can give back. Minor units of ``currency``, tax contained."""

    currency: str
    lines: tuple[Sold, ...]
    shipping: int
    shipping_tax: int


@dataclass(frozen=True)
class Piece:
    """One piece's share."""

    goods: int
    goods_tax: int
    shipping: int
    shipping_tax: int


@dataclass(frozen=True)
class Wanted:
    """Pieces of a line to be refunded; ``before`` were refunded by earlier returns."""

    line_id: str
    quantity: int
    before: int = 0


@dataclass(frozen=True)
class Terms:
    """``fee_percent`` is kept of the goods; ``shipping`` says whether the delivery fee's share goes back too."""

    fee_percent: Decimal = Decimal(0)
    shipping: bool = False


@dataclass(frozen=True)
class PlanRow:
    """``kind``: goods, shipping, fee (negative) or earlier (negative). ``gross`` contains ``tax``."""

    kind: str
    text: str
    quantity: int
    gross: Money
    tax: Money

    @property
    def net(self) -> Money:
        return self.gross - self.tax


@dataclass(frozen=True)
class MoneyPlan:
    """What settling will do with money: the same plan drives refund, credit note and ledger."""

    currency: str
    rows: tuple[PlanRow, ...]

    @property
    def refund(self) -> Money:
        return total((row.gross for row in self.rows), self.currency)

    @property
    def tax(self) -> Money:
        return total((row.tax for row in self.rows), self.currency)

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
        return cls(stored["currency"], tuple(rows))


def sale_of(quote: Quote, line_ids: Sequence[str]) -> Sale:
    """What the buyer paid for, from the order's quote; ``line_ids`` are the order's, in the quote's order."""
    lines = tuple(
        Sold(line_id, line.name, line.quantity, (line.net + line.tax).minor, line.tax.minor)
        for line_id, line in zip(line_ids, quote.lines, strict=True)
    )
    return Sale(quote.currency, lines, (quote.net_shipping + quote.shipping_tax).minor, quote.shipping_tax.minor)


def pieces(sale: Sale) -> dict[str, list[Piece]]:
    """Each line's pieces with their shares; over all pieces the shares sum to what was paid."""
    goods = [share for line in sale.lines for share in apportion(line.gross, [1] * line.quantity)]
    taxes = [share for line in sale.lines for share in apportion(line.tax, [1] * line.quantity)]
    weights = goods if any(goods) else [1] * len(goods)
    shipping = apportion(sale.shipping, weights)
    shipping_taxes = apportion(sale.shipping_tax, shipping if any(shipping) else weights)
    every = iter([Piece(*shares) for shares in zip(goods, taxes, shipping, shipping_taxes, strict=True)])
    return {line.line_id: [next(every) for _ in range(line.quantity)] for line in sale.lines}


def money_plan(sale: Sale, wanted: Sequence[Wanted], terms: Terms, *, refundable: int) -> MoneyPlan:
    """The plan for these pieces; never more than ``refundable``, what is left of the money that was taken."""
    shares = pieces(sale)
    names = {line.line_id: line.name for line in sale.lines}
    rows: list[PlanRow] = []
    taken: list[Piece] = []
    for each in wanted:
        chosen = shares[each.line_id][each.before : each.before + each.quantity]
        taken += chosen
        rows.append(
            _row(sale, "goods", names[each.line_id], len(chosen), [(one.goods, one.goods_tax) for one in chosen])
        )
    if terms.shipping:
        rows.append(_row(sale, "shipping", "", 1, [(one.shipping, one.shipping_tax) for one in taken]))
    rows += _fees(sale, [row for row in rows if row.kind == "goods"], terms.fee_percent)
    rows = [row for row in rows if not row.gross.is_zero or row.kind == "goods"]
    return MoneyPlan(sale.currency, (*rows, *_earlier(sale.currency, rows, refundable)))


def _row(sale: Sale, kind: str, text: str, quantity: int, amounts: Sequence[tuple[int, int]]) -> PlanRow:
    gross, tax = sum(amount[0] for amount in amounts), sum(amount[1] for amount in amounts)
    return PlanRow(kind, text, quantity, Money(gross, sale.currency), Money(tax, sale.currency))


def _fees(sale: Sale, goods: Sequence[PlanRow], percent: Decimal) -> list[PlanRow]:
    """What is kept of each line's goods, rounded half up, with the tax in it."""
    if not percent:
        return []
    rows = []
    for row in goods:
        kept = round_half_up(row.gross.minor * percent / 100)
        tax = round_half_up(row.tax.minor * percent / 100)
        rows.append(PlanRow("fee", row.text, row.quantity, Money(-kept, sale.currency), Money(-tax, sale.currency)))
    return rows


def _earlier(currency: str, rows: Sequence[PlanRow], refundable: int) -> list[PlanRow]:
    """What was given back before, outside any return, is not given back again; its tax goes in proportion."""
    whole = sum(row.gross.minor for row in rows)
    if whole <= refundable:
        return []
    over = whole - max(refundable, 0)
    tax = round_half_up(Decimal(sum(row.tax.minor for row in rows)) * over / whole)
    return [PlanRow("earlier", "", 1, Money(-over, currency), Money(-tax, currency))]
