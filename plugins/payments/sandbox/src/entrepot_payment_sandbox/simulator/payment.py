"""A payment and what may happen to it. Pure: every step returns the next payment or raises Refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from typing import Any

from entrepot.sdk import Money, round_half_up

METHODS = ("card", "card_3ds", "wallet", "qr", "bank_transfer")
CAPTURE_METHODS = ("automatic", "manual")
#: Statuses in which the buyer, or the buyer's bank, still has something to do.
UNDECIDED = ("open", "processing")
DECLINE_MESSAGE = "The bank declined the payment."

_FEE_RATE = Decimal("0.014")
_FEE_FIXED = Decimal("0.25")


class Refused(Exception):
    """What was asked is impossible; ``code`` is for programs, the text for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Refund:
    id: str
    amount: int
    reason: str = ""
    status: str = "succeeded"


@dataclass(frozen=True)
class Dispute:
    """``due``: the unix time until which the merchant may answer."""

    id: str
    amount: int
    reason: str
    due: int
    status: str = "opened"

    def fee(self, currency: str) -> int:
        """15.00 of the currency, given back when the merchant wins."""
        return 0 if self.status == "won" else Money.of(15, currency).minor


@dataclass(frozen=True)
class Payment:
    """Amounts are minor units of ``currency``."""

    id: str
    amount: int
    currency: str
    reference: str
    return_url: str
    webhook_url: str
    created: int
    capture_method: str = "automatic"
    locale: str = "en"
    merchant: str = ""
    description: str = ""
    status: str = "open"
    method: str = ""
    #: What the bank granted; 0 before that, and for a payment of an earlier version.
    authorized: int = 0
    captured: int = 0
    message: str = ""
    refunds: tuple[Refund, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    faults: Mapping[str, Any] = field(default_factory=dict)

    @property
    def reserved(self) -> int:
        return self.authorized or self.amount

    @property
    def refunded(self) -> int:
        return sum(refund.amount for refund in self.refunds)

    @property
    def fee(self) -> int | None:
        """1.4 % and 0.25 of what was captured, rounded half up once; None while nothing is captured."""
        if not self.captured:
            return None
        one = Decimal(Money.of(1, self.currency).minor)
        return round_half_up(self.captured * _FEE_RATE + one * _FEE_FIXED)

    @property
    def document(self) -> dict[str, Any]:
        """JSON-ready values; ``from_document`` reads them back."""
        return asdict(self)

    @classmethod
    def from_document(cls, values: Mapping[str, Any]) -> Payment:
        refunds = tuple(Refund(**refund) for refund in values["refunds"])
        disputes = tuple(Dispute(**dispute) for dispute in values.get("disputes", ()))
        return cls(**{**values, "refunds": refunds, "disputes": disputes})


def authorized(payment: Payment, amount: int | None = None) -> Payment:
    """The buyer agreed and the money is reserved, or as much of it as the bank grants."""
    _require(payment, UNDECIDED, "authorized")
    granted = payment.amount if amount is None else amount
    if granted <= 0:
        raise Refused("amount_too_small", f"Authorize 1 minor unit or more, not {granted}.")
    return replace(payment, status="authorized", authorized=granted, message="")


def captured(payment: Payment, amount: int | None = None) -> Payment:
    """The money is taken, all of it or once a part; the rest is released."""
    _require(payment, ("authorized",), "captured")
    taken = payment.reserved if amount is None else amount
    if not 0 < taken <= payment.reserved:
        raise Refused("amount_too_large", f"Capture between 1 and {payment.reserved} minor units, not {taken}.")
    return replace(payment, status="captured", captured=taken)


def paid(payment: Payment) -> list[Payment]:
    """What happens when the money comes: reserved, and taken too unless the merchant captures by hand."""
    reserved = authorized(payment)
    return [reserved] if payment.capture_method == "manual" else [reserved, captured(reserved)]


def processing(payment: Payment) -> Payment:
    """The buyer has ordered a bank transfer; the money is on its way."""
    _require(payment, ("open",), "processed")
    return replace(payment, status="processing")


def declined(payment: Payment, message: str = DECLINE_MESSAGE) -> Payment:
    _require(payment, UNDECIDED, "declined")
    return replace(payment, status="declined", message=message)


def cancelled(payment: Payment) -> Payment:
    """The buyer gave up, or the merchant released the money."""
    _require(payment, (*UNDECIDED, "authorized"), "cancelled")
    return replace(payment, status="cancelled")


def refunded(payment: Payment, refund: Refund) -> Payment:
    _require(payment, ("captured",), "refunded")
    left = payment.captured - payment.refunded
    if not 0 < refund.amount <= left:
        raise Refused("amount_too_large", f"Refund between 1 and {left} minor units, not {refund.amount}.")
    return replace(payment, refunds=(*payment.refunds, refund))


def disputed(payment: Payment, dispute: Dispute) -> Payment:
    """The buyer's bank takes money back, whatever was refunded before."""
    _require(payment, ("captured",), "disputed")
    left = payment.captured - sum(each.amount for each in payment.disputes if each.status != "won")
    if not 0 < dispute.amount <= left:
        raise Refused("amount_too_large", f"Dispute between 1 and {left} minor units, not {dispute.amount}.")
    return replace(payment, disputes=(*payment.disputes, dispute))


def judged(payment: Payment, status: str) -> tuple[Payment, Dispute]:
    """The latest open dispute is ``won`` or ``lost``."""
    found = [each for each in payment.disputes if each.status == "opened"]
    if not found:
        raise Refused("wrong_status", f"Payment {payment.id} has no open dispute. Open one first.")
    verdict = replace(found[-1], status=status)
    disputes = tuple(verdict if each == found[-1] else each for each in payment.disputes)
    return replace(payment, disputes=disputes), verdict


def chosen(payment: Payment, method: str) -> Payment:
    """The buyer picked a way to pay."""
    if method not in METHODS:
        raise Refused("unknown_method", f"'{method}' is not a payment method. Choose one of {', '.join(METHODS)}.")
    return replace(payment, method=method)


def _require(payment: Payment, statuses: tuple[str, ...], done: str) -> None:
    if payment.status not in statuses:
        raise Refused("wrong_status", f"Payment {payment.id} is {payment.status} and cannot be {done} any more.")
