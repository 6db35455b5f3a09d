"""What an edit does to lines, total and money, and how it is explained. Pure.

Prices and promotions are frozen: a piece that stays costs what it was bought for, with everything that promotions took
off it. Of a line that shrinks the pieces with the largest discount leave first, because the condition that earned it
may be gone. Pieces added to a line cost its price without promotions; a new line costs today's price.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from entrepot.editing import errors
from entrepot.editing.errors import EditRefused
from entrepot.kernel.address import Address
from entrepot.kernel.money import Money, total
from entrepot.kernel.texts import N_
from entrepot.payments.rules import AttemptState, owing
from entrepot.pricing.discounting import Discount
from entrepot.pricing.rules import Quote, QuoteLine
from entrepot.pricing.spreading import apportion, spread

MOST_PIECES = 9999
CAUSES = {
    "pieces": N_("{before} pieces before, {after} now"),
    "added": N_("Added at today's price"),
    "removed": N_("Removed"),
    "adjusted": N_("Price adjusted: {reason}"),
    "delivery": N_("Delivery to the new address"),
    "reckoned": N_("Reckoned again for the edited order"),
}


@dataclass(frozen=True)
class Edit:
    """What is to be changed. ``quantities`` are new numbers of pieces by order line id, 0 removes the line.

    ``added`` are (SKU, pieces); ``adjustment`` is what the goods cost more (or, below zero, less).
    """

    reason: str
    quantities: Mapping[str, int] = field(default_factory=dict)
    added: tuple[tuple[str, int], ...] = ()
    address: Address | None = None
    adjustment: Money | None = None

    @property
    def is_empty(self) -> bool:
        nothing = self.adjustment is None or self.adjustment.is_zero
        return not self.quantities and not self.added and self.address is None and nothing

    def digest(self, expected: Money) -> str:
        """A fingerprint of the request: the same key with another one is refused."""
        text = json.dumps([asdict(self), asdict(expected)], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Difference:
    """One row of the comparison. ``cause`` is a key of ``CAUSES`` with its ``values``.

    ``kind``: goods, adjustment, shipping, duty, tax, or tax_included, which is part of the others and not added.
    """

    kind: str
    label: str
    before: Money
    after: Money
    cause: str
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def change(self) -> Money:
        return self.after - self.before

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "before": self.before.minor, "after": self.after.minor}


@dataclass(frozen=True)
class MoneyPlan:
    """What becomes of the money. Amounts per payment attempt are (attempt id, amount)."""

    charged: Money
    #: The buyer is asked for it.
    collect: Money
    #: Given back of money that was taken.
    refunds: tuple[tuple[str, Money], ...] = ()
    #: Reserved money of which only so much will be taken.
    lowered: tuple[tuple[str, Money], ...] = ()
    #: Open attempts whose amount is no longer right.
    replaced: tuple[str, ...] = ()

    @property
    def refund(self) -> Money:
        return total((amount for _, amount in self.refunds), self.charged.currency)

    def to_json(self) -> dict[str, Any]:
        return {
            "charged": self.charged.minor,
            "collect": self.collect.minor,
            "refunds": [[id, amount.minor] for id, amount in self.refunds],
            "lowered": [[id, amount.minor] for id, amount in self.lowered],
            "replaced": list(self.replaced),
        }


@dataclass(frozen=True)
class KnownAttempt:
    """A payment attempt as the plan needs it; ``left`` is what can be given back of it, refunds on their way apart."""

    id: str
    state: AttemptState
    left: Money


def with_quantity(line: QuoteLine, quantity: int) -> QuoteLine:
    """The line with more or fewer pieces at the price it was bought for; see the module about its discounts."""
    none = (0,) * line.quantity
    by_unit = sorted(line.unit_discounts or none)[:quantity]
    by_unit += [0] * (quantity - len(by_unit))
    off = sum(by_unit)
    currency = line.unit_price.currency
    return replace(
        line,
        quantity=quantity,
        total=line.unit_price * quantity - Money(off, currency),
        discounts=_rescaled(line.discounts, Money(off, currency)),
        unit_discounts=tuple(by_unit) if line.unit_discounts else (),
    )


def adjusted(
    lines: Sequence[QuoteLine], by: Money, *, over: Collection[str], cause: str, reason: str
) -> list[QuoteLine]:
    """The lines with ``by`` spread over those in ``over``, in proportion to what they cost. Raises EditRefused."""
    chosen = [line for line in lines if line.id in over]
    if not chosen:
        raise EditRefused(errors.NOTHING_TO_ADJUST)
    values = [line.total.minor for line in chosen]
    if by.is_negative:
        shares = [-share for share in spread(-by.minor, values, values)]
    else:
        shares = apportion(by.minor, values if any(values) else [line.quantity for line in chosen])
    if sum(shares) != by.minor:
        raise EditRefused(errors.BELOW_ZERO, most=str(Money(sum(values), by.currency)))
    more = {line.id: share for line, share in zip(chosen, shares, strict=True)}
    return [_line_adjusted(line, more[line.id], cause, reason) if more.get(line.id) else line for line in lines]


def differences(
    before: Quote, after: Quote, lines: Sequence[tuple[QuoteLine | None, QuoteLine | None]], edit: Edit
) -> tuple[Difference, ...]:
    """What the edit changes, row by row; ``lines`` are pairs (as bought, as edited but not adjusted yet).

    Σ change of all rows but ``tax_included`` is the difference of the totals.
    """
    rows = [row for row in (_line_difference(*pair) for pair in lines) if row is not None]
    none = Money.zero(before.currency)
    if edit.adjustment is not None and not edit.adjustment.is_zero:
        values = {"reason": edit.reason}
        rows.append(Difference("adjustment", "", none, edit.adjustment, "adjusted", values))
    if before.shipping_charge != after.shipping_charge:
        label = after.shipping_label or before.shipping_label
        cause = "delivery" if edit.address else "removed"
        rows.append(Difference("shipping", label, before.shipping_charge, after.shipping_charge, cause))
    for kind in ("duty", "tax", "tax_included"):
        rows += _total_differences(before, after, kind)
    return tuple(rows)


def money_plan(charged: Money, difference: Money, attempts: Sequence[KnownAttempt]) -> MoneyPlan:
    """What to collect, give back, take less of or replace. What was given back before is not given back again."""
    none = Money.zero(charged.currency)
    taken = total((each.state.captured for each in attempts), charged.currency)
    open_amount = max(charged - taken, none)
    raised = max(difference, none)
    lowered = min(max(-difference, none), open_amount)
    charge = charged + raised - lowered
    back = max(-difference, none) - lowered
    plan = MoneyPlan(charge, none, refunds=_refunds(back, attempts), lowered=_captures(charge - taken, attempts))
    due = max(owing(charge, [each.state for each in attempts]), none)
    pending = [each for each in attempts if each.state.is_open]
    wrong = tuple(each.id for each in pending if each.state.amount != due)
    collect = none if len(wrong) < len(pending) else due
    return replace(plan, collect=collect, replaced=wrong)


def _refunds(back: Money, attempts: Sequence[KnownAttempt]) -> tuple[tuple[str, Money], ...]:
    """Over the payments, the oldest first, never more than is left of each."""
    parts = []
    for each in attempts:
        part = min(back, each.left)
        if part.minor > 0:
            parts.append((each.id, part))
            back -= part
    return tuple(parts)


def _captures(still: Money, attempts: Sequence[KnownAttempt]) -> tuple[tuple[str, Money], ...]:
    """Reserved money of which less will be taken than was reserved."""
    parts = []
    left = max(still, Money.zero(still.currency))
    for each in attempts:
        if each.state.state != "authorized":
            continue
        part = min(left, each.state.capturable)
        left -= part
        if part < each.state.capturable:
            parts.append((each.id, part))
    return tuple(parts)


def _rescaled(discounts: Sequence[Discount], off: Money) -> tuple[Discount, ...]:
    """The same causes, summing to ``off``; cents that remain go to the first."""
    if not discounts:
        return ()
    whole = sum(each.amount.minor for each in discounts)
    shares = [each.amount.minor * off.minor // whole if whole else 0 for each in discounts]
    shares[0] += off.minor - sum(shares)
    return tuple(
        replace(each, amount=Money(share, off.currency)) for each, share in zip(discounts, shares, strict=True)
    )


def _line_adjusted(line: QuoteLine, more: int, cause: str, reason: str) -> QuoteLine:
    units = [amount.minor for amount in line.unit_totals]
    if more < 0:
        off = spread(-more, units, units)
    else:
        off = [-share for share in apportion(more, units if any(units) else [1] * line.quantity)]
    taken = line.unit_discounts or (0,) * line.quantity
    amount = Money(more, line.total.currency)
    return replace(
        line,
        total=line.total + amount,
        discounts=(*line.discounts, Discount(cause, reason, -amount)),
        unit_discounts=tuple(known + new for known, new in zip(taken, off, strict=True)),
    )


def _line_difference(bought: QuoteLine | None, edited: QuoteLine | None) -> Difference | None:
    known = edited or bought
    if known is None or (bought and edited and bought.quantity == edited.quantity):
        return None
    none = Money.zero(known.total.currency)
    label = " ".join(filter(None, (known.name, known.options)))
    before, after = (bought.total if bought else none), (edited.total if edited else none)
    if bought is None:
        return Difference("goods", label, before, after, "added")
    if edited is None:
        return Difference("goods", label, before, after, "removed")
    pieces = {"before": str(bought.quantity), "after": str(edited.quantity)}
    return Difference("goods", label, before, after, "pieces", pieces)


def _total_differences(before: Quote, after: Quote, kind: str) -> list[Difference]:
    none = Money.zero(before.currency)
    old = {row.label: row.amount for row in before.totals if row.kind == kind}
    new = {row.label: row.amount for row in after.totals if row.kind == kind}
    labels = [label for label in dict.fromkeys((*old, *new)) if old.get(label, none) != new.get(label, none)]
    return [Difference(kind, label, old.get(label, none), new.get(label, none), "reckoned") for label in labels]
