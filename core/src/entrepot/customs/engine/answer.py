"""The answer: every amount with its state, its collector, the rule that made it and what went in."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from entrepot.customs.engine.regimes import AT_CHECKOUT, Collector, Kind
from entrepot.kernel.money import Money
from entrepot.sdk.customs import Finding
from entrepot.sdk.tax import Certainty, RuleRef


@dataclass(frozen=True)
class Unknown:
    """A number that cannot be given, with the reason and the remedy in one sentence."""

    reason: str


Value = Decimal | Unknown


@dataclass(frozen=True)
class AssessedCharge:
    """One explained amount. ``amount`` is in the currency of the sale, ``reckoned`` in the authority's."""

    kind: Kind
    code: str
    label: str
    state: Certainty
    amount: Money
    reckoned: Money
    line_id: str
    collector: Collector
    registration: str
    rule: RuleRef
    #: Named inputs in words, in order: ("base", "EUR 105.00"), ("rate", "0.2").
    inputs: tuple[tuple[str, str], ...]
    why: str = ""
    regime: str = ""
    #: True when the seller takes the money from the buyer before the parcel leaves, whoever remits it.
    is_prepaid: bool = False
    #: The rate, where the amount is a share of its base.
    fraction: Decimal | None = None
    #: What the amount was computed from, and the amount before it was rounded, in the currency of the sale.
    base: tuple[str, ...] = ()
    exact: Decimal | None = None

    @property
    def is_due_at_checkout(self) -> bool:
        return self.is_prepaid or self.collector in AT_CHECKOUT


@dataclass(frozen=True)
class Treatment:
    """Which regime was applied to which lines."""

    regime: str
    title: str
    line_ids: tuple[str, ...]
    declaration: str
    rule: RuleRef


@dataclass(frozen=True)
class Answer:
    """Everything that is said about a consignment."""

    pack: str
    version: str
    currency: str
    #: Sums over the consignment in the currency of the sale: intrinsic, fob, cif, sales_price.
    values: dict[str, Money]
    charges: tuple[AssessedCharge, ...]
    #: Numbers computed on the way, by name.
    facts: dict[str, Value]
    treatments: tuple[Treatment, ...]
    findings: tuple[Finding, ...]
    #: False when the law refuses the consignment; None when that is not known.
    accepted: bool | None
    incoterm: str
    carrier_fees: Money
    #: How many pieces each regime in force took.
    pieces: dict[str, int]

    @property
    def state(self) -> Certainty:
        return state_of(self.charges)

    def of_kind(self, kind: Kind) -> tuple[AssessedCharge, ...]:
        return tuple(charge for charge in self.charges if charge.kind is kind)

    def of_code(self, code: str) -> tuple[AssessedCharge, ...]:
        return tuple(charge for charge in self.charges if charge.code == code)


def state_of(charges: tuple[AssessedCharge, ...]) -> Certainty:
    """UNKNOWN as soon as one charge is, or when nothing was said; KNOWN as soon as one is, else NOT_DUE."""
    states = {charge.state for charge in charges}
    if not states or Certainty.UNKNOWN in states:
        return Certainty.UNKNOWN
    return Certainty.KNOWN if Certainty.KNOWN in states else Certainty.NOT_DUE


def sum_of(charges: tuple[AssessedCharge, ...], currency: str) -> Money | None:
    """None where one of them is unknown, or nothing was said."""
    if state_of(charges) is Certainty.UNKNOWN:
        return None
    return sum((charge.amount for charge in charges), Money.zero(currency))
